"""The figures for print and the tables that lie beside a page, as links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from bids_vlint.derivatives.layout import sites_tsv, statistics_tsv
from bids_vlint.group.export import said_of_exports
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.printed import links_to
from bids_vlint.reports.page import Section, section


class Beside(NamedTuple):
    """A line of links: what the files hold, and (words, address) of each."""

    said: str
    links: list[tuple[str, str]]


def files_beside(contents: Contents) -> list[Section]:
    """The links to the page's figures, each as SVG, PDF and PNG with its table, and to tables."""
    figures = [Beside(printed.title, links_to(contents, printed)) for printed, table in contents.printed if len(table)]
    tables = []
    if contents.subject is None:
        tables += [Beside(said, [(name, name)]) for name, said in said_of_exports().items()]
    for fit in contents.fits:
        made = [make(contents.out, fit.name) for make in (sites_tsv, statistics_tsv)]
        tables.append(Beside(fit.name.stem, [(path.name, quote(path.relative_to(contents.out).as_posix()))
                                             for path in made]))  # fmt: skip
    example = next((link for one in figures for words, link in one.links if words == "table"), "")
    return [section("Files", "Figures for print, and tables", "files.html", figures=figures, tables=tables,
                    example=example)]  # fmt: skip


def _sections(contents: Contents) -> Sequence[Section]:
    return files_beside(contents)


FILES = ReportFigure("files", _sections, {"participant": 285, "group": 285})
