"""Ranks of things that were measured in the same participants, with what is within the error.

A thing's rank lies between 1 + the number that are better than it and all less the number that are worse, where better
and worse are paired t tests over participants under Holm's correction over all pairs: with 95 % probability all ranks
lie in their ranges at once (Klein, Wright and Wieczorek 2020, doi 10.1111/rssa.12521, with Holm's steps).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS

_ERROR = 0.05


class Ranks(NamedTuple):
    """Ranks and their ranges, (n_things,) float; 1 is the highest value; NaN where they are not known."""

    rank: np.ndarray
    low: np.ndarray
    high: np.ndarray


def ranks(values: np.ndarray) -> Ranks:
    """Rank the columns of a table.

    Parameters
    ----------
    values : (n_participants, n_things) float
        Participants without all values (NaN) do not count.

    Examples
    --------
    >>> values = np.array([[3.0, 1, 1], [3.1, 1, 1.1], [3.2, 1.1, 1], [2.9, 0.9, 1]])
    >>> [x.tolist() for x in ranks(values)]
    [[1.0, 3.0, 2.0], [1.0, 2.0, 2.0], [1.0, 3.0, 3.0]]
    """
    values = values[~np.isnan(values).any(axis=1)]
    people, things = values.shape
    if people < LEAST_PARTICIPANTS or things == 0:
        return Ranks(*(np.full(things, np.nan) for _ in range(3)))
    first, second = np.triu_indices(things, 1)
    d = values[:, first] - values[:, second]
    with np.errstate(all="ignore"):
        t = d.mean(0) / np.sqrt(d.var(0, ddof=1) / people)
    p = 2 * stats.t.sf(np.abs(np.nan_to_num(t)), people - 1)
    order = np.argsort(p, kind="stable")
    told = np.zeros(len(p), bool)
    told[order] = np.cumprod(p[order] * (len(p) - np.arange(len(p))) <= _ERROR).astype(bool)
    better = np.zeros((things, things), bool)
    better[first, second], better[second, first] = told & (t > 0), told & (t < 0)
    rank = stats.rankdata(-values.mean(0), method="min")
    return Ranks(rank.astype(float), 1.0 + better.sum(0), float(things) - better.sum(1))
