"""All networks of one fit and alignment: held-out scores, and what the tests compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.correlate import unit_columns
from bids_vlint.encoding.folds import Fold, contiguous_folds
from bids_vlint.encoding.ridge import Layer, factorise
from bids_vlint.encoding.score import block_ids, contributions, fold_r, interval, resample_counts
from bids_vlint.encoding.select import Fitted, fit_network
from bids_vlint.types import Modality, Responses, Scores

# Fixed, so that results do not depend on the number of processors.
ELECTRODES_PER_BLOCK = 16
LINEAR = "linear"


@dataclass(frozen=True)
class Network:
    """A network's features for the events of a fit.

    Attributes
    ----------
    name : str
        The model's name; a random twin has its trained network's name.
    layers : name -> (n_events, n_features) float32
    """

    name: str
    modality: Modality
    trained: bool
    layers: dict[str, np.ndarray]

    @property
    def label(self) -> str:
        """Its name in outputs."""
        return self.name if self.trained else f"{self.name}-random"


@dataclass(frozen=True)
class Encoded:
    """Held-out results of every network.

    Attributes
    ----------
    scores : Scores
        The linear control, where there is one, is the last model.
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


@dataclass(frozen=True)
class _Design:
    """What all networks of an alignment share."""

    data: np.ndarray  # (n_events, n_electrodes, n_lags)
    folds: tuple[Fold, ...]
    after: np.ndarray  # (n_lags,) bool
    counts: list[np.ndarray]  # per fold (n_resamples, n_test)
    threads: int


@dataclass(frozen=True)
class _Result:
    """One network's results for some electrodes, electrodes first."""

    r: np.ndarray
    low: np.ndarray
    high: np.ndarray
    penalty: np.ndarray
    validation: np.ndarray
    contributions: np.ndarray  # (n_electrodes, n_test)
    layer: np.ndarray  # (n_electrodes,) str


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
        Random twins included; features in the order of the responses' events.
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
    design = _Design(responses.data, folds, responses.lags >= 0, counts, threads)
    results: dict[str, _Result] = {}
    with threadpool_limits(limits=1, user_api="blas"):
        for network in watch(networks):
            results[network.label] = _fit_everywhere(network.layers, design)
        linear = _linear_control(networks, results, design)
    if linear is not None:
        results[LINEAR] = linear
    ratio = float(np.mean([len(f.test) / len(f.train) for f in folds]))
    return Encoded(_scores(results, responses), np.stack([r.contributions.T for r in results.values()]), blocks, ratio)


def _test_blocks(responses: Responses, folds: tuple[Fold, ...]) -> np.ndarray:
    test = np.concatenate([f.test for f in folds])
    fold = np.repeat(np.arange(len(folds)), [len(f.test) for f in folds])
    events = responses.events.iloc[test]
    return block_ids(events["onset"].to_numpy(float), events["run"].to_numpy(str), fold)


def _fit_everywhere(layers: dict[str, np.ndarray], design: _Design, electrodes: np.ndarray | None = None) -> _Result:
    chosen = np.arange(design.data.shape[1]) if electrodes is None else electrodes
    factored = [factorise(x, design.folds) for x in layers.values()]
    names = np.array(list(layers), dtype=object)
    parts = [chosen[k : k + ELECTRODES_PER_BLOCK] for k in range(0, len(chosen), ELECTRODES_PER_BLOCK)]
    with ThreadPoolExecutor(design.threads) as pool:
        done = list(pool.map(lambda part: _fit_block(factored, names, design, part), parts))
    return _Result(*(np.concatenate([getattr(d, f) for d in done]) for f in _Result.__dataclass_fields__))


def _fit_block(layers: Sequence[Layer], names: np.ndarray, design: _Design, electrodes: np.ndarray) -> _Result:
    y = design.data[:, electrodes]
    fitted = fit_network(layers, design.folds, y, design.after)
    return _score_block(fitted, names, design, y)


