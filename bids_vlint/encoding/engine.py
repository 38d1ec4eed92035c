"""All networks of one fit and alignment: held-out scores, and what the tests compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.arrays import OnDevice, in_memory
from bids_vlint.encoding.bins import bin_weights, weighted_sums
from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.choice import Choice
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.models import (
    CHOSEN,
    TESTED,
    Bench,
    Keep,
    Tested,
    bench_of,
    bins_of,
    choose,
    held_out_of,
    labels_to_choose,
    labels_to_test,
    made_now,
)
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan, counted_bins
from bids_vlint.encoding.ridge import PENALTIES
from bids_vlint.encoding.score import Scores
from bids_vlint.encoding.seeds import NO_LAYER
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.windows import STEP_S


@dataclass(frozen=True)
class Encoded:
    """Held-out results of every network.

    Attributes
    ----------
    scores : Scores
        The linear control, where there is one, is the last of the networks; after it come the sums of networks' runs
        on their parts (`NAME:image+text`), networks joined with the low-level features (`low_level+NAME`), and where
        networks hear the control of these (`hearing`) and networks joined with it (`hearing+NAME`). Before
        several random twins of a network stands their average, NAME-random, whose layer is "n/a" and whose penalty is
        NaN.
    sums : (n_models, n_blocks, n_electrodes, 1 + n_shifts) float32
        Each block's contribution to the mean held-out r over the bins that count; first as recorded, then shifted.
    score : (n_models, 2, n_electrodes, 1 + n_shifts)
        By which the test of a half chooses among models: the mean r of the other half.
    blocks : Blocks
    counted : (n_lags,) bool
    encoded : (n_lags,) bool
        The bins by which choices were made; those that count are among them.
    test_to_train : float
        Mean over folds of held-out over training events.
    n_shifts : int
        0 where there was no room for them.
    folds : tuple of Fold
    shift_s : (n_runs, n_shifts) seconds
        By how much each run was rolled.
    notes : tuple of str
        What a reader must know.
    bin_r : (2, n_electrodes, n_replicates, n_bins) float32
        In every encoded bin the r of the trained network that does best on the other half.
    by_bin : (n_models, n_blocks, n_electrodes, n_replicates, n_bins) float32 | None
        Each block's contribution to the r of every encoded bin, where that was asked for.
    """

    scores: Scores
    sums: np.ndarray
    score: np.ndarray
    blocks: Blocks
    counted: np.ndarray
    encoded: np.ndarray
    test_to_train: float
    n_shifts: int
    folds: tuple[Fold, ...]
    shift_s: np.ndarray
    bin_r: np.ndarray
    by_bin: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def encode(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    plan: EncodingPlan,
    *,
    rng: np.random.Generator,
    threads: int = 1,
    watch: Callable[[Sequence[str]], Iterable[str]] = iter,
    by_bin: bool = False,
    keep: Keep[Any] = made_now,
    on: OnDevice = in_memory,
) -> Encoded:
    """Fit every network to every electrode and bin, and the linear control to the best of each side.

    First every network chooses its layer and penalty at each electrode, for the test of each half on the other; then
    the held-out halves are predicted at what was chosen.

    Parameters
    ----------
    networks : sequence of Network
        Random twins included; features in the order of the responses' events. Layers are asked for one at a time.
    responses : Responses
    plan : Plan
    rng : numpy.random.Generator
        Draws the resamples and the shifts that all networks share.
    threads : int
        Blocks of electrodes in work at a time; results do not depend on it.
    watch : callable
        Wraps what is to be done to show how far it is.
    by_bin : bool
        Keep block sums of every encoded bin, for `counting`.
    keep : callable
        Is given a step, a model's label and what makes it: it may know the value from elsewhere.
    on : callable
        Takes arrays to where regressions are computed (`arrays.on_device`): numbers differ by float32's rounding.

    Returns
    -------
    Encoded
    """
    bench = bench_of(networks, responses, plan, rng=rng, threads=threads, by_bin=by_bin, on=on)
    first, last = labels_to_choose(networks), labels_to_test(networks, plan)
    steps = iter(watch([*(f"choose {label}" for label in first), *(f"test {label}" for label in last)]))
    choices: dict[str, Choice] = {}
    results: dict[str, Tested] = {}
    with threadpool_limits(limits=1, user_api="blas"):
        for label, _ in zip(first, steps):
            choices[label] = keep(CHOSEN, label, partial(choose, bench, label))
        bin_r, weights = bins_of(bench, choices)
        for label, _ in zip(last, steps):
            results |= keep(TESTED, label, partial(held_out_of, bench, label, choices, weights))
        for _ in steps:
            pass
    return replace(_encoded(results, bench, bin_r), counted=counted_bins(responses.lags, plan.bins))


def counting(encoded: Encoded, bins: tuple[float, float]) -> Encoded:
    """What was encoded, with the windows within `bins` (seconds, among the encoded ones) as those that count.

    Choices stay; only the bins change over which held-out r is a mean. It must have been encoded `by_bin`; that is
    not kept.
    """
    assert encoded.by_bin is not None
    counted = counted_bins(encoded.scores.lags, bins)
    if (counted == encoded.counted).all():
        return replace(encoded, by_bin=None)
    weights = bin_weights(encoded.bin_r, counted[encoded.encoded])
    sums = weighted_sums(encoded.by_bin, weights, encoded.blocks.half)
    return replace(encoded, sums=sums, counted=counted, by_bin=None)


def _encoded(results: Mapping[str, Tested], bench: Bench, bin_r: np.ndarray) -> Encoded:
    design = bench.design
    choices, held, names = zip(*((one.choice, one.held, one.names) for one in results.values()))
    r, low, high, sums = (np.stack([getattr(h, k) for h in held]) for k in ("r", "low", "high", "sums"))
    layers = np.stack([_layer_names(c, own) for c, own in zip(choices, names)], axis=1)
    penalty = np.stack([_penalty(c, own) for c, own in zip(choices, names)])
    score = np.stack([c.score for c in choices])
    responses = design.responses
    scores = Scores(tuple(results), responses.channels, responses.lags, r, low, high,
                    np.broadcast_to(penalty[:, :, None], r.shape), layers, score[:, :, :, 0].mean(1))  # fmt: skip
    ratio = float(np.mean([sum(map(len, f.halves)) / len(f.train) for f in design.folds]))
    shift_s = design.shifts.steps * STEP_S if design.shifts is not None else np.empty((len(responses.tracks), 0))
    by_bin = np.stack([h.by_bin for h in held]) if design.by_bin else None
    return Encoded(scores, sums, score, design.blocks, design.counted, design.counted, ratio, shift_s.shape[1],
                   design.folds, shift_s, bin_r, by_bin, bench.notes)  # fmt: skip


def _penalty(choice: Choice, names: Sequence[str]) -> np.ndarray:
    """Geometric mean of the penalties of both halves as recorded, (n_electrodes,); NaN for an average."""
    if list(names) == [NO_LAYER]:
        return np.full(choice.penalty.shape[1], np.nan, np.float32)
    mean: np.ndarray = 10.0 ** np.log10(PENALTIES[choice.penalty[:, :, 0]]).mean(0)
    return mean.astype(np.float32)


def _layer_names(choice: Choice, names: Sequence[str]) -> np.ndarray:
    """The layer that each half of each electrode is tested with as recorded, (2, n_electrodes)."""
    named: np.ndarray = np.array(names, object)[choice.layer[:, :, 0]]
    return named
