"""Whether the recordings follow their films where the films are said to lie."""

from __future__ import annotations

from collections.abc import Sequence

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.page import Section, section
from bids_vlint.signals.synchrony import NEAR_S


def films_followed(fits: Sequence[FitResult]) -> list[Section]:
    """The section of all films of all recordings; none where an earlier version made the fits."""
    films = [entry for fit in fits for entry in fit.record.get("synchrony") or []]
    title = "Does the recording follow the film?"
    return [section("Data", title, "synchrony.html", films=films, near=NEAR_S)] if films else []


def _sections(contents: Contents) -> list[Section]:
    return films_followed(contents.fits)


SYNCHRONY = ReportFigure("synchrony", _sections, {"participant": 215})
