"""Held-out results of one network at what was chosen: r in every bin as recorded, block sums also as shifted."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from array_api_compat import array_namespace, device

from bids_vlint.encoding.arrays import Array, in_memory, index_of, put, take, to_numpy
from bids_vlint.encoding.choice import Candidate, Choice
from bids_vlint.encoding.design import Columns, Design
from bids_vlint.encoding.ridge import Factorisation, fold_sources
from bids_vlint.encoding.score import block_sums_by_bin, r_interval, resampled_r
from bids_vlint.encoding.stats import column_means, interval, pearson, unit_columns

# Of a processor; a card takes as many as `Design.block_bytes` hold.
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
    candidates: Iterable[Candidate],
    choice: Choice,
    weights: np.ndarray,
    design: Design,
    resampled: np.ndarray | None = None,
) -> HeldOut:
    """Predict every held-out half at the layer and penalty that the other half chose.

    Parameters
    ----------
    candidates : iterable of Candidate
        In the order of the choice's numbers; one is in memory at a time.
    choice : Choice
        What is chosen from a candidate is read when it comes.
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
    predictions = array_namespace(design.recorded).empty_like(design.recorded)  # unit columns within each half
    step = _ELECTRODES_PER_BLOCK
    if design.on is not in_memory:
        step = max(1, design.block_bytes // (4 * len(design.responses.data) * n_lags))
    electrodes = [np.arange(k, min(k + step, n_electrodes)) for k in range(0, n_electrodes, step)]
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
    predictions: Array,
    electrodes: np.ndarray,
) -> None:
    """Write predictions of recorded responses in all bins, where `own` (2, n_electrodes): the layer was chosen."""
    some = electrodes[own[:, electrodes].any(0)]
    if not len(some):
        return
    some = some[np.lexsort(choice.penalty[::-1, some, 0])]  # neighbours with one penalty are predicted together
    xp, (n_events, _, n_lags) = array_namespace(predictions), predictions.shape
    index = xp.asarray(some, device=device(predictions))
    flat = xp.reshape(xp.take(design.recorded, index, axis=1), (n_events, -1))
    flat -= column_means(flat)
    groups = [_by_penalty(choice.penalty[half, some, 0], own[half, some]) for half in (0, 1)]
    for fold, operators, source in zip(design.folds, layer.folds, fold_sources(layer, design.folds, flat)):
        for operator, rows, own_groups in zip(operators.halves, fold.halves, groups):
            for penalty, mine in own_groups:
                unit = unit_columns(operator.prediction(_of_columns(source, mine, n_lags), penalty))
                put(predictions, rows, some[mine], xp.reshape(unit, (len(rows), -1, n_lags)))


def _by_penalty(penalty: np.ndarray, mine: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Each penalty, and the columns that are mine and chose it."""
    return [(int(k), np.flatnonzero(mine & (penalty == k))) for k in np.unique(penalty[mine])]


def _of_columns(x: Array, columns: np.ndarray, n: int) -> Array:
    """The targets of some columns, of which each has n: without a copy where they are neighbours."""
    index = index_of(columns, x)
    if isinstance(index, slice):
        return x[:, index.start * n : index.stop * n]
    xp = array_namespace(x)
    return xp.reshape(xp.take(xp.reshape(x, (x.shape[0], -1, n)), index, axis=1), (x.shape[0], -1))


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
    penalties = choice.penalty[:, columns.electrode, columns.replicate]
    order = np.lexsort(penalties[::-1])  # as in `_predict`
    columns, penalties = Columns(columns.electrode[order], columns.replicate[order]), penalties[:, order]
    y = design.targets(columns)
    xp, n_bins = array_namespace(y), design.n_bins
    flat = xp.reshape(y, (y.shape[0], -1))
    flat -= column_means(flat)
    chose = own[:, columns.electrode, columns.replicate]
    groups = [_by_penalty(penalties[half], chose[half]) for half in (0, 1)]
    halves = [np.flatnonzero(chose[half]) for half in (0, 1)]
    for k, (operators, source) in enumerate(zip(layer.folds, fold_sources(layer, design.folds, flat))):
        for half in (0, 1):
            if not len(halves[half]):
                continue
            rows, ids = design.folds[k].halves[half], design.blocks.ids[k][half]
            prediction = xp.zeros((len(rows), len(penalties[half]), n_bins), dtype=xp.float32, device=device(y))
            for penalty, mine in groups[half]:
                found = operators.halves[half].prediction(_of_columns(source, mine, n_bins), penalty)
                prediction[:, index_of(mine, y)] = xp.reshape(found, (len(rows), -1, n_bins))
            _sum(xp.reshape(prediction, (len(rows), -1)), unit_columns(take(flat, rows)), ids, weights[half],
                 design.share, result, columns, halves[half])  # fmt: skip


def _sum(
    prediction: Array,
    unit: Array,
    ids: np.ndarray,
    weights: np.ndarray,
    share: float,
    result: HeldOut,
    columns: Columns,
    some: np.ndarray,
) -> None:
    """Write the block sums of one part, of some of the columns whose targets these are."""
    by_bin = to_numpy(block_sums_by_bin(prediction, unit, ids, share))
    by_bin = by_bin.reshape(len(by_bin), len(columns.electrode), -1)[:, some]
    electrode, replicate = columns.electrode[some], columns.replicate[some]
    own = weights[electrode, replicate]
    at = (np.unique(ids)[:, None], electrode, replicate)
    result.sums[at] = np.einsum("bcn,cn->bc", by_bin, own) / np.float32(own.shape[1])
    if result.by_bin is not None:
        result.by_bin[at] = by_bin


def _score(
    predictions: Array,
    weights: np.ndarray,
    design: Design,
    result: HeldOut,
    resampled: np.ndarray | None,
    electrodes: np.ndarray,
) -> None:
    """r, interval and block sums of recorded responses."""
    xp, n, n_lags = array_namespace(predictions), len(electrodes), predictions.shape[2]
    own_bins = index_of(np.flatnonzero(design.counted), predictions)
    columns = Columns(electrodes, np.zeros(n, int))
    parts, counts = [], []
    for k, fold in enumerate(design.folds):
        for half in (0, 1):
            rows, ids = fold.halves[half], design.blocks.ids[k][half]
            recorded, prediction = (xp.reshape(take(take(x, rows), electrodes, axis=1), (len(rows), -1))
                                    for x in (design.recorded, predictions))  # fmt: skip
            response = unit_columns(recorded)
            r = to_numpy(pearson(prediction, response)) * np.float32(design.share)
            result.r[electrodes] += r.reshape(n, n_lags)
            parts.append((prediction, response))
            counts.append(design.counts[2 * k + half])
            mine, own = (xp.reshape(xp.reshape(x, (len(rows), n, n_lags))[:, :, own_bins], (len(rows), -1))
                         for x in (prediction, response))  # fmt: skip
            _sum(mine, own, ids, weights[half], design.share, result, columns, np.arange(n))
    if resampled is None:
        low, high = r_interval(parts, counts)
    else:
        targets = slice(electrodes[0] * n_lags, (electrodes[-1] + 1) * n_lags)
        every = resampled_r(parts, counts)
        resampled[targets] += to_numpy(every)
        low, high = interval(every, axis=1)
    result.low[electrodes], result.high[electrodes] = (to_numpy(limit).reshape(n, n_lags) for limit in (low, high))
