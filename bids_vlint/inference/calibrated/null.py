"""p-values from circular shifts: each electrode's t against the t that it has when its responses are shifted.

A few dozen shifts of one electrode tell its null's mean and spread, not its tail. The spread is shrunk towards that of
all electrodes as limma does (Smyth 2004, doi 10.2202/1544-6115.1027). The tail is that of a t distribution with the
degrees of freedom of one electrode's shifts: the shrunk spread would have more if electrodes were independent, but
those of a recording share its reference and their neighbours' signal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

# Fewer electrodes than this tell nothing of how much their spreads differ.
_FEWEST_TO_SHRINK = 3
# Fewer shifts than this, of all electrodes together, tell nothing of a skewness.
_FEWEST_FOR_SKEWNESS = 300
_UPPER = float(stats.norm.isf(0.05))


@dataclass(frozen=True)
class Null:
    """The null of each electrode's t.

    Attributes
    ----------
    mean, sd : (n_electrodes,)
        Of the shifts, shrunk; the mean that is taken off is never below zero. Where nulls are skewed to the right the
        SD is that of their upper tail (`upper_spread`).
    df : float, or (n_electrodes,)
        Degrees of freedom of the standardised t: shifts less one, or those of the corrected t; each electrode's own
        where the spread between random draws was added (`draws.with_draws`).
    p : (n_electrodes,)
        One-sided.
    """

    mean: np.ndarray
    sd: np.ndarray
    df: np.ndarray | float
    p: np.ndarray


def shift_null(t: np.ndarray) -> Null:
    """Test each electrode's t against its shifts.

    Parameters
    ----------
    t : (n_electrodes, 1 + n_shifts)
        First as recorded.

    Returns
    -------
    Null
        p is 1 where neither the recorded nor any shifted responses make a difference (a model against itself).
    """
    observed, moved = t[:, 0], t[:, 1:]
    n_shifts = moved.shape[1]
    empty = ~t.any(1)
    mean, variance = np.zeros(len(t)), np.ones(len(t))
    if (~empty).any():
        mean[~empty] = shrunk_mean(moved[~empty])
        variance[~empty], _ = shrunk_variance(shift_variance(moved[~empty]), n_shifts - 1)
    sd = np.sqrt(variance) * upper_spread(moved[~empty])
    z = (observed - np.maximum(mean, 0)) / sd
    # the mean that was taken off is itself estimated
    z /= np.sqrt(1 + 1 / (n_shifts * max(1, (~empty).sum())))
    p = stats.t.sf(z, n_shifts - 1)
    return Null(mean, sd, float(n_shifts - 1), np.where(empty, 1.0, p))


def corrected_t(t: np.ndarray, n_blocks: int, test_to_train: float, n_folds: int, n_tries: float = 1.0) -> Null:
    """Test each electrode's t without shifts: it is divided by sqrt(1 + (K - 1) n_test / n_train), because the folds
    train each other (Nadeau and Bengio 2003, doi 10.1023/A:1024068626366). As there, held-out parts and not blocks
    give the degrees of freedom: the two halves of K folds, less one.

    Nothing repeats the choice among a side's candidates here, so p is multiplied by how many times more of them the
    model side has (Bonferroni).

    Parameters
    ----------
    t : (n_electrodes,)
    n_blocks : int
    test_to_train : float
    n_folds : int
    n_tries : float
        The model side's candidates over the baseline's; below 1 it counts as 1.

    Returns
    -------
    Null
        p is NaN with fewer than two blocks, and 1 where the sides are the same everywhere.
    """
    spread = np.full(len(t), np.sqrt(1 + (n_folds - 1) * test_to_train))
    df = min(n_blocks, 2 * n_folds) - 1
    p = stats.t.sf(t / spread, df) if n_blocks > 1 else np.full(len(t), np.nan)
    p = np.minimum(p * max(n_tries, 1.0), 1.0)
    return Null(np.zeros(len(t)), spread, float(df), np.where(t == 0, 1.0, p))


def shrunk_mean(moved: np.ndarray) -> np.ndarray:
    """Each electrode's mean over shifts, shrunk to that of all by how much they differ beyond chance (James-Stein)."""
    own = moved.mean(1)
    if len(own) < _FEWEST_TO_SHRINK:
        return own
    chance = moved.var(1, ddof=1).mean() / moved.shape[1]
    between = max(0.0, own.var(ddof=1) - chance)
    shrink = between / (between + chance)
    return own.mean() + shrink * (own - own.mean())


