"""The regions of every atlas: against the rest of the brain, as bars and in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bids_vlint.group.regions import Tally
from bids_vlint.inference.calibrated.claims import INTEGRATION, WORDS
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.figures.summary import region_bars
from bids_vlint.reports.page import Section, section


def regions(table: pd.DataFrame, tests: Sequence[str]) -> list[Section]:
    """Bars and numbers of each atlas, from the table of regions (`group.regions.region_table`)."""
    outcomes = [*(word.name for word in WORDS), *tests]
    sections = []
    for atlas, rows in table.groupby("atlas", sort=True):
        columns = [zip(rows[f"{what}_either_n"], rows[f"{what}_either_tested"]) for what in outcomes]
        tallies = zip(*([Tally(*pair) for pair in column] for column in columns))
        about = zip(rows["region"], rows["n_electrodes"], rows["n_participants"], tallies)
        sections += [
            section("Regions", f"Regions: {atlas}", "regions.html", figure=region_bars(rows), atlas=atlas),
            section("Regions", f"Regions in numbers: {atlas}", "regions_table.html", outcomes=outcomes,
                    rows=list(about)),
        ]  # fmt: skip
    return sections


def region_claims(
    tests: pd.DataFrame, latencies: pd.DataFrame, level: float, claim: str = INTEGRATION, where: str = "either"
) -> list[Section]:
    """What holds of each region for other electrodes and participants, an atlas each.

    Parameters
    ----------
    tests, latencies : DataFrame
        From `group.region_tests.region_tests` and `group.region_networks.region_latencies`.
    level : float
        Of false discoveries.
    claim, where : str
        Those that are shown; the table has all.
    """
    sections = []
    for atlas, rows in tests[(tests["claim"] == claim) & (tests["where"] == where)].groupby("atlas", sort=True):
        own = latencies[latencies["atlas"] == atlas]
        ordered = rows.sort_values(["q", "p", "region"], na_position="last")
        sections.append(
            section("Regions", f"Regions against the rest of the brain: {atlas}", "region_claims.html",
                    rows=ordered.to_dict("records"), claim=claim, least=LEAST_PARTICIPANTS, level=level,
                    named=ordered[ordered["named"].fillna(False).astype(bool)].to_dict("records"),
                    tested=int(ordered["p"].notna().sum()), latencies=own.to_dict("records"))
        )  # fmt: skip
    return sections


def _sections(contents: Contents) -> list[Section]:
    claims = region_claims(contents.region_tests, contents.region_latencies, min(contents.levels))
    return [*claims, *regions(contents.regions, contents.tests)]


REGIONS = ReportFigure("regions", _sections, {"group": 260})
