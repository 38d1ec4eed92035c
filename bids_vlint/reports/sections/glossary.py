"""What the words of a page mean, at its end; scripts show the same where a word stands."""

from __future__ import annotations

from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.glossary import anchor_of, glossary
from bids_vlint.reports.page import Section, section


def words_section() -> Section:
    """The section of the glossary."""
    words = [(anchor_of(word), word, term) for word, term in glossary().items()]
    return section("Glossary", "What the words mean", "glossary.html", words=words, scripts=("glossary.js",))


def _sections(_contents: Contents) -> list[Section]:
    return [words_section()]


GLOSSARY = ReportFigure("glossary", _sections, {"participant": 310, "group": 310})
