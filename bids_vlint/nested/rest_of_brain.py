"""The test of a region against the rest of the brain, its correction over regions, and without each participant.

The statistic is the moderated t of `contrast`; its null are arrangements of the sites (`arrangements`), for which all
is computed again. Arrangements keep how sites cluster on shafts, and with it how skewed counts of few sites are;
dividing by an error that is made of how participants differ keeps the size where participants differ by region, which
no arrangement does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from bids_vlint.inference.correction import benjamini_hochberg
from bids_vlint.nested.arrangements import arranged_counts
from bids_vlint.nested.contrast import CellTerms, Contrasts, Sums, moderated, sums, sums_of, terms
from bids_vlint.nested.electrodes import Cells, Nested

LEAST_PARTICIPANTS = 3  # with electrodes in a region that is tested
LEAST_ARRANGEMENTS, PER_REGION = 2000, 40
SEED = 0
_SAME = 1e-9
_AT_ONCE = 250_000


@dataclass(frozen=True)
class RestTest:
    """Regions against the rest of the brain, each (n_regions,) but the last; NaN where a region is not tested.

    Attributes
    ----------
    difference, low, high : of proportions, with its 95 % interval
    p : one-sided: more sites than in the rest
    q : Benjamini-Hochberg over the regions
    left_out_q : the largest q of those without each participant; NaN where the region is not named
    left_out : whose absence makes it, a participant's number; -1 where the region is not named
    n_arrangements : int
    """

    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    q: np.ndarray
    left_out_q: np.ndarray
    left_out: np.ndarray
    n_arrangements: int


def against_rest(electrodes: Nested, level: float = 0.05, n: int | None = None, seed: int = SEED) -> RestTest:
    """Test every region against the rest of the brain.

    Parameters
    ----------
    electrodes : Nested
        Those that were tested.
    level : float
        Regions with q at most this are named, and tested again without each participant.
    n : int | None
        Arrangements; None: `PER_REGION` for each region, `LEAST_ARRANGEMENTS` at least.
    seed : int
    """
    cells = electrodes.cells
    n = max(LEAST_ARRANGEMENTS, PER_REGION * cells.n_regions) if n is None else n
    tested = cells.participants_of >= LEAST_PARTICIPANTS
    nothing = np.full(cells.n_regions, np.nan)
    if not tested.any() or not electrodes.hit.any() or electrodes.hit.all():
        nobody = np.full(cells.n_regions, -1)
        return RestTest(nothing, nothing, nothing, nothing, nothing, nothing, nobody, n)
    observed = terms(replace(cells, k=cells.k[None]))
    null = _null(electrodes, n, seed)
    found = moderated(sums(cells, observed))
    p = _p(found, moderated(_joined([sums(cells, part) for part in null])), tested)
    q = benjamini_hochberg(p)
    half = stats.t.ppf(0.975, found.df[0]) * found.error[0]
    centre = np.where(tested, found.difference[0], np.nan)
    worst, who = _left_out(cells, observed, null, q <= level) if (q <= level).any() else (nothing, nothing)
    left = np.where(np.isnan(who), -1, np.nan_to_num(who)).astype(int)
    return RestTest(centre, centre - half, centre + half, p, q, worst, left, n)


def _null(electrodes: Nested, n: int, seed: int) -> list[CellTerms]:
    """The terms of arrangements, in parts that fit into memory."""
    cells, counts = electrodes.cells, arranged_counts(electrodes, n, seed)
    step = max(1, _AT_ONCE // max(1, len(cells.n)))
    return [terms(replace(cells, k=counts[k : k + step].astype(float))) for k in range(0, n, step)]


def _joined(parts: list[Sums]) -> Sums:
    return Sums(*(np.concatenate([getattr(part, name) for part in parts]) for name in Sums.__dataclass_fields__))


def _p(observed: Contrasts, null: Contrasts, tested: np.ndarray) -> np.ndarray:
    """The share of arrangements with a tail as small, their own arrangement among them; NaN where not tested."""
    own, others = observed.t[0], np.nan_to_num(null.t, nan=-np.inf)
    p = (1 + (others >= own - _SAME).sum(0)) / (1 + len(others))
    return np.where(tested & ~np.isnan(own), p, np.nan)


def _left_out(
    cells: Cells, observed: CellTerms, null: list[CellTerms], named: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The largest q without one participant, and whose absence it is, for each named region."""
    worst, who = np.full(len(named), np.nan), np.full(len(named), np.nan)
    whole, whole_null = sums(cells, observed), _joined([sums(cells, part) for part in null])
    for k in range(cells.n_participants):
        there = np.bincount(cells.region[cells.participant == k], minlength=len(named)) > 0
        tested = cells.participants_of - there >= LEAST_PARTICIPANTS - 1
        fewer = moderated(whole.without(sums_of(cells, observed, k)))
        fewer_null = moderated(whole_null.without(_joined([sums_of(cells, part, k) for part in null])))
        q = benjamini_hochberg(_p(fewer, fewer_null, tested))
        q = np.where(np.isnan(q), 1, q)
        more = named & ~(q <= worst)
        worst, who = np.where(more, q, worst), np.where(more, k, who)
    return worst, who