def shift_variance(moved: np.ndarray) -> np.ndarray:
    """Each electrode's variance over the shifts whose sides differ, (n_electrodes,).

    Sides that are the same (a linear control that falls back to the network that it is compared with) have a t of 0,
    which says nothing of how far t strays where they differ. With fewer than two such shifts it is the median of all.
    """
    n_known = (moved != 0).sum(1)
    square = np.square(moved - moved.mean(1, keepdims=True)).sum(1)
    known = n_known > 1
    fallback = np.median(square[known] / (n_known[known] - 1)) if known.any() else 1.0
    variance: np.ndarray = np.where(known, square / np.maximum(n_known - 1, 1), fallback)
    return variance


def upper_spread(moved: np.ndarray) -> float:
    """By how much the upper tail of skewed nulls is wider than their SD says, at the 5 % that p is most often held to.

    What a network adds to other features is rarely much below nothing, but sometimes above: that null is skewed to the
    right. To first order its upper 5 % then begins at c + skewness (c^2 - 1) / 6 instead of the normal c (Cornish and
    Fisher 1938). The skewness is a mean over electrodes; one to the left counts nothing.

    Parameters
    ----------
    moved : (n_electrodes, n_shifts)
        Those of 0, which tell of no difference, are left out.
    """
    n = (moved != 0).sum(1)
    own = moved[n > 2]
    n = n[n > 2]
    if n.sum() < _FEWEST_FOR_SKEWNESS:
        return 1.0
    centred = np.where(own != 0, own - (own.sum(1) / n)[:, None], 0)
    spread = np.sqrt(np.square(centred).sum(1) / n)
    third = np.where(spread > 0, (centred**3).sum(1) / n / np.where(spread > 0, spread, 1) ** 3, 0)
    skewness = float(np.average(third * np.sqrt(n * (n - 1)) / (n - 2), weights=n))
    return 1 + max(0.0, skewness) * (_UPPER**2 - 1) / (6 * _UPPER)


def shrunk_variance(variance: np.ndarray, df: int) -> tuple[np.ndarray, float]:
    """Moderated variances (Smyth 2004, equations 6 to 9).

    Parameters
    ----------
    variance : (n,)
        With `df` degrees of freedom each.
    df : int

    Returns
    -------
    variance : (n,)
        Shrunk to their common value.
    df : float
        Degrees of freedom of the shrunk variances: those of all together where they differ by chance alone.
    """
    if len(variance) < _FEWEST_TO_SHRINK:
        return variance, float(df)
    log = np.log(np.maximum(variance, 1e-300))
    e = log - special.digamma(df / 2) + np.log(df / 2)
    excess = e.var(ddof=1) - special.polygamma(1, df / 2)
    if excess <= 0:
        return np.full(len(variance), variance.mean()), float(len(variance) * df)
    prior_df = 2 * _inverse_trigamma(excess)
    prior = np.exp(e.mean() + special.digamma(prior_df / 2) - np.log(prior_df / 2))
    return (prior_df * prior + df * variance) / (prior_df + df), float(min(prior_df + df, len(variance) * df))


def _inverse_trigamma(value: float) -> float:
    low, high = 1e-8, 1e8
    if special.polygamma(1, high) >= value:
        return high
    return float(optimize.brentq(lambda x: special.polygamma(1, x) - value, low, high))
