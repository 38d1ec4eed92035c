"""The interval of a region's difference to the rest of the brain.

A difference D of proportions is possible if it is not too far from the one observed for the error that *it* would have
(Miettinen and Nurminen 1985): of a participant with n electrodes in the region, N in all and K sites, the rates are
then those that differ by D and make K sites in all, and the contrast varies as these rates say. Where D is 0 that is
the variance of the test; where D comes to 1 or -1 it vanishes, so that no interval passes them; and a region with an
effect has the larger error of rates that are nearer to one half.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from bids_vlint.nested.contrast import CellTerms, Contrasts, Sums
from bids_vlint.nested.electrodes import Cells

_HALVINGS = 40


def difference_to_rest(
    cells: Cells, made: CellTerms, of: Sums, found: Contrasts
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The difference of each region and the ends of its 95 % interval, (n_regions,) each; NaN where there is none.

    Parameters
    ----------
    cells : Cells
        As observed: k of (n_cells,).
    made, of, found : CellTerms, Sums, Contrasts
        What `contrast.summed` and `contrast.moderated` say of them, as the one arrangement there is.
    """
    known = np.isfinite(found.difference[:, 0])
    centre = np.where(known, found.difference[:, 0], 0)
    quantile = stats.t.ppf(0.975, found.total_df)
    ends = []
    for far in (-1.0, 1.0):
        possible, beyond = centre, np.full(len(centre), far)
        for _ in range(_HALVINGS):
            middle = (possible + beyond) / 2
            error = quantile * np.sqrt(found.variance[0] * _variances(cells, made, of, middle))
            near = np.abs(centre - middle) <= error
            possible, beyond = np.where(near, middle, possible), np.where(near, beyond, middle)
        ends.append(possible)
    difference, low, high = (np.where(known, x, np.nan) for x in (centre, *ends))
    return difference, low, high


def _variances(cells: Cells, made: CellTerms, of: Sums, difference: np.ndarray) -> np.ndarray:
    """How observed differences vary where these are true and electrodes independent, (n_regions,)."""
    n, all_n, own = cells.n, cells.of_participants(cells.n), difference[cells.region]
    rate = cells.of_participants(cells.k) / all_n
    rest = np.clip(rate - n / all_n * own, np.maximum(0, -own), np.minimum(1, 1 - own))
    inside, ratio, counts = rest + own, made.ratio[0], made.v > 0
    with np.errstate(all="ignore"):  # a participant with no electrode elsewhere
        v = made.h**2 * (inside * (1 - inside) / n + rest * (1 - rest) / (all_n - n)) * all_n / (all_n - 1)
        v = np.where(counts, v * (1 + ratio * v) / (1 + ratio * made.v) ** 2, 0)
        return cells.over_regions(v) / of.weight[:, 0] ** 2
