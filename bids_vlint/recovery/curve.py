"""Shares with intervals, and the curve through shares of electrodes that were found at several sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize, special, stats

from bids_vlint.inference.calibrated.detectable import POWER


def clustered_interval(found: np.ndarray, cluster: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share (Wilson 1927, doi 10.1080/01621459.1927.10502953) of electrodes in clusters.

    Electrodes of one replicate share noise and a correction: the number that counts is smaller by the ratio of the
    variance over replicates to that of independent electrodes, where it is above 1 (Rao and Scott 1992, doi
    10.2307/2532311).

    Parameters
    ----------
    found : (n,) bool
    cluster : (n,)
        Which replicate.
    level : float
    """
    share = float(np.mean(found))
    n = len(found) / design_effect(found, cluster)
    z = float(stats.norm.isf((1 - level) / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, min(share, float(centre - half))), min(1.0, max(share, float(centre + half)))


def design_effect(found: np.ndarray, cluster: np.ndarray) -> float:
    """By how much clusters make a share vary more than as many independent electrodes would; at least 1."""
    _, row = np.unique(cluster, return_inverse=True)
    n, k = np.bincount(row), np.bincount(row, weights=np.asarray(found, float))
    share = k.sum() / n.sum()
    if len(n) < 2 or share in (0.0, 1.0):
        return 1.0
    variance = len(n) / (len(n) - 1) * np.square(k - n * share).sum() / n.sum() ** 2
    return max(1.0, float(variance / (share * (1 - share) / n.sum())))


def rising_curve(size: np.ndarray, found: np.ndarray) -> tuple[float, float] | None:
    """A logistic curve of the logarithm of size that never falls, by maximum likelihood with a weak prior.

    Parameters
    ----------
    size : (n,)
        Above 0.
    found : (n,) bool

    Returns
    -------
    (a, b) | None
        Share = 1 / (1 + exp(-(a + b log2 size))), b >= 0; None where nothing was planted. Half an electrode that is
        found and half a one that is not, spread over the sizes, keep the slope from growing without end.
    """
    if not len(size):
        return None
    x, y = np.log2(size), np.asarray(found, float)
    sizes = np.unique(x)
    x = np.concatenate([x, sizes, sizes])
    y = np.concatenate([y, np.ones(len(sizes)), np.zeros(len(sizes))])
    weight = np.concatenate([np.ones(len(size)), np.full(2 * len(sizes), 0.5 / len(sizes))])

    def lost(v: np.ndarray) -> float:
        eta = v[0] + v[1] * x
        return float((weight * (np.logaddexp(0, eta) - y * eta)).sum())

    fitted = optimize.minimize(lost, np.array([0.0, 0.5]), bounds=[(-50, 50), (0.0, 6.0)], method="L-BFGS-B")
    return float(fitted.x[0]), float(fitted.x[1])


def on_curve(curve: tuple[float, float], size: float) -> float:
    """The share that a curve has at a size."""
    return float(special.expit(curve[0] + curve[1] * np.log2(size)))


def smallest_found(curve: tuple[float, float] | None, sizes: Sequence[float], power: float = POWER) -> float:
    """The smallest size that is found with a given power.

    Returns
    -------
    float
        The smallest of the sizes where it is found there already; NaN where none is.
    """
    if curve is None or on_curve(curve, max(sizes)) < power:
        return np.nan
    if on_curve(curve, min(sizes)) >= power:
        return float(min(sizes))
    return float(2 ** ((special.logit(power) - curve[0]) / curve[1]))
