"""The regions of every atlas, as bars and in numbers, and electrodes without one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.group.regions import Tally
from bids_vlint.inference.calibrated.sites import WORDS
from bids_vlint.reports.figures.summary import region_bars
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


def regions(table: pd.DataFrame, tests: Sequence[str]) -> list[Section]:
    """Bars and numbers of each atlas, from the table of regions (`group.regions.region_table`)."""
    outcomes = [(what, way) for what in (*(word.name for word in WORDS), *tests) for way in ("either", "both")]
    sections = []
    for atlas, rows in table.groupby("atlas", sort=True):
        columns = [zip(rows[f"{what}_{way}_n"], rows[f"{what}_{way}_tested"]) for what, way in outcomes]
        tallies = zip(*([Tally(*pair) for pair in column] for column in columns))
        about = zip(rows["region"], rows["n_electrodes"], rows["n_participants"], tallies)
        sections += [
            section("Regions", f"Regions: {atlas}", "regions.html", figure=region_bars(rows), atlas=atlas),
            section("Regions", f"Regions in numbers: {atlas}", "regions_table.html", outcomes=outcomes,
                    rows=list(about)),
        ]  # fmt: skip
    return sections
