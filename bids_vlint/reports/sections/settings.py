"""All settings of a participant's fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.data import records_of


def settings_table(settings: Mapping[str, Any]) -> Section:
    """All settings of a fit."""
    listed = records_of([{"setting": name, "value": value} for name, value in settings.items()])
    return section("Methods", "Settings", "table.html", titles=listed.titles, rows=listed.rows)


def _sections(contents: Contents) -> list[Section]:
    return [settings_table(contents.settings)]


SETTINGS = ReportFigure("settings", _sections, {"participant": 300})
