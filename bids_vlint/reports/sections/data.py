"""What was read of a fit, what was dropped and why, and what the fit notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.filters import nested
from bids_vlint.reports.page import Section, section
from bids_vlint.study.stimulus import ALIGNMENTS

_TITLES = {"duration": "duration (s)", "sampling_frequency": "sampling frequency (Hz)", "line_frequency": "mains (Hz)"}


class Records(NamedTuple):
    """A list of records (any keys) as a table; nested values in one line."""

    titles: list[str]
    rows: list[list[Any]]


def data(fit: FitResult, *, alone: bool) -> list[Section]:
    """The sections of a fit's data; `alone`: the participant has no other fit."""
    record, prefix = fit.record, "" if alone else f"{fit.name.stem}: "
    read: dict[str, Any] = {key: records_of(record.get(key, [])) for key in ("recordings", "stimuli")}
    dropped = records_of(record.get("channels_dropped", []))
    events = record.get("events") or {}
    absent = [alignment for alignment in ALIGNMENTS if alignment not in events]
    return [
        section("Data", f"{prefix}What was read", "read.html", **read),
        section("Data", f"{prefix}What was checked", "checked.html", checks=records_of(record.get("checks", []))),
        section("Data", f"{prefix}What was dropped and why", "dropped.html", n_channels=len(fit.sites),
                dropped=dropped, events={a: _log(log) for a, log in events.items()}, absent=absent),
        section("Data", f"{prefix}Notes", "notes.html", notes=list(map(str, record.get("notes", [])))),
    ]  # fmt: skip


def records_of(items: Sequence[Mapping[str, Any]]) -> Records:
    """A table of a list of records."""
    keys = list(dict.fromkeys(str(key) for item in items for key in item))
    rows = [[nested(item.get(key)) for key in keys] for item in items]
    return Records([_TITLES.get(key, key.replace("_", " ")) for key in keys], rows)


def _log(log: Mapping[str, Any]) -> dict[str, Any]:
    """How many events were found, used, and dropped for which reason."""
    dropped = {str(reason): int(n) for reason, n in (log.get("dropped") or {}).items() if n}
    return {"used": log.get("used", "n/a"), "found": log.get("found", "n/a"), "dropped": dropped}


def _sections(contents: Contents) -> list[Section]:
    return [one for fit in contents.fits for one in data(fit, alone=len(contents.fits) == 1)]


DATA = ReportFigure("data", _sections, {"participant": 210})
