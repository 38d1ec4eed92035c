"""Scores of held-out predictions, their bootstrap interval, and each event's contribution to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

INTERVAL = (2.5, 97.5)
# Targets at a time in the bootstrap: what stays in a processor's cache.
COLUMNS = 322


def block_ids(onset: np.ndarray, run: np.ndarray, fold: np.ndarray, seconds: float = 5.0) -> np.ndarray:
    """Number the contiguous blocks of events; a block stays within its run and fold.

    Parameters
    ----------
    onset : (n,) seconds in the recording
    run : (n,) labels
    fold : (n,) int
    seconds : float
        Length of a block; neighbouring windows share signal, so events are resampled in blocks.

    Returns
    -------
    (n,) int, 0, 1, ... in order of appearance
    """
    keys = list(zip(run.tolist(), fold.tolist(), np.floor(onset / seconds).astype(int).tolist()))
    number = {key: k for k, key in enumerate(dict.fromkeys(keys))}
    return np.array([number[key] for key in keys], int)


def resample_counts(blocks: Sequence[np.ndarray], n_resamples: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Draw the blocks of each fold with replacement; the same resamples serve every network and electrode.

    Parameters
    ----------
    blocks : sequence of (n_test,) int, one per fold
        Block of each test event.
    n_resamples : int
    rng : numpy.random.Generator

    Returns
    -------
    list of (n_resamples, n_test) float32
        How often each test event stands in each resample.
    """
    counts = []
    for ids in blocks:
        _, inverse = np.unique(ids, return_inverse=True)
        n_blocks = inverse.max() + 1
        drawn = rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples)
        counts.append(drawn[:, inverse].astype(np.float32))
    return counts


def fold_r(predictions: Sequence[np.ndarray], responses: Sequence[np.ndarray]) -> np.ndarray:
    """Test r per fold, (n_folds, n_targets); both inputs have unit columns."""
    return np.stack([np.einsum("ij,ij->j", p, y) / len(p) for p, y in zip(predictions, responses)])


def interval(
    predictions: Sequence[np.ndarray],
    responses: Sequence[np.ndarray],
    counts: Sequence[np.ndarray],
    resampled: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """95 % percentile interval of the mean test r over folds, the predictions fixed: products of resample counts.

    Parameters
    ----------
    predictions, responses : sequences of (n_test, n_targets), one per fold
        With unit columns.
    counts : sequence of (n_resamples, n_test), one per fold
    resampled : (n_targets, n_resamples) float32 | None
        The mean test r of every resample is added to it.

    Returns
    -------
    low, high : (n_targets,) float32
    """
    n_targets = predictions[0].shape[1]
    low, high = np.empty(n_targets, np.float32), np.empty(n_targets, np.float32)
    for first in range(0, n_targets, COLUMNS):
        part = slice(first, first + COLUMNS)
        r = np.ascontiguousarray(
            _resampled_r([p[:, part] for p in predictions], [y[:, part] for y in responses], counts).T
        )
        if resampled is not None:
            resampled[part] += r
        low[part], high[part] = percentiles(r)
    return low, high


def percentiles(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the interval of each row of resampled values; the rows are sorted in place."""
    r.sort(axis=1)  # sorting whole rows is faster than selecting a few ranks
    low, high = (_sorted_quantile(r, q / 100) for q in INTERVAL)
    return low, high


def _resampled_r(
    predictions: Sequence[np.ndarray], responses: Sequence[np.ndarray], counts: Sequence[np.ndarray]
) -> np.ndarray:
    """Mean r over folds of every resample, (n_resamples, n_columns)."""
    total = np.zeros((len(counts[0]), predictions[0].shape[1]), np.float32)
    for p, y, w in zip(predictions, responses, counts):
        share = w / w.sum(1, keepdims=True)
        mp, my = share @ p, share @ y
        variance = share @ (p * p) - mp * mp
        variance *= share @ (y * y) - my * my
        r = share @ (p * y) - mp * my
        # a resample of a single event has no variance: its r is 0
        np.divide(r, np.sqrt(np.maximum(variance, 1e-12)), out=r)
        r[variance <= 1e-8] = 0
        total += r
    return total / len(predictions)


def _sorted_quantile(rows: np.ndarray, q: float) -> np.ndarray:
    """Quantile of sorted rows, linear between ranks (numpy's default)."""
    at = q * (rows.shape[1] - 1)
    below, part = int(at), at - int(at)
    above = min(below + 1, rows.shape[1] - 1)
    return rows[:, below] + np.float32(part) * (rows[:, above] - rows[:, below])


def contributions(
    predictions: Sequence[np.ndarray], responses: Sequence[np.ndarray], r: np.ndarray, n_lags: int, after: np.ndarray
) -> np.ndarray:
    """Each test event's contribution to an electrode's mean test r over the bins at or after onset.

    With unit columns p and y the contribution to a fold's r is p y - r (p^2 + y^2) / 2 + r (the correlation's
    influence function, plus r); its weighted sum over events is the mean r.

    Parameters
    ----------
    predictions, responses : sequences of (n_test, n_electrodes * n_lags), one per fold
    r : (n_folds, n_electrodes * n_lags)
    n_lags : int
    after : (n_lags,) bool

    Returns
    -------
    (n_test of all folds, n_electrodes) float64
        Weighted by 1 / (n_folds n_test), so that the sum over events is the electrode's score.
    """
    rows = []
    for p, y, value in zip(predictions, responses, r):
        per_bin = p * y - (value / 2) * (p * p + y * y) + value
        rows.append(per_bin.reshape(len(p), -1, n_lags)[:, :, after].mean(2, dtype=np.float64) / (len(p) * len(r)))
    return np.concatenate(rows)
