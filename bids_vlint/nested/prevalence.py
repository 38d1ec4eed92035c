"""In how many participants a region has sites: Bayesian prevalence (Ince, Paton, Kay and Schyns 2021).

Each participant is tested on its own at a level; a test that finds an effect wherever there is one is positive with
probability level + (1 - level) prevalence. Under a uniform prior of the prevalence its posterior is a beta distribution
cut at the level.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS

OWN_LEVEL = 0.05  # of the tests within participants
_MASS, _STEPS = 0.95, 2001


class Prevalence(NamedTuple):
    """The most probable prevalence, and the ends of the narrowest interval that holds 95 % of the posterior."""

    most_probable: float
    low: float
    high: float


def prevalence(positive: int, n: int, level: float = OWN_LEVEL) -> Prevalence:
    """The share of participants that have the effect.

    Parameters
    ----------
    positive : int
        Participants whose own test is positive.
    n : int
        Participants that were tested; below `LEAST_PARTICIPANTS` all is NaN.
    level : float
        Of their tests.

    Examples
    --------
    >>> [round(x, 2) for x in prevalence(7, 7)]
    [1.0, 0.67, 1.0]
    >>> [round(x, 2) for x in prevalence(0, 7)]
    [0.0, 0.0, 0.31]
    """
    if n < LEAST_PARTICIPANTS:
        return Prevalence(np.nan, np.nan, np.nan)
    beta = stats.beta(positive + 1, n - positive + 1)
    below = beta.cdf(level)
    starts = np.linspace(0, 1 - _MASS, _STEPS)
    low, high = (beta.ppf(np.minimum(below + (1 - below) * x, 1)) for x in (starts, starts + _MASS))
    narrowest = int(np.argmin(high - low))
    most = max(0.0, positive / n - level) / (1 - level)
    # rounded: the lower end is 0 where no participant, or one of many, is positive, but for the last digits
    ends = (round(float(np.clip((end[narrowest] - level) / (1 - level), 0, 1)), 12) for end in (low, high))
    return Prevalence(most, *ends)


def positive_groups(p: np.ndarray, group: np.ndarray, n_groups: int, level: float = OWN_LEVEL) -> np.ndarray:
    """Whether electrodes, taken together, have an effect: Simes' p of each group's p at most the level.

    Parameters
    ----------
    p : (n,) float
    group : (n,) int
        Of each p, from 0 to n_groups - 1; each group has one at least.
    n_groups : int
    level : float

    Returns
    -------
    (n_groups,) bool

    Examples
    --------
    >>> positive_groups(np.array([0.04, 0.9, 0.04, 0.02]), np.array([0, 0, 1, 1]), 2).tolist()
    [False, True]
    """
    order = np.lexsort((p, group))
    group, p = group[order], p[order]
    size = np.bincount(group, minlength=n_groups)
    rank = np.arange(len(p)) - (np.cumsum(size) - size)[group] + 1
    smallest = np.full(n_groups, np.inf)
    np.minimum.at(smallest, group, p * size[group] / rank)
    return smallest <= level
