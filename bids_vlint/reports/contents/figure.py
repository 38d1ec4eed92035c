"""The figures of the pages: one file of this package each, or a package of others (`registry`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bids_vlint.registry import Registry
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.page import Section

ReportPage = Literal["participant", "group"]
_END_OF_SUMMARY = 100


@dataclass(frozen=True)
class ReportFigure:
    """A figure of a page, or any other piece of it: pictures, tables, words, with their headings.

    Attributes
    ----------
    name : str
    sections : Contents -> sequence of Section
        In order (`reports.page.section`, `picture_section`); none where there is nothing to say.
    places : page -> int
        The pages that it stands on, and where; up to 100 it belongs to the summary. The sections of one part stand
        together where the first of them does.
    """

    name: str
    sections: Callable[[Contents], Sequence[Section]]
    places: Mapping[ReportPage, int]


def _wrong(found: ReportFigure) -> str | None:
    known = found.places.keys() & {"participant", "group"}
    return None if known and len(known) == len(found.places) else "stands on no page: give places on participant, group"


FIGURES = Registry("figure", ReportFigure, "bids_vlint.reports.sections", "bids_vlint.figures", "figure", _wrong)


def sections_of(contents: Contents, extra: Sequence[Section] = ()) -> Iterator[Section]:
    """All sections of a page, in order, the caller's own after the summary's.

    Raises
    ------
    InputError
        A figure of another package cannot be loaded, or a result cannot be read (65).
    """
    page: ReportPage = "group" if contents.subject is None else "participant"
    shown = sorted((f for f in FIGURES.everything if page in f.places), key=lambda f: (f.places[page], f.name))
    for figure in (f for f in shown if f.places[page] <= _END_OF_SUMMARY):
        yield from figure.sections(contents)
    yield from extra
    for figure in (f for f in shown if f.places[page] > _END_OF_SUMMARY):
        yield from figure.sections(contents)
