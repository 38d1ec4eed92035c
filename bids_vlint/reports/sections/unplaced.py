"""Electrodes without a region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.page import Section, section


class Unplaced(NamedTuple):
    """How many of a fit's electrodes have no region, and what the fit notes about it."""

    fit: str
    n: int
    n_electrodes: int
    notes: list[str]


def unplaced(fits: Sequence[FitResult]) -> list[Section]:
    """Electrodes without a region, and what their fits say about it."""
    found = []
    for fit in fits:
        notes = [str(x) for x in fit.record.get("notes", []) if re.search("region|coordinates", str(x), re.IGNORECASE)]
        if n := int(fit.sites["region"].isna().sum()):
            found.append(Unplaced(fit.name.stem, n, len(fit.sites), notes))
    return [section("Regions", "Electrodes without a region", "unplaced.html", fits=found)] if found else []


def _sections(contents: Contents) -> list[Section]:
    return unplaced(contents.fits)


UNPLACED = ReportFigure("unplaced", _sections, {"group": 255})
