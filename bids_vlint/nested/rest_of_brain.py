"""The test of a region against the rest of the brain, its correction over regions, and without each participant.

The statistic is the moderated t of `contrast`; its null are arrangements of the sites (`arrangements`), for which all
is computed again. Arrangements keep how sites cluster on shafts, and with it how skewed counts of few sites are;
dividing by an error that is made of how participants differ keeps the size where participants differ by region, which
no arrangement does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bids_vlint.inference.correction import benjamini_hochberg
from bids_vlint.nested.arrangements import arranged_counts, arrangements
from bids_vlint.nested.contrast import CellTerms, Sums, moderated, moderated_t, summed, sums_without
from bids_vlint.nested.difference import difference_to_rest
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
    difference, low, high : of proportions, with its 95 % interval (`difference`)
    p : one-sided: more sites than in the rest
    q : Benjamini-Hochberg over the regions
    left_out_q : the largest q of those without each participant; NaN where the region is not named
    left_out : whose absence makes it, a participant's number; -1 where the region is not named, or several do
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


def arranged(electrodes: Nested, seed: int = SEED) -> list[np.ndarray]:
    """As many arrangements as a test of the electrodes' regions needs: `PER_REGION` for each, `LEAST_ARRANGEMENTS` at
    least (`arrangements`)."""
    return arrangements(electrodes, max(LEAST_ARRANGEMENTS, PER_REGION * electrodes.cells.n_regions), seed)


def against_rest(electrodes: Nested, drawn: Sequence[np.ndarray], level: float = 0.05) -> RestTest:
    """Test every region against the rest of the brain.

    Parameters
    ----------
    electrodes : Nested
        Those that were tested.
    drawn : sequence of ndarray
        Their arrangements (`arranged`), which the tests of several claims on them share.
    level : float
        Regions with q at most this are named, and tested again without each participant.
    """
    cells, n = electrodes.cells, drawn[0].shape[1]
    tested = cells.participants_of >= LEAST_PARTICIPANTS
    nothing = np.full(cells.n_regions, np.nan)
    if not tested.any() or not electrodes.hit.any() or electrodes.hit.all():
        nobody = np.full(cells.n_regions, -1)
        return RestTest(nothing, nothing, nothing, nothing, nothing, nothing, nobody, n)
    observed, null = summed(replace(cells, k=cells.k[:, None])), _null(electrodes, drawn)
    found = moderated(observed[1])
    ends = difference_to_rest(cells, *observed, found)
    p = _p(found.t, moderated_t(null[1]), tested)
    q = benjamini_hochberg(p)
    difference, low, high = (np.where(tested, x, np.nan) for x in ends)
    worst, who = nothing, np.full(cells.n_regions, -1)
    if (q <= level).any():
        worst, who = _left_out(cells, observed, null, q <= level)
    return RestTest(difference, low, high, p, q, worst, who, n)


def _null(electrodes: Nested, drawn: Sequence[np.ndarray]) -> tuple[CellTerms, Sums]:
    """The contrasts and sums of arrangements, made in parts that fit into memory."""
    cells, counts = electrodes.cells, arranged_counts(electrodes, drawn)
    step = max(1, _AT_ONCE // max(1, len(cells.n)))
    parts = [summed(replace(cells, k=counts[:, k : k + step].astype(float))) for k in range(0, counts.shape[1], step)]
    terms, sums = zip(*parts)
    d, ratio = (np.concatenate([getattr(part, name) for part in terms], axis=-1) for name in ("d", "ratio"))
    names = ("information", "score", "square", "weight")
    each = {name: np.concatenate([getattr(part, name) for part in sums], axis=-1) for name in names}
    return replace(terms[0], d=d, ratio=ratio), replace(sums[0], **each)


def _p(own: np.ndarray, null: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """The share of arrangements with a t as high, their own arrangement among them; NaN where not tested."""
    p = (1 + (null >= own - _SAME).sum(1)) / (1 + null.shape[1])  # no t (NaN) is not as high
    return np.where(tested & ~np.isnan(own[:, 0]), p, np.nan)


def _left_out(
    cells: Cells, observed: tuple[CellTerms, Sums], null: tuple[CellTerms, Sums], named: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The largest q without one participant, and whose absence it is (-1: of several), for each named region."""
    worst, who = np.full(len(named), np.nan), np.full(len(named), -1)
    for k in range(cells.n_participants):
        there = np.bincount(cells.region[cells.participant == k], minlength=len(named)) > 0
        tested = cells.participants_of - there >= LEAST_PARTICIPANTS - 1
        fewer, fewer_null = (moderated_t(sums_without(cells, *made, k)) for made in (observed, null))
        q = benjamini_hochberg(_p(fewer, fewer_null, tested))
        q = np.where(np.isnan(q), 1, q)
        more, same = named & ~(q <= worst), named & (q == worst)
        worst, who = np.where(more, q, worst), np.where(more, k, np.where(same, -1, who))
    return worst, who
