"""The share of sites among a region's electrodes, with an interval for other participants.

Electrodes of a participant's region are alike: they share shafts, sources, the participant. What they share is taken
for a normal variable on the scale of the logit, as in the regions' tests: one standard deviation for all regions, from
which the sites' intraclass correlation follows at each rate (small where sites are few, largest at one half). A
region's n electrodes count as n / deff independent ones, deff = 1 + icc sum n_i (n_i - 1) / n. As in Wilson's interval
(1927) those rates are possible that are not too far from the share for the error that they themselves would have; since
the standard deviation comes from few participants, the quantile is of t with Satterthwaite's degrees of freedom (1946).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from scipy import special, stats

from bids_vlint.nested.electrodes import Cells
from bids_vlint.nested.possible import last_possible
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS

_HALVINGS = 30
_LEAST = 1e-9
_MOST_SHARED = 30.0  # of a standard deviation, where all electrodes are sites or none is
_NORMAL = np.linspace(-5, 5, 101)
_LOGITS = np.linspace(-1, 1, 101)


@dataclass(frozen=True)
class Proportions:
    """Shares of sites and their 95 % intervals, (n_regions,); NaN below `LEAST_PARTICIPANTS` participants.

    `shared` is the standard deviation of what electrodes of a participant's region share, on the scale of the logit.
    """

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    shared: float


def proportions(cells: Cells) -> Proportions:
    """Shares of sites with intervals that respect participants and shafts.

    Examples
    --------
    >>> cells = Cells(np.arange(4), np.zeros(4, int), np.full(4, 10.0), np.array([0.0, 1, 2, 5]), 4, 1)
    >>> found = proportions(cells)
    >>> [round(float(x[0]), 2) for x in (found.share, found.low, found.high)]
    [0.2, 0.07, 0.53]
    """
    n, k, m = cells.over_regions(cells.n), cells.over_regions(cells.k), cells.participants_of
    p, pairs = k / n, cells.over_regions(cells.n * (cells.n - 1))
    shared = _shared(cells, p, n, pairs)
    error = partial(_error, shared=shared, n=n, pairs=pairs, m=m)
    ends = [last_possible(p, np.full(len(p), far), error) for far in (0.0, 1.0)]
    known = m >= LEAST_PARTICIPANTS
    share, low, high = (np.where(known, x, np.nan) for x in (p, *ends))
    return Proportions(share, low, high, shared)


def intraclass_correlation(rate: np.ndarray, shared: float) -> np.ndarray:
    """Of sites at a rate, where the logits of participants are normal around one mean.

    Parameters
    ----------
    rate : (n,) array
        Over participants, between 0 and 1; the correlation is 0 at either.
    shared : float
        The logits' standard deviation.
    """
    found: np.ndarray = np.interp(rate, *_correlations(shared))
    return found


@lru_cache(maxsize=64)
def _correlations(shared: float) -> tuple[np.ndarray, np.ndarray]:
    """Rates, ascending, and the correlation at each, by quadrature."""
    weights = np.exp(-(_NORMAL**2) / 2)
    weights /= weights.sum()
    of_people = special.expit((10 + 5 * shared) * _LOGITS[:, None] + shared * _NORMAL)
    mean = of_people @ weights
    icc = (((of_people - mean[:, None]) ** 2) @ weights) / (mean * (1 - mean))
    return np.r_[0, mean, 1], np.r_[0, icc, 0]


def _error(rate: np.ndarray, shared: float, n: np.ndarray, pairs: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Half an interval where these rates are true."""
    deff = 1 + intraclass_correlation(rate, shared) * pairs / n
    df = np.maximum(m - 1, 1) * (deff / np.maximum(deff - 1, _LEAST)) ** 2
    error: np.ndarray = stats.t.ppf(0.975, df) * np.sqrt(rate * (1 - rate) * deff / n)
    return error


def _shared(cells: Cells, p: np.ndarray, n: np.ndarray, pairs: np.ndarray) -> float:
    """The standard deviation under which squares of k - n p are as large as they are, over all regions."""
    several, region = cells.participants_of > 1, cells.region
    squares = cells.over_regions((cells.k - cells.n * p[region]) ** 2)

    def expected(variance: np.ndarray) -> np.ndarray:
        total = cells.over_regions(variance)
        own = cells.over_regions(variance - 2 * cells.n * variance / n[region])
        return own + cells.over_regions(cells.n**2) * total / n**2

    alone, together = expected(cells.n), expected(cells.n * (cells.n - 1))

    def larger(shared: float) -> bool:
        icc = intraclass_correlation(p, shared)
        few = np.maximum(1 - (n + icc * pairs) / n**2, 0.5)  # p (1 - p) of an estimated p is too small by this
        expected_squares = p * (1 - p) / few * (alone + icc * together)
        return bool(squares[several].sum() > expected_squares[several].sum())

    low, high = 0.0, _MOST_SHARED
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if larger(middle) else (low, middle)
    return low
