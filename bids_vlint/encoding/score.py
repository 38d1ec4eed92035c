"""Scores of held-out predictions, their bootstrap interval, and each block's contribution to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.stats import block_draws, block_membership, interval, weighted_pearson


@dataclass(frozen=True)
class Scores:
    """Held-out Pearson correlations of one fit and alignment, and their bootstrap interval.

    Arrays r, r_low, r_high, penalty: (n_models, n_electrodes, n_lags). layer: (2, n_models, n_electrodes), str,
    of each tested half.
    validation: (n_models, n_electrodes), mean validation r over bins at or after onset.
    """

    models: tuple[str, ...]
    channels: tuple[str, ...]
    lags: np.ndarray
    r: np.ndarray
    r_low: np.ndarray
    r_high: np.ndarray
    penalty: np.ndarray
    layer: np.ndarray
    validation: np.ndarray


# Targets at a time in the bootstrap: what stays in a processor's cache.
_COLUMNS = 64


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
        counts.append(block_draws(inverse.max() + 1, n_resamples, rng)[:, inverse].astype(np.float32))
    return counts


_Part = tuple[np.ndarray, np.ndarray]  # predictions and responses, (n_half, n_targets) with unit columns


def r_interval(parts: Sequence[_Part], counts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """95 % percentile interval of the mean r over parts, the predictions fixed: products of resample counts.

    Parameters
    ----------
    parts : sequence of (predictions, responses), (n_half, n_targets) each
        With unit columns.
    counts : sequence of (n_resamples, n_half), one per part

    Returns
    -------
    low, high : (n_targets,) float32
    """
    n_targets = parts[0][0].shape[1]
    low, high = np.empty(n_targets, np.float32), np.empty(n_targets, np.float32)
    resamples = [_by_stretches(w) for w in counts]
    for part in _steps(n_targets):
        low[part], high[part] = interval(_resampled([(p[:, part], y[:, part]) for p, y in parts], resamples), axis=1)
    return low, high


def resampled_r(parts: Sequence[_Part], counts: Sequence[np.ndarray]) -> np.ndarray:
    """Mean r over parts of every resample, (n_targets, n_resamples) float32; as `r_interval`."""
    resamples = [_by_stretches(w) for w in counts]
    steps = _steps(parts[0][0].shape[1])
    return np.concatenate([_resampled([(p[:, part], y[:, part]) for p, y in parts], resamples) for part in steps])


def _steps(n_targets: int) -> list[slice]:
    return [slice(k, k + _COLUMNS) for k in range(0, n_targets, _COLUMNS)]


def _by_stretches(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts of stretches of neighbours that are always drawn together, which blocks are, (n_resamples, n_stretches),
    and what takes events to their sums over them."""
    begins = np.insert((counts[:, 1:] != counts[:, :-1]).any(0), 0, True)
    return counts[:, begins], block_membership(np.cumsum(begins), np.float32)[1]


def _resampled(parts: Sequence[_Part], resamples: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Mean r over parts of every resample, (n_columns, n_resamples)."""
    total = np.zeros((parts[0][0].shape[1], len(resamples[0][0])), np.float32)
    for (p, y), (draws, member) in zip(parts, resamples):
        total += weighted_pearson(p, y, draws, member).T
    total /= np.float32(len(parts))
    return total


def contributions(prediction: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Each event's contribution to the r of one part; its mean over events is r.

    With unit columns p and y it is p y - r (p^2 + y^2) / 2 + r (the correlation's influence function, plus r).

    Parameters
    ----------
    prediction, response : (n_half, n_columns, n_bins)

    Returns
    -------
    (n_half, n_columns, n_bins)
    """
    product = prediction * response
    r = product.mean(0)
    squares = prediction * prediction
    squares += response * response
    squares *= r / 2
    product -= squares
    product += r
    return product


def block_sums(contributed: np.ndarray, weights: np.ndarray, ids: np.ndarray, share: float) -> np.ndarray:
    """Each block's contribution to the weighted mean r over bins of one part.

    Parameters
    ----------
    contributed : (n_half, n_columns, n_bins)
        From `contributions`.
    weights : (n_columns, n_bins)
        Of the bins; their mean is 1.
    ids : (n_half,) int
        The block of each event.
    share : float
        The part's share of the whole mean.

    Returns
    -------
    (n_blocks of the part, n_columns) float32
        In the order of the blocks' numbers; sums to `share` times the part's mean r.
    """
    n, _, n_bins = contributed.shape
    per_event = np.einsum("ecb,cb->ec", contributed, weights)
    _, member = block_membership(ids, np.float32)
    member *= np.float32(share / (n * n_bins))
    return member @ per_event


def block_sums_by_bin(contributed: np.ndarray, ids: np.ndarray, share: float) -> np.ndarray:
    """Each block's contribution to the r of every bin of one part, (n_blocks of the part, n_columns, n_bins) float32;
    parameters as in `block_sums`."""
    n = len(contributed)
    _, member = block_membership(ids, np.float32)
    member *= np.float32(share / n)
    return (member @ contributed.reshape(n, -1)).reshape(-1, *contributed.shape[1:])
