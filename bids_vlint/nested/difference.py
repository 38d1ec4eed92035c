"""The interval of a region's difference to the rest of the brain.

A difference D of proportions is possible if it is not too far from the one observed for the error that *it* would have
(Miettinen and Nurminen 1985): of a participant with n electrodes in the region, N in all and K sites, the rates are
then those that differ by D and make K sites in all, and the contrast varies as these rates say. Where D is 0 that is
the variance of the test; where D comes to 1 or -1 it vanishes, so that no interval passes them; and a region with an
effect has the larger error of rates that are nearer to one half.

Participants whose rates differ have differences that differ even where the odds ratio is the same: a rate of .06 and
one of .12 become .56 and .73. The mean of the participants at hand therefore varies by what their rates do, times the
slope of the difference at that odds ratio; its degrees of freedom are those of the participants.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy import stats

from bids_vlint.nested.contrast import CellTerms, Contrasts, Sums
from bids_vlint.nested.electrodes import Cells
from bids_vlint.nested.possible import last_possible

_NONE = 1e-12


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
    people = _participants_vary(cells, made, of, float(found.variance[0]))
    error = partial(_error, cells, made, of, found, people)
    none_is_far = np.abs(centre) > error(np.zeros(len(centre)))
    # beyond a difference of 0 nothing is possible where 0 is not
    ends = [last_possible(centre, np.where(none_is_far & (far * centre < 0), 0, far), error) for far in (-1.0, 1.0)]
    difference, low, high = (np.where(known, x, np.nan) for x in (centre, *ends))
    return difference, low, high


def _error(
    cells: Cells, made: CellTerms, of: Sums, found: Contrasts, people: np.ndarray, difference: np.ndarray
) -> np.ndarray:
    """Half an interval where these differences are true, (n_regions,); degrees of freedom by Satterthwaite (1946)."""
    electrodes = found.variance[0] * _variances(cells, made, of, difference)
    participants = people * _slopes(cells, difference) ** 2
    both = np.maximum(electrodes + participants, _NONE)
    of_people = np.maximum(cells.participants_of - 1, 1)
    df = both**2 / (electrodes**2 / found.total_df + participants**2 / of_people + _NONE**2)
    error: np.ndarray = stats.t.ppf(0.975, np.maximum(df, 1)) * np.sqrt(both)
    return error


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


def _participants_vary(cells: Cells, made: CellTerms, of: Sums, variance: float) -> np.ndarray:
    """How the mean over a region's participants of their rates elsewhere varies, (n_regions,): the rates' spread beyond
    that of as many electrodes, by moments, times the sum of squared weights."""
    counts, ratio, m = (made.v > 0).astype(float), made.ratio[0], np.maximum(of.count, 1)
    with np.errstate(all="ignore"):  # a participant with no electrode elsewhere
        elsewhere = cells.of_participants(cells.n) - cells.n
        rate = np.where(counts > 0, (cells.of_participants(cells.k) - cells.k) / elsewhere, 0)
        mean = cells.over_regions(rate) / m
        spread = cells.over_regions(counts * (rate - mean[cells.region]) ** 2) / np.maximum(m - 1, 1)
        electrodes = cells.of_participants(made.v * (1 + ratio * made.v)) - made.v * (1 + ratio * made.v)
        noise = variance * cells.over_regions(np.where(counts > 0, electrodes / elsewhere**2, 0)) / m
        squares = cells.over_regions(np.where(counts > 0, made.h / (1 + ratio * made.v), 0) ** 2)
        return np.maximum(spread - noise, 0) * squares / of.weight[:, 0] ** 2


def _slopes(cells: Cells, difference: np.ndarray) -> np.ndarray:
    """How a difference grows with the rate elsewhere, the odds ratio being the same, (n_regions,)."""
    n, k = cells.over_regions(cells.n), cells.over_regions(cells.k)
    rest = (cells.k.sum() - k + 0.5) / (cells.n.sum() - n + 1)
    inside = np.clip(rest + difference, 0, 1)
    slopes: np.ndarray = inside * (1 - inside) / (rest * (1 - rest)) - 1
    return slopes
