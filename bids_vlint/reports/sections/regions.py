"""The regions of every atlas, as bars and in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bids_vlint.group.regions import Tally
from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.figures.summary import region_bars
from bids_vlint.reports.page import Section, section


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


def _sections(contents: Contents) -> list[Section]:
    return regions(contents.regions, contents.tests)


REGIONS = ReportFigure("regions", _sections, {"group": 260})
