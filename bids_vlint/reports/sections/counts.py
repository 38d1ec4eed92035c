"""The results in words: how many electrodes pass each test, and what each test compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from bids_vlint.derivatives.candidates import candidate_counts
from bids_vlint.derivatives.columns import GROUP_Q
from bids_vlint.derivatives.meanings import P_MEANING, meaning_of
from bids_vlint.group.regions import Tally, tally
from bids_vlint.inference.calibrated.claims import INTEGRATION, WORDS, verdicts
from bids_vlint.inference.correction import LEVEL
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.sites import kinds_of_sites
from bids_vlint.study.stimulus import ALIGNMENTS


class Count(NamedTuple):
    """How many electrodes pass a test: in either alignment, in both, in each alone."""

    what: str
    either: Tally
    both: Tally
    alone: dict[str, Tally]


def counts(sites: pd.DataFrame, tests: Sequence[str], who: str, *, seeds: int, q: float = LEVEL) -> Section:
    """The section of counts.

    Parameters
    ----------
    sites : DataFrame
        From `collection.stack`.
    tests : sequence of str
    who : str
        Whose electrodes they are.
    seeds : int
        How many random twins a network has at most.
    q : float
        The level of false discoveries.
    """
    whats = (*tests, *(word.name for word in WORDS))
    several = sites["participant_id"].nunique() > 1
    candidates = {test: pairs for test in tests if (pairs := candidate_counts(sites, test))}
    return section(
        "Summary",
        "Results in words",
        "counts.html",
        n_electrodes=len(sites),
        who=who,
        integration=tally(sites, f"{INTEGRATION}_either"),
        n_with_language=kinds_of_sites(sites).count("trained with language"),
        counts=[_count(sites, what) for what in whats],
        over_all=tallies_over_all(sites, tests, q) if several else {},
        candidates=candidates,
        unequal={t: pairs for t, pairs in candidates.items() if any(a != b for a, b in pairs)},
        seeds=seeds,
        q=q,
        meanings={test: meaning_of(test) for test in tests},
        p_meaning=P_MEANING,
    )


def _count(sites: pd.DataFrame, what: str) -> Count:
    either, both = (tally(sites, f"{what}_{way}") for way in ("either", "both"))
    return Count(what, either, both, {alignment: tally(sites, f"{alignment}_{what}") for alignment in ALIGNMENTS})


def tallies_over_all(sites: pd.DataFrame, tests: Sequence[str], q: float = LEVEL) -> dict[str, Tally]:
    """How many pass each test and word in either alignment where the false discovery rate is controlled over all
    participants together."""
    found = verdicts(dict(sites), tests, q, GROUP_Q)
    return {what: tally(pd.DataFrame(found), f"{what}_either") for what in (*tests, *(word.name for word in WORDS))}


def _sections(contents: Contents) -> list[Section]:
    found = counts(contents.sites, contents.tests, contents.who, seeds=contents.seeds, q=min(contents.levels))
    return [found]


COUNTS = ReportFigure("counts", _sections, {"participant": 10, "group": 10})
