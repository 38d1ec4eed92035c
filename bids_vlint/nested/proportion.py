"""The share of sites among a region's electrodes, with an interval for other participants.

Electrodes of a participant's region are alike: they share shafts, sources, the participant. Their intraclass
correlation is estimated by moments over the cells of all regions; a region's n electrodes count as n / deff independent
ones, deff = 1 + icc sum n_i (n_i - 1) / n. The interval is Wilson's (1927) with them; since the correlation comes from
few participants, its quantile is of t with Satterthwaite's degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bids_vlint.nested.electrodes import Cells
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS

_ROUNDS = 3
_LEAST = 1e-9


@dataclass(frozen=True)
class Proportions:
    """Shares of sites and their 95 % intervals, (n_regions,); NaN below `LEAST_PARTICIPANTS` participants.

    `icc` is the intraclass correlation of the electrodes of a participant's region, one for all regions.
    """

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    icc: float


def proportions(cells: Cells) -> Proportions:
    """Shares of sites with intervals that respect participants and shafts.

    Examples
    --------
    >>> cells = Cells(np.arange(4), np.zeros(4, int), np.full(4, 10.0), np.array([0.0, 1, 2, 5]), 4, 1)
    >>> found = proportions(cells)
    >>> [round(float(x[0]), 2) for x in (found.share, found.low, found.high)]
    [0.2, 0.06, 0.5]
    """
    n, k, m = cells.over_regions(cells.n), cells.over_regions(cells.k), cells.participants_of
    p, pairs = k / n, cells.over_regions(cells.n * (cells.n - 1))
    icc = _icc(cells, p, n, pairs)
    deff = 1 + icc * pairs / n
    alone = n / deff
    df = np.maximum(m - 1, 1) * (deff / np.maximum(deff - 1, _LEAST)) ** 2
    z = stats.t.ppf(0.975, df)
    centre = (p + z**2 / (2 * alone)) / (1 + z**2 / alone)
    half = z * np.sqrt(p * (1 - p) / alone + z**2 / (4 * alone**2)) / (1 + z**2 / alone)
    known = m >= LEAST_PARTICIPANTS
    ends = np.where(k == 0, 0, centre - half), np.where(k == n, 1, centre + half)  # not but for rounding
    share, low, high = (np.where(known, np.clip(x, 0, 1), np.nan) for x in (p, *ends))
    return Proportions(share, low, high, icc)


def _icc(cells: Cells, p: np.ndarray, n: np.ndarray, pairs: np.ndarray) -> float:
    """Intraclass correlation: what squares of k - n p have above those of independent electrodes."""
    several, region = cells.participants_of > 1, cells.region
    squares = cells.over_regions((cells.k - cells.n * p[region]) ** 2)

    def expected(variance: np.ndarray) -> np.ndarray:
        total = cells.over_regions(variance)
        own = cells.over_regions(variance - 2 * cells.n * variance / n[region])
        return own + cells.over_regions(cells.n**2) * total / n**2

    alone, shared, icc = expected(cells.n), expected(cells.n * (cells.n - 1)), 0.0
    for _ in range(_ROUNDS):
        few = np.maximum(1 - (n + icc * pairs) / n**2, 0.5)  # p (1 - p) of an estimated p is too small by this
        variance = p * (1 - p) / few
        below = float((variance * shared)[several].sum())
        icc = float(np.clip((squares - variance * alone)[several].sum() / below, 0, 1)) if below > 0 else 0.0
    return icc