def _score_block(fitted: Fitted, names: np.ndarray, design: _Design, y: np.ndarray) -> _Result:
    n_electrodes, n_lags = y.shape[1:]
    responses = [unit_columns(y[fold.test].reshape(len(fold.test), -1)) for fold in design.folds]
    r = fold_r(fitted.predictions, responses)
    low, high = interval(fitted.predictions, responses, design.counts)
    shares = contributions(fitted.predictions, responses, r, n_lags, design.after)
    r_mean, low, high, penalty = (
        a.reshape(n_electrodes, n_lags).astype(np.float32) for a in (r.mean(0), low, high, fitted.penalty)
    )
    return _Result(r_mean, low, high, penalty, fitted.validation, shares.T, names[fitted.layer])


def _linear_control(networks: Sequence[Network], results: dict[str, _Result], design: _Design) -> _Result | None:
    """The best language network joined with the best vision network, or either alone where that validates better.

    One penalty over a wider concatenation can lose to its own part, which would make false sites.
    """
    language, vision = (_best_of(networks, results, modality) for modality in ("language", "vision"))
    if language is None or vision is None:
        return None
    best = _fit_joined(networks, results, design, language, vision)
    for side in (language, vision):
        alone = _take(results, side)
        better = alone.validation >= best.validation
        best = _Result(*(np.where(_like(better, b), a, b) for a, b in zip(_values(alone), _values(best))))
    return best


def _best_of(networks: Sequence[Network], results: dict[str, _Result], modality: str) -> np.ndarray | None:
    """Label of each electrode's best trained network of a modality by validation, (n_electrodes,), or None."""
    labels = [n.label for n in networks if n.trained and n.modality == modality]
    if not labels:
        return None
    validation = np.stack([results[label].validation for label in labels])
    return np.array(labels, dtype=object)[validation.argmax(0)]


def _fit_joined(
    networks: Sequence[Network], results: dict[str, _Result], design: _Design, language: np.ndarray, vision: np.ndarray
) -> _Result:
    layers_of = {n.label: n.layers for n in networks}
    chosen = {label: result.layer for label, result in results.items()}
    pairs = [(a, chosen[a][e], b, chosen[b][e]) for e, (a, b) in enumerate(zip(language, vision))]  # one per electrode
    parts: list[tuple[np.ndarray, _Result]] = []
    for pair in dict.fromkeys(pairs):
        a, layer_a, b, layer_b = pair
        electrodes = np.array([e for e, other in enumerate(pairs) if other == pair])
        x = np.concatenate([layers_of[a][layer_a], layers_of[b][layer_b]], axis=1)
        parts.append((electrodes, _fit_everywhere({f"{a}/{layer_a}+{b}/{layer_b}": x}, design, electrodes)))
    order = np.argsort(np.concatenate([electrodes for electrodes, _ in parts]))
    return _Result(*(np.concatenate(columns)[order] for columns in zip(*(_values(r) for _, r in parts))))


def _take(results: dict[str, _Result], labels: np.ndarray) -> _Result:
    """Each electrode's row from the network named for it, the layer's name with its network's."""
    rows = []
    for e, label in enumerate(labels):
        values = [a[e] for a in _values(results[label])]
        rows.append([*values[:-1], f"{label}/{values[-1]}"])
    columns = [np.array(column, object) if k == len(rows[0]) - 1 else np.stack(column) for k, column in
               enumerate(zip(*rows))]  # fmt: skip
    return _Result(*columns)


def _values(result: _Result) -> list[np.ndarray]:
    return [getattr(result, name) for name in _Result.__dataclass_fields__]


def _like(mask: np.ndarray, value: np.ndarray) -> np.ndarray:
    return mask.reshape(-1, *[1] * (value.ndim - 1))


def _scores(results: dict[str, _Result], responses: Responses) -> Scores:
    stack = {f: np.stack([getattr(r, f) for r in results.values()]) for f in _Result.__dataclass_fields__}
    return Scores(
        models=tuple(results),
        channels=responses.channels,
        lags=responses.lags,
        r=stack["r"],
        r_low=stack["low"],
        r_high=stack["high"],
        penalty=stack["penalty"],
        layer=stack["layer"],
        validation=stack["validation"],
    )
