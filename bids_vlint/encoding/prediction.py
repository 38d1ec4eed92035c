"""Held-out results of one network at what was chosen: r in every bin as recorded, block sums also as shifted."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from bids_vlint.encoding.choice import Candidate, Choice
from bids_vlint.encoding.design import Columns, Design
from bids_vlint.encoding.ridge import PENALTIES, Factorisation, projected_responses, weights_of
from bids_vlint.encoding.score import block_sums, block_sums_by_bin, contributions, r_interval, resampled_r
from bids_vlint.encoding.stats import interval, pearson, unit_columns

_ELECTRODES_PER_BLOCK = 16


@dataclass(frozen=True)
class HeldOut:
    """One network's held-out results.

    Attributes
    ----------
    r, low, high : (n_electrodes, n_lags) float32
        As recorded: mean r over folds and halves, and its 95 % interval.
    sums : (n_blocks, n_electrodes, n_replicates) float32
        Each block's contribution to the weighted mean r over the bins that count.
    by_bin : (n_blocks, n_electrodes, n_replicates, n_bins) float32 | None
        Each block's contribution to the r of every encoded bin, where that is kept.
    """

    r: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sums: np.ndarray
    by_bin: np.ndarray | None = None


def held_out(
    candidates: Sequence[Candidate],
    choice: Choice,
    weights: np.ndarray,
    design: Design,
    resampled: np.ndarray | None = None,
) -> HeldOut:
    """Predict every held-out half at the layer and penalty that the other half chose.

    Parameters
    ----------
    candidates : sequence of Candidate
        In the order of the choice's numbers; one is in memory at a time.
    choice : Choice
    weights : (2, n_electrodes, n_replicates, n_bins)
        Of the encoded bins; those that do not count weigh nothing.
    design : Design
    resampled : (n_electrodes * n_lags, n_resamples) float32 | None
        The mean r of every resample is added to it.

    Returns
    -------
    HeldOut
    """
    n_electrodes, n_lags = design.n_electrodes, len(design.responses.lags)
    r, low, high = np.zeros((3, n_electrodes, n_lags), np.float32)
    sums = np.zeros((len(design.blocks), *design.shape[1:]), np.float32)
    by_bin = np.zeros((*sums.shape, design.n_bins), np.float32) if design.by_bin else None
    result = HeldOut(r, low, high, sums, by_bin)
    predictions = np.empty(design.responses.data.shape, np.float32)  # unit columns within each half
    electrodes = [np.arange(k, min(k + _ELECTRODES_PER_BLOCK, n_electrodes))
                  for k in range(0, n_electrodes, _ELECTRODES_PER_BLOCK)]  # fmt: skip
    with ThreadPoolExecutor(design.threads) as pool:
        for number, candidate in enumerate(candidates):
            own = choice.layer == number
            if not own.any():
                continue
            layer = candidate.factorise()
            list(pool.map(partial(_predict, layer, own[:, :, 0], choice, design, predictions), electrodes))
            moved = own.any(0)
            moved[:, 0] = False
            list(pool.map(partial(_sum_shifted, layer, own, choice, weights, design, result), design.tasks(moved)))
            del layer
        finish = partial(_score, predictions, weights, design, result, resampled)
        list(pool.map(finish, electrodes))
    return result


def _predict(
    layer: Factorisation,
    own: np.ndarray,
    choice: Choice,
    design: Design,
    predictions: np.ndarray,
    electrodes: np.ndarray,
) -> None:
    """Write predictions of recorded responses in all bins, where `own` (2, n_electrodes): the layer was chosen."""
    some = electrodes[own[:, electrodes].any(0)]
    if not len(some):
        return
    n_lags = predictions.shape[2]
    flat = design.responses.data[:, some].reshape(len(predictions), -1)
    flat = flat - flat.mean(0, dtype=np.float64).astype(np.float32)
    projected = projected_responses(layer, design.folds, flat)
    for half in (0, 1):
        mine = np.flatnonzero(own[half, some])
        targets = (mine[:, None] * n_lags + np.arange(n_lags)).ravel()
        penalty = np.repeat(PENALTIES[choice.penalty[half, some[mine], 0]], n_lags)
        for fold, factor, c in zip(design.folds, layer.factors, projected):
            unit = unit_columns(factor.held[half] @ weights_of(c[:, targets], factor.eigenvalues, penalty))
            predictions[fold.halves[half][:, None], some[mine]] = unit.reshape(len(unit), len(mine), n_lags)


def _sum_shifted(
    layer: Factorisation,
    own: np.ndarray,
    choice: Choice,
    weights: np.ndarray,
    design: Design,
    result: HeldOut,
    columns: Columns,
) -> None:
    """Write the block sums of shifted responses, for the columns and halves that chose the layer."""
    y = design.targets(columns)
    n_bins = design.n_bins
    flat = y.reshape(len(y), -1)
    flat -= flat.mean(0, dtype=np.float64).astype(np.float32)
    projected = projected_responses(layer, design.folds, flat)
    for half in (0, 1):
        mine = np.flatnonzero(own[half, columns.electrode, columns.replicate])
        if not len(mine):
            continue
        at = (half, columns.electrode[mine], columns.replicate[mine])
        targets = (mine[:, None] * n_bins + np.arange(n_bins)).ravel()
        penalty = np.repeat(PENALTIES[choice.penalty[at]], n_bins)
        for k, (factor, c) in enumerate(zip(layer.factors, projected)):
            shape = (len(factor.held[half]), len(mine), n_bins)
            prediction = factor.held[half] @ weights_of(c[:, targets], factor.eigenvalues, penalty)
            response = unit_columns(flat[design.folds[k].halves[half]][:, targets])
            rows = np.unique(design.blocks.ids[k][half])
            contributed = contributions(unit_columns(prediction).reshape(shape), response.reshape(shape))
            _sum(contributed, weights[at], design.blocks.ids[k][half], design.share, result,
                 (rows[:, None], at[1], at[2]))  # fmt: skip


def _sum(
    contributed: np.ndarray,
    weights: np.ndarray,
    ids: np.ndarray,
    share: float,
    result: HeldOut,
    at: tuple[np.ndarray | int, ...],
) -> None:
    """Write block sums at some blocks, electrodes and replicates."""
    result.sums[at] = block_sums(contributed, weights, ids, share)
    if result.by_bin is not None:
        result.by_bin[at] = block_sums_by_bin(contributed, ids, share)


def _score(
    predictions: np.ndarray,
    weights: np.ndarray,
    design: Design,
    result: HeldOut,
    resampled: np.ndarray | None,
    electrodes: np.ndarray,
) -> None:
    """r, interval and block sums of recorded responses."""
    n, n_lags = len(electrodes), predictions.shape[2]
    parts, counts = [], []
    for k, fold in enumerate(design.folds):
        for half in (0, 1):
            rows, ids = fold.halves[half], design.blocks.ids[k][half]
            response = unit_columns(design.responses.data[rows[:, None], electrodes].reshape(len(rows), -1))
            prediction = predictions[rows[:, None], electrodes].reshape(len(rows), -1)
            result.r[electrodes] += (pearson(prediction, response) * np.float32(design.share)).reshape(n, n_lags)
            parts.append((prediction, response))
            counts.append(design.counts[2 * k + half])
            some = [x.reshape(len(rows), n, n_lags)[:, :, design.counted] for x in (prediction, response)]
            _sum(contributions(*some), weights[half, electrodes, 0], ids, design.share, result,
                 (np.unique(ids)[:, None], electrodes, 0))  # fmt: skip
    if resampled is None:
        low, high = r_interval(parts, counts)
    else:
        targets = slice(electrodes[0] * n_lags, (electrodes[-1] + 1) * n_lags)
        r = resampled_r(parts, counts)
        resampled[targets] += r
        low, high = interval(r, axis=1)
    result.low[electrodes], result.high[electrodes] = low.reshape(n, n_lags), high.reshape(n, n_lags)
