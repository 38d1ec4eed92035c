"""Means of regions with intervals for other participants.

A participant's mean in a region has the variance between + within / n, both of all regions together (moments;
DerSimonian and Laird 1986); means are weighted by it. The scale of the errors is what participants' means show about
their regions' (Knapp and Hartung 2003), again over all regions, with their degrees of freedom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS


class Means(NamedTuple):
    """Means and their 95 % intervals, (n_regions,); NaN below `LEAST_PARTICIPANTS` participants."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def region_means(values: np.ndarray, participant: np.ndarray, region: np.ndarray, n_regions: int) -> Means:
    """Average values of electrodes over regions.

    Parameters
    ----------
    values : (n,) float
        Without NaN.
    participant, region : (n,) int
    n_regions : int

    Examples
    --------
    >>> found = region_means(np.array([1.0, 2, 3]), np.arange(3), np.zeros(3, int), 1)
    >>> [round(float(x[0]), 2) for x in found]
    [2.0, -0.48, 4.48]
    """
    known, cell = np.unique(np.stack([region, participant]), axis=1, return_inverse=True)
    cell, own = cell.reshape(-1), known[0]
    n = np.bincount(cell).astype(float)
    x = np.bincount(cell, values) / n
    m = np.bincount(own, minlength=n_regions)
    inside = float(((values - x[cell]) ** 2).sum() / max(1.0, (n - 1).sum()))
    variance = _between(x, n, own, n_regions, inside) + inside / n
    weight = 1 / variance if variance.all() else np.ones(len(n))  # without any: all values of a region are the same
    total = np.bincount(own, weight, n_regions)
    with np.errstate(all="ignore"):
        mean = np.bincount(own, weight * x, n_regions) / total
        df = np.maximum(m - 1, 0).sum()
        scale = (weight * (x - mean[own]) ** 2)[m[own] > 1].sum() / df
        half = stats.t.ppf(0.975, df) * np.sqrt(scale / total)
        return Means(*(np.where(m >= LEAST_PARTICIPANTS, x, np.nan) for x in (mean, mean - half, mean + half)))


def _between(x: np.ndarray, n: np.ndarray, own: np.ndarray, n_regions: int, inside: float) -> float:
    """Variance of participants' true means about their region's, at least 0; all of it where electrodes say nothing."""
    several = np.bincount(own, minlength=n_regions)[own] > 1
    weight = n * several
    total = np.bincount(own, weight, n_regions)
    with np.errstate(all="ignore"):
        mean = np.bincount(own, weight * x, n_regions) / total
        spread = np.nansum(weight * (x - mean[own]) ** 2)
        reach = np.nansum(total - np.bincount(own, weight**2, n_regions) / total)
    df = several.sum() - len(np.unique(own[several]))
    return float(max(0.0, (spread - df * inside) / reach)) if reach > 0 else 0.0
