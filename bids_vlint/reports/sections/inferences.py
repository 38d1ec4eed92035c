"""Both inferences side by side, and the published one in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.group.regions import Tally, tally
from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.inference.published.rule import PREFIX, RECONSTRUCTED
from bids_vlint.inference.published.summary import published_summary
from bids_vlint.networks.comparisons import TESTS
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.page import Section, section
from bids_vlint.study.stimulus import ALIGNMENTS

WAYS: Mapping[str, str] = {
    **{str(a): str(a) for a in ALIGNMENTS},
    "either": "in at least one alignment",
    "both": "in each alignment",
}


class Found(NamedTuple):
    """What an inference finds of a test or word, per alignment, in either and in both; None: it has no such test."""

    what: str
    inference: str
    tallies: Mapping[str, Tally] | None


def published_words(fits: Sequence[FitResult], tests: Sequence[str]) -> list[Section]:
    """The published inference in its own words; no section where it was not run."""
    published = [fit.published for fit in fits if fit.published is not None]
    if not published:
        return []
    own = [t for t in tests if t not in TESTS.names and all(f"{PREFIX}_{t}_either" in p for p in published)]
    return [section("Summary", "The published inference", "inferences.html", n_published=sum(map(len, published)),
                    published=published_summary(published, own), reconstructed=RECONSTRUCTED)]  # fmt: skip


def side_by_side(fits: Sequence[FitResult], sites: pd.DataFrame, tests: Sequence[str]) -> list[Found]:
    """How many electrodes each inference that was run finds, of each test and word."""
    published = [fit.published for fit in fits if fit.published is not None]
    rows = []
    for what in (*tests, *(word.name for word in WORDS)):
        rows.append(Found(what, "calibrated", {way: tally(sites, _column(what, way)) for way in WAYS}))
        if published:
            rows.append(Found(what, "published", _published(published, what)))
    return rows


def _column(what: str, way: str) -> str:
    return f"{way}_{what}" if way in ALIGNMENTS else f"{what}_{way}"


def _published(published: Sequence[pd.DataFrame], what: str) -> dict[str, Tally] | None:
    """Of all electrodes, as the published summary counts."""
    columns = {way: f"{PREFIX}_{_column(what, way)}" for way in WAYS}
    known = [table for table in published if columns[ALIGNMENTS[0]] in table]
    total = sum(map(len, known))
    passed = {way: sum(int((table[c] == True).sum()) for table in known) for way, c in columns.items()}  # noqa: E712
    return {way: Tally(n, total) for way, n in passed.items()} if known else None


def _sections(contents: Contents) -> list[Section]:
    return published_words(contents.fits, contents.tests)


INFERENCES = ReportFigure("inferences", _sections, {"participant": 20, "group": 20})
