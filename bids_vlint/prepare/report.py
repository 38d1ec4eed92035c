"""The report on what was prepared: a row per session and check, as a table and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bids_vlint.files.tables import NOT_AVAILABLE, write_tsv
from bids_vlint.prepare.checks import LIES, MARKED, UNCHECKED, CheckVerdict, SessionChecks
from bids_vlint.reports.page import Section, section, write_page

REPORTED = ("report.tsv", "report.html")
_CHECKS = ("participant", "session", "film", "check", "verdict", "value", "says")
_FEW = 6
_HEADINGS: tuple[tuple[CheckVerdict, str], ...] = (
    (LIES, "Refused"),
    (MARKED, "Worth knowing"),
    (UNCHECKED, "Not checked"),
)


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
    verdicts = [(s.session, s.film, "refused" if s.refused else "prepared") for s in sessions]
    pages = [section("Sessions", "What became of each", "table.html",
                     titles=("session", "film", "what became of it"), rows=verdicts)]  # fmt: skip
    pages += [_said(sessions, verdict, heading) for verdict, heading in _HEADINGS]
    rows = table[["session", "film", "check", "verdict", "value"]]
    pages.append(section("Checks", "All checks", "table.html", titles=tuple(rows.columns),
                         rows=rows.to_numpy().tolist()))  # fmt: skip
    write_page(folder / REPORTED[1], f"{title}: what was checked", pages)


def _said(sessions: Sequence[SessionChecks], verdict: CheckVerdict, heading: str) -> Section:
    """What was said of one verdict, each sentence once, with the sessions that it is said of."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in sessions:
        for check in (c for c in one.checks if c.verdict == verdict):
            found.setdefault((check.name, check.says), []).append(one.session)
    notes = [f"{name}: {says} ({_named(own, len(sessions))})" for (name, says), own in found.items()]
    return section("Sessions", heading, "notes.html", notes=notes)


def _named(own: Sequence[str], n: int) -> str:
    """Which of n sessions something is said of."""
    if len(own) == n > 1:
        return "all sessions"
    return ", ".join(own) if len(own) <= _FEW else f"{len(own)} sessions, {own[0]} first"
