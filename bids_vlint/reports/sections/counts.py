"""How many electrodes pass each test, in one table, and what each test compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from bids_vlint.derivatives.candidates import candidate_counts
from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.columns import GROUP_Q
from bids_vlint.derivatives.meanings import P_MEANING, meaning_of
from bids_vlint.group.regions import Tally, tally
from bids_vlint.inference.calibrated.claims import WITH_LANGUAGE, WORDS, claims_of, verdicts
from bids_vlint.inference.correction import LEVEL
from bids_vlint.networks.comparisons import gate
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.detectable import ByAlignment, detectable_in
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.shown import why_untested
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.inferences import WAYS, side_by_side
from bids_vlint.study.stimulus import ALIGNMENTS


class Count(NamedTuple):
    """How many electrodes pass a test: in at least one alignment, in both, in each alone; why some were not tested
    (alignment or "" for all, to the reason); the differences that would have been found, by test, where none passes."""

    what: str
    either: Tally
    both: Tally
    alone: dict[str, Tally]
    untested: dict[str, str]
    detectable: Mapping[str, ByAlignment]


def counts(
    sites: pd.DataFrame,
    tests: Sequence[str],
    *,
    seeds: int,
    q: float = LEVEL,
    fits: Sequence[FitResult] = (),
) -> Section:
    """The section of counts.

    Parameters
    ----------
    sites : DataFrame
        From `collection.stack_sites`.
    tests : sequence of str
    seeds : int
        How many random twins a network has at most.
    q : float
        The level of false discoveries.
    fits : sequence of FitResult
        What the sites are from: what was shown to which network, what could not be tested, what could have been found.
    """
    several = sites["participant_id"].nunique() > 1
    candidates = {test: pairs for test in tests if (pairs := candidate_counts(sites, test))}
    detectable = detectable_in(fits, q)
    whats = [*claims_of(tests), WITH_LANGUAGE]
    rows = side_by_side(fits, sites, tests)
    own = [count_of(sites, what, fits, detectable) for what in whats]
    return section(
        "Summary",
        "How many electrodes pass each test",
        "counts.html",
        n_electrodes=len(sites),
        ways=WAYS,
        rows=rows,
        published=any(row.inference == "published" for row in rows),
        counts=own,
        none_passes=[count for count in own if count.either.tested and not count.either.passed],
        tested=[count.what for count in own if count.either.tested],
        over_all=tallies_over_all(sites, tests, q) if several else {},
        candidates=candidates,
        unequal={t: pairs for t, pairs in candidates.items() if any(a != b for a, b in pairs)},
        seeds=seeds,
        gate=gate().name,
        q=q,
        meanings={test: meaning_of(test) for test in tests},
        p_meaning=P_MEANING,
    )


def count_of(
    sites: pd.DataFrame,
    what: str,
    fits: Sequence[FitResult],
    detectable: Mapping[str, ByAlignment],
    *,
    always: bool = False,
) -> Count:
    """How many electrodes pass a test or word; `always`: with what would have been found, also where some pass."""
    either, both = (tally(sites, f"{what}_{way}") for way in ("either", "both"))
    alone: dict[str, Tally] = {alignment: tally(sites, f"{alignment}_{what}") for alignment in ALIGNMENTS}
    untested = {a: why_untested(fits, what, [a]) for a, own in alone.items() if own.tested < len(sites)}
    if either.tested < len(sites):
        untested[""] = why_untested(fits, what)
    needed = next((word.tests for word in WORDS if word.name == what), (what,))
    could = {test: detectable[test] for test in needed if test in detectable} if always or not either.passed else {}
    return Count(what, either, both, alone, untested, could if what != WITH_LANGUAGE else {})


def tallies_over_all(sites: pd.DataFrame, tests: Sequence[str], q: float = LEVEL) -> dict[str, Tally]:
    """How many pass each test and word in at least one alignment where the false discovery rate is controlled over all
    participants together."""
    found = verdicts(dict(sites), tests, q, GROUP_Q)
    return {what: tally(pd.DataFrame(found), f"{what}_either") for what in (*tests, *(word.name for word in WORDS))}


def _sections(contents: Contents) -> list[Section]:
    found = counts(contents.sites, contents.tests, seeds=contents.seeds, q=min(contents.levels),
                   fits=contents.fits)  # fmt: skip
    return [found]


COUNTS = ReportFigure("counts", _sections, {"participant": 10, "group": 10})
