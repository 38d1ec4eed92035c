"""The results in words: how many electrodes pass each test, and what each test compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from bids_vlint.derivatives.candidates import candidate_counts
from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.columns import GROUP_Q
from bids_vlint.derivatives.meanings import P_MEANING, meaning_of
from bids_vlint.group.regions import Tally, tally
from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE, WORDS, claims_of, verdicts
from bids_vlint.inference.correction import LEVEL
from bids_vlint.networks.comparisons import gate
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.detectable import ByAlignment, detectable_in
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.shown import shown_networks, why_untested
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.sites import kinds_of_sites
from bids_vlint.study.stimulus import ALIGNMENTS


class Count(NamedTuple):
    """How many electrodes pass a test: in either alignment, in both, in each alone; why some were not tested (alignment
    or "" for all, to the reason); and where none passes, the differences that would have been found, by test."""

    what: str
    either: Tally
    both: Tally
    alone: dict[str, Tally]
    untested: dict[str, str]
    detectable: Mapping[str, ByAlignment]


def counts(
    sites: pd.DataFrame,
    tests: Sequence[str],
    who: str,
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
    who : str
        Whose electrodes they are.
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
    return section(
        "Summary",
        "Results in words",
        "counts.html",
        n_electrodes=len(sites),
        who=who,
        integration=_count(sites, INTEGRATION, fits, detectable),
        with_language=tally(sites, f"{WITH_LANGUAGE}_either"),
        n_with_language=kinds_of_sites(sites).count("trained with language"),
        shown=shown_networks(fits),
        counts=[_count(sites, what, fits, detectable) for what in whats],
        over_all=tallies_over_all(sites, tests, q) if several else {},
        candidates=candidates,
        unequal={t: pairs for t, pairs in candidates.items() if any(a != b for a, b in pairs)},
        seeds=seeds,
        gate=gate().name,
        against=sorted({float(fit.record.get("settings", {}).get("smallest_effect", 0)) for fit in fits} - {0.0}),
        q=q,
        meanings={test: meaning_of(test) for test in tests},
        p_meaning=P_MEANING,
    )


def _count(sites: pd.DataFrame, what: str, fits: Sequence[FitResult], detectable: Mapping[str, ByAlignment]) -> Count:
    either, both = (tally(sites, f"{what}_{way}") for way in ("either", "both"))
    alone: dict[str, Tally] = {alignment: tally(sites, f"{alignment}_{what}") for alignment in ALIGNMENTS}
    untested = {a: why_untested(fits, what, [a]) for a, own in alone.items() if own.tested < len(sites)}
    if either.tested < len(sites):
        untested[""] = why_untested(fits, what)
    needed = next((word.tests for word in WORDS if word.name == what), (what,))
    could = {test: detectable[test] for test in needed if test in detectable} if not either.passed else {}
    return Count(what, either, both, alone, untested, could if what != WITH_LANGUAGE else {})


def tallies_over_all(sites: pd.DataFrame, tests: Sequence[str], q: float = LEVEL) -> dict[str, Tally]:
    """How many pass each test and word in either alignment where the false discovery rate is controlled over all
    participants together."""
    found = verdicts(dict(sites), tests, q, GROUP_Q)
    return {what: tally(pd.DataFrame(found), f"{what}_either") for what in (*tests, *(word.name for word in WORDS))}


def _sections(contents: Contents) -> list[Section]:
    found = counts(contents.sites, contents.tests, contents.who, seeds=contents.seeds, q=min(contents.levels),
                   fits=contents.fits)  # fmt: skip
    return [found]


COUNTS = ReportFigure("counts", _sections, {"participant": 10, "group": 10})
