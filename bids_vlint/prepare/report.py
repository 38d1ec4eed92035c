"""The report on what was prepared: a row per session and check, as a table and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bids_vlint.files.tables import NOT_AVAILABLE, write_tsv
from bids_vlint.prepare.checks import GOOD, LIES, MARKED, SessionChecks, causes
from bids_vlint.reports.page import section, write_page

REPORTED = ("report.tsv", "report.html")
_CHECKS = ("participant", "session", "film", "check", "verdict", "value", "says")


def checks_table(sessions: Sequence[SessionChecks]) -> pd.DataFrame:
    """All checks: participant, session, film, check, verdict (good, noted, refused, not checked), value, says."""
    rows = [(f"sub-{s.participant}", s.session, s.film or NOT_AVAILABLE, c.name, c.verdict, c.value, c.says)
            for s in sessions for c in s.checks]  # fmt: skip
    return pd.DataFrame(rows, columns=list(_CHECKS))


def write_checks(folder: Path, title: str, sessions: Sequence[SessionChecks]) -> None:
    """Write report.tsv and report.html.

    Parameters
    ----------
    folder : Path
    title : str
        The data set's name.
    sessions : sequence of SessionChecks
    """
    table = checks_table(sessions)
    write_tsv(folder / REPORTED[0], table)
    verdicts = [(s.session, s.film, "refused" if s.refused else "prepared", causes(s.refused)) for s in sessions]
    pages = [section("Sessions", "What became of each", "table.html",
                     titles=("session", "film", "what became of it", "why"), rows=verdicts)]  # fmt: skip
    for verdict, heading in ((LIES, "Refused"), (MARKED, "To be known"), (GOOD, "Good")):
        rows = table.loc[table["verdict"] == verdict, ["session", "film", "check", "value", "says"]]
        pages.append(section("Checks", heading, "table.html", titles=tuple(rows.columns),
                             rows=rows.to_numpy().tolist()))  # fmt: skip
    rest = table.loc[~table["verdict"].isin([LIES, MARKED, GOOD]), ["session", "film", "check", "says"]]
    pages.append(section("Checks", "Not checked", "table.html", titles=tuple(rest.columns),
                         rows=rest.to_numpy().tolist()))  # fmt: skip
    write_page(folder / REPORTED[1], f"{title}: what was checked", pages)
