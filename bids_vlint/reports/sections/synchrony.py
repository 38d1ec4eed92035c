"""Whether the recordings follow their films where the films are said to lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.figures.synchrony import lags_of_synchrony
from bids_vlint.reports.page import Section, section
from bids_vlint.signals.synchrony import NEAR_S


class Checked(NamedTuple):
    """A film of a recording, and its picture where it was compared."""

    entry: dict[str, Any]
    figure: Figure | None


def films_followed(fits: Sequence[FitResult]) -> list[Section]:
    """The section of all films of all recordings; none where an earlier version made the fits."""
    entries = [entry for fit in fits for entry in fit.record.get("synchrony") or []]
    films = [Checked(entry, lags_of_synchrony(entry) if entry.get("curves") else None) for entry in entries]
    if not films:
        return []
    return [section("Data", "Does the recording follow the film?", "synchrony.html", films=films, near=NEAR_S)]


def _sections(contents: Contents) -> list[Section]:
    return films_followed(contents.fits)


SYNCHRONY = ReportFigure("synchrony", _sections, {"participant": 215})
