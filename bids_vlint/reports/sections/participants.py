"""The participants of a group: what each has, settings that differ between them, and what their fits note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from bids_vlint.derivatives.collection import FitResult, settings_differing
from bids_vlint.group.regions import Tally, tally
from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.networks.comparisons import TESTS
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.page import Section, section
from bids_vlint.study.stimulus import ALIGNMENTS


class Participant(NamedTuple):
    """A row of the table of participants: events per alignment, tallies in the order of the tests and words."""

    name: str
    n_fits: int
    n_electrodes: int
    n_events: list[int]
    tallies: list[Tally]
    n_with_region: int


def participants(fits: Sequence[FitResult], sites: pd.DataFrame) -> list[Section]:
    """The sections of participants."""
    whats = [*(word.name for word in WORDS), *(test.name for test in TESTS.everything if not test.control)]
    rows = [_participant(str(name), part, fits, whats) for name, part in sites.groupby("participant_id", sort=False)]
    differing = [(setting, value, subjects) for setting, by_value in settings_differing(fits).items()
                 for value, subjects in by_value.items()]  # fmt: skip
    notes = Counter(str(note) for fit in fits for note in dict.fromkeys(fit.record.get("notes", [])))
    table = section("Participants", "Participants", "participants.html", rows=rows, alignments=ALIGNMENTS, whats=whats)
    settings = section("Participants", "Settings that differ", "differences.html", differing=differing)
    noted = section("Participants", "Notes", "group_notes.html", notes=notes, n_fits=len(fits))
    return [table, settings, noted] if notes else [table, settings]


def _participant(name: str, sites: pd.DataFrame, fits: Sequence[FitResult], whats: Sequence[str]) -> Participant:
    own = [fit for fit in fits if f"sub-{fit.name.subject}" == name]
    events = [sum(_used(fit, alignment) for fit in own) for alignment in ALIGNMENTS]
    tallies = [tally(sites, f"{what}_either") for what in whats]
    return Participant(name, len(own), len(sites), events, tallies, int(sites["region"].notna().sum()))


def _used(fit: FitResult, alignment: str) -> int:
    """How many events a fit used."""
    log = (fit.record.get("events") or {}).get(alignment) or {}
    return int(log.get("used") or 0)


def _sections(contents: Contents) -> list[Section]:
    return participants(contents.fits, contents.sites)


PARTICIPANTS = ReportFigure("participants", _sections, {"group": 210})
