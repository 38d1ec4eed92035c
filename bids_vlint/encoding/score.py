"""Scores of held-out predictions, their bootstrap interval, and each block's contribution to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array

from bids_vlint.encoding.arrays import Array
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


# Targets at a time in the bootstrap: what stays in a processor's cache; a card takes all.
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


_Part = tuple[Array, Array]  # predictions and responses, (n_half, n_targets) with unit columns


def r_interval(parts: Sequence[_Part], counts: Sequence[np.ndarray]) -> tuple[Array, Array]:
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
    resamples = _by_stretches(counts, like=parts[0][0])
    intervals = [interval(_resampled(own, resamples), axis=1) for own in _steps(parts)]
    low, high = (array_namespace(parts[0][0]).concat(limits) for limits in zip(*intervals))
    return low, high


def resampled_r(parts: Sequence[_Part], counts: Sequence[np.ndarray]) -> Array:
    """Mean r over parts of every resample, (n_targets, n_resamples) float32; as `r_interval`."""
    resamples = _by_stretches(counts, like=parts[0][0])
    return array_namespace(parts[0][0]).concat([_resampled(own, resamples) for own in _steps(parts)])


def _steps(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """The parts' columns, some at a time."""
    n_targets = parts[0][0].shape[1]
    step = _COLUMNS if is_numpy_array(parts[0][0]) else n_targets
    for k in range(0, n_targets, step):
        yield [(p[:, k : k + step], y[:, k : k + step]) for p, y in parts]


def _by_stretches(counts: Sequence[np.ndarray], like: Array) -> list[_Part]:
    """Counts of stretches of neighbours that are always drawn together, which blocks are, (n_resamples, n_stretches),
    and what takes events to their sums over them; for each part."""
    on = partial(array_namespace(like).asarray, device=device(like))
    out = []
    for own in counts:
        begins = np.insert((own[:, 1:] != own[:, :-1]).any(0), 0, True)
        out.append((on(own[:, begins]), on(block_membership(np.cumsum(begins), np.float32)[1])))
    return out


def _resampled(parts: Sequence[_Part], resamples: Sequence[_Part]) -> Array:
    """Mean r over parts of every resample, (n_columns, n_resamples)."""
    n_columns, n_resamples = parts[0][0].shape[1], resamples[0][0].shape[0]
    scratch = np.empty((5 * n_columns, n_resamples), np.float32) if is_numpy_array(parts[0][0]) else None
    like = resamples[0][0]
    total = array_namespace(like).zeros((n_columns, n_resamples), dtype=like.dtype, device=device(like))
    for (p, y), (draws, member) in zip(parts, resamples):
        total += weighted_pearson(p, y, draws, member, scratch).T
    total /= len(parts)
    return total


def block_sums_by_bin(prediction: Array, unit: Array, ids: np.ndarray, share: float) -> Array:
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
    xp, n = array_namespace(prediction), len(ids)
    member = xp.asarray(block_membership(ids, np.float32)[1], device=device(prediction))
    product, own, other = (member @ x for x in (prediction * unit, prediction * prediction, unit * unit))
    variance = xp.sum(own, axis=0) / n
    inverse = 1 / xp.sqrt(xp.where(variance > 0, variance, float("inf")))
    product *= inverse
    r = xp.sum(product, axis=0) / n
    own *= inverse * inverse
    own += other
    own *= r / 2
    product -= own
    product += xp.sum(member, axis=1)[:, None] * r
    product *= share / n
    return product
