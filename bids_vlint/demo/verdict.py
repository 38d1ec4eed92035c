"""What was planted and what was found: the demo's own section of its reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from bids_vlint.derivatives.collection import every_test, read_fits, stack_sites
from bids_vlint.files.tables import read_tsv
from bids_vlint.group.regions import Tally, tally
from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE
from bids_vlint.networks.tests.multimodal_beats_linear import MULTIMODAL_BEATS_LINEAR
from bids_vlint.networks.tests.multimodal_beats_unimodal import MULTIMODAL_BEATS_UNIMODAL
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.pages.group import group_report
from bids_vlint.reports.pages.participant import participant_report

# Which planted kinds a test should find; other kinds found by it are false.
_EXPECTED: dict[str, tuple[str, ...]] = {
    INTEGRATION: ("integration",),
    MULTIMODAL_BEATS_UNIMODAL.name: ("integration", "linear"),
    MULTIMODAL_BEATS_LINEAR.name: ("integration",),
}
_KEYS = ["participant_id", "name"]


class PlantedKind(NamedTuple):
    """The contacts of a planted kind: how many, and how many of them each test found in at least one alignment."""

    kind: str
    n: int
    tallies: list[Tally]


class Errors(NamedTuple):
    """What a test should find, how many of these it found, what it missed, and what it found that was not planted."""

    test: str
    n_planted: int
    n_found: int
    missed: list[str]
    false: list[str]


def report_verdict(out: Path, planted: pd.DataFrame) -> Path:
    """Make all reports again, with what was planted beside what was found.

    Parameters
    ----------
    out : Path
        The output folder, after both levels.
    planted : DataFrame
        From `dataset.planted`.

    Returns
    -------
    Path
        The group's report.
    """
    sections = verdict_sections(out, planted)
    for who, own in sections.items():
        if who != "group":
            participant_report(out, who.removeprefix("sub-"), own)
    return group_report(out, sections["group"])


def verdict_sections(out: Path, planted: pd.DataFrame) -> dict[str, list[Section]]:
    """The section of each participant's report (`sub-01`) and of the group's (`group`)."""
    fits = read_fits(out)
    tests, sites = every_test(fits), with_planted(stack_sites(fits), planted)
    own = {str(who): [verdict(part, tests)] for who, part in sites.groupby("participant_id", sort=False)}
    return own | {"group": [verdict(sites, tests)]}


def planted_file(out: Path) -> Path:
    """Where the demo says what was planted: beside its output folder."""
    return out.absolute().parent / "planted.tsv"


def read_planted(out: Path) -> pd.DataFrame | None:
    """What was planted; None where the results are not the demo's."""
    file = planted_file(out)
    table = read_tsv(file) if file.is_file() else None
    return table if table is not None and list(table.columns) == [*_KEYS, "planted"] else None


def with_planted(sites: pd.DataFrame, planted: pd.DataFrame) -> pd.DataFrame:
    """The sites that something was planted in, with the column `planted`; a column of that name is replaced."""
    return sites.drop(columns="planted", errors="ignore").merge(planted, on=_KEYS)


def verdict(sites: pd.DataFrame, tests: Sequence[str]) -> Section:
    """The section, from sites `with_planted`."""
    whats = [*tests, INTEGRATION, WITH_LANGUAGE]
    kinds = [PlantedKind(str(kind), len(part), [tally(part, f"{what}_either") for what in whats])
             for kind, part in sites.groupby("planted", sort=True)]  # fmt: skip
    errors = [errors_of(sites, test, expected) for test, expected in _EXPECTED.items()]
    return section("Summary", "What was planted and what was found", "verdict.html", package="bids_vlint.demo",
                   whats=whats, kinds=kinds, errors=errors)  # fmt: skip


def errors_of(sites: pd.DataFrame, test: str, expected: Sequence[str]) -> Errors:
    """Misses and false alarms of a test that should find some planted kinds."""
    found = sites[f"{test}_either"].fillna(False).astype(bool)
    true = sites["planted"].isin(expected)
    return Errors(test, int(true.sum()), int((true & found).sum()), _names(sites[true & ~found]),
                  _names(sites[found & ~true]))  # fmt: skip


def _names(sites: pd.DataFrame) -> list[str]:
    about = zip(sites["participant_id"], sites["name"], sites["planted"])
    return [f"{participant} {name} ({kind})" for participant, name, kind in about]


def found_lines(out: Path, planted: pd.DataFrame) -> list[str]:
    """A line for each planted kind, for the terminal: how many each test found, in at least one alignment."""
    sites = with_planted(stack_sites(read_fits(out)), planted)
    lines = ["planted: found in at least one alignment"]
    for kind, part in sites.groupby("planted", sort=False):
        tallies = {test: tally(part, f"{test}_either") for test in _EXPECTED if test != INTEGRATION}
        found = [f"{tally.passed} of {len(part)} by {test}" for test, tally in tallies.items()]
        lines.append(f"  {kind}: {', '.join(found)}")
    return lines
