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
_COLUMNS = 32


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
    n_columns, n_resamples = parts[0][0].shape[1], len(resamples[0][0])
    total, scratch = np.zeros((n_columns, n_resamples), np.float32), np.empty((5 * n_columns, n_resamples), np.float32)
    for (p, y), (draws, member) in zip(parts, resamples):
        total += weighted_pearson(p, y, draws, member, scratch).T
    total /= np.float32(len(parts))
    return total


def block_sums_by_bin(prediction: np.ndarray, unit: np.ndarray, ids: np.ndarray, share: float) -> np.ndarray:
    """Each block's contribution to the r of every column of one part.

    With columns p and y of mean zero and variance one an event contributes p y - r (p^2 + y^2) / 2 + r (the
    correlation's influence function, plus r), the mean of which is r. All of it is summed over blocks first.

    Parameters
    ----------
    prediction : (n_half, n_targets) float32
        Of mean zero.
    unit : (n_half, n_targets) float32
        Responses, from `unit_columns`.
    ids : (n_half,) int
        The block of each event.
    share : float
        The part's share of the whole mean.

    Returns
    -------
    (n_blocks of the part, n_targets) float32
        In the order of the blocks' numbers; sums to `share` times the part's r.
    """
    n, member = len(ids), block_membership(ids, np.float32)[1]
    product, own, other = (member @ x for x in (prediction * unit, prediction * prediction, unit * unit))
    variance = own.sum(0) / np.float32(n)
    inverse = np.where(variance > 0, variance, np.inf) ** np.float32(-0.5)
    product *= inverse
    r = product.sum(0) / np.float32(n)
    own *= inverse * inverse
    own += other
    own *= r / 2
    product -= own
    product += member.sum(1)[:, None] * r
    product *= np.float32(share / n)
    return product
