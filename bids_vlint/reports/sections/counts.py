"""The results in words: how many electrodes pass each test, and what each test compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.derivatives.candidates import candidate_counts
from bids_vlint.derivatives.meanings import P_MEANING, meaning_of
from bids_vlint.group.regions import Tally, tally
from bids_vlint.inference.calibrated.sites import INTEGRATION, WORDS
from bids_vlint.inference.correction import LEVEL
from bids_vlint.networks.comparisons import gate
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
        n_both_modalities=kinds_of_sites(sites).count("both modalities"),
        counts=[_count(sites, what) for what in whats],
        over_all={what: tally_over_all(sites, what, q) for what in whats} if several else {},
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


def tally_over_all(sites: pd.DataFrame, what: str, q: float = LEVEL) -> Tally:
    """How many pass in either alignment where the false discovery rate is controlled over all participants together."""
    verdicts = [_over_all(sites, alignment, what, q) for alignment in ALIGNMENTS]
    either = np.logical_or(*(passed for passed, _ in verdicts))
    tested = np.logical_or(*(known for _, known in verdicts))
    return Tally(int(either.sum()), int(tested.sum()))


def _over_all(sites: pd.DataFrame, alignment: str, what: str, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Which electrodes pass in an alignment with q over all participants, and which were tested."""
    for word in (own for own in WORDS if own.name == what):
        parts = [_over_all(sites, alignment, test, level) for test in word.tests]
        passed, known = (np.logical_and.reduce(own) for own in zip(*parts))
        return passed & ~_over_all(sites, alignment, word.unless, level)[0] if word.unless else passed, known
    q, diff = (sites[f"{alignment}_{what}_{column}"].to_numpy(float) for column in ("q_group", "diff"))
    positive = (np.nan_to_num(q, nan=1.0) <= level) & (np.nan_to_num(diff) > 0)
    if what != gate().name:
        passed, known = _over_all(sites, alignment, gate().name, level)
        positive &= passed | ~known
    return positive, ~np.isnan(q)


def _sections(contents: Contents) -> list[Section]:
    found = counts(contents.sites, contents.tests, contents.who, seeds=contents.seeds, q=min(contents.levels))
    return [found]


COUNTS = ReportFigure("counts", _sections, {"participant": 10, "group": 10})
