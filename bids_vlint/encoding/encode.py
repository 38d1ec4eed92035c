"""All networks of one fit and alignment: held-out scores, and what the tests compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.fit import Design, Result, fit_everywhere
from bids_vlint.encoding.folds import Fold, contiguous_folds
from bids_vlint.encoding.linear import LINEAR, linear_control
from bids_vlint.encoding.network import Network
from bids_vlint.encoding.score import block_ids, resample_counts
from bids_vlint.encoding.seeds import fit_twins
from bids_vlint.types import Responses, Scores


@dataclass(frozen=True)
class Encoded:
    """Held-out results of every network.

    Attributes
    ----------
    scores : Scores
        The linear control, where there is one, is the last model. Before several random twins of a network stands
        their average, NAME-random, whose layer is "n/a" and whose penalty is NaN.
    contributions : (n_models, n_test, n_electrodes) float64
        Each test event's contribution to an electrode's score (mean r over the bins at or after onset).
    blocks : (n_test,) int
        The 5 s block of each test event.
    test_to_train : float
        Mean over folds of n_test / n_train.
    """

    scores: Scores
    contributions: np.ndarray
    blocks: np.ndarray
    test_to_train: float


def encode(
    networks: Sequence[Network],
    responses: Responses,
    *,
    n_bootstraps: int,
    rng: np.random.Generator,
    threads: int = 1,
    watch: Callable[[Sequence[Network]], Iterable[Network]] = iter,
) -> Encoded:
    """Fit every network to every electrode and bin, and the linear control to the best of each side.

    Parameters
    ----------
    networks : sequence of Network
        Random twins included; features in the order of the responses' events. Layers are asked for one at a time.
    responses : Responses
    n_bootstraps : int
    rng : numpy.random.Generator
        Draws the resamples that all networks share.
    threads : int
        Blocks of electrodes in work at a time; results do not depend on it.
    watch : callable
        Wraps the networks to show how far it is.

    Returns
    -------
    Encoded
    """
    folds = contiguous_folds(len(responses.data))
    blocks = _test_blocks(responses, folds)
    sizes = np.cumsum([len(fold.test) for fold in folds])[:-1]
    counts = resample_counts(np.split(blocks, sizes), n_bootstraps, rng)
    design = Design(responses.data, folds, responses.lags >= 0, counts, threads)
    results: dict[str, Result] = {}
    with threadpool_limits(limits=1, user_api="blas"):
        for network in watch(networks):
            if network.label not in results:  # a twin's fellows come with it
                results |= _fit(network, networks, design)
        linear = linear_control(networks, results, design)
    if linear is not None:
        results[LINEAR] = linear
    ratio = float(np.mean([len(f.test) / len(f.train) for f in folds]))
    return Encoded(_scores(results, responses), np.stack([r.contributions.T for r in results.values()]), blocks, ratio)


def _fit(network: Network, networks: Sequence[Network], design: Design) -> dict[str, Result]:
    """A network's results; of one of several random twins, those of all and of their average."""
    if network.trained or network.twin is None:
        return {network.label: fit_everywhere(network.layers, design)}
    fellows = [n for n in networks if n.name == network.name and not n.trained and n.twin is not None]
    return fit_twins(fellows, design)


def _test_blocks(responses: Responses, folds: tuple[Fold, ...]) -> np.ndarray:
    test = np.concatenate([f.test for f in folds])
    fold = np.repeat(np.arange(len(folds)), [len(f.test) for f in folds])
    events = responses.events.iloc[test]
    return block_ids(events["onset"].to_numpy(float), events["run"].to_numpy(str), fold)


def _scores(results: dict[str, Result], responses: Responses) -> Scores:
    r, low, high, penalty, validation, _, layer = (
        np.stack(arrays) for arrays in zip(*(result.values for result in results.values()))
    )
    return Scores(tuple(results), responses.channels, responses.lags, r, low, high, penalty, layer, validation)
