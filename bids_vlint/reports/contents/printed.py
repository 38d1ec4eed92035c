"""Figures for print, of a participant or of the group: one file of `reports.printed` each, or a package of others
(`registry`).

Each is drawn from a table that is written beside it, so that anybody can draw it again, or another of it::

    python -c "from bids_vlint import redraw; redraw('out/figures/ranking.tsv').savefig('ranking.pdf')"
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import pandas as pd

from bids_vlint.derivatives.layout import FIGURE_ENDINGS, figure_file
from bids_vlint.errors import Exit, InputError
from bids_vlint.figures.style import laid_out, save_figure
from bids_vlint.files.column import Column, sidecar_of
from bids_vlint.files.json_file import write_json
from bids_vlint.files.tables import read_tsv, write_tsv
from bids_vlint.registry import Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bids_vlint.reports.contents.contents import Contents


@dataclass(frozen=True)
class Printed:
    """A figure for print.

    Attributes
    ----------
    name : str
        Of its files.
    title : str
        What it shows, in a line.
    table : Contents -> DataFrame
        What it is drawn from; without rows where there is nothing to draw.
    columns : tuple of Column
        Of the table, with their meanings.
    draw : DataFrame -> Figure
        From the table as it is read again.
    place : int
        Where it stands among the others.
    page : "group" or "participant"
        Whose it is.
    look_for : str
        What a reader sees in it, in a sentence.
    lacking : Contents -> str
        Why there is nothing to draw, where there is not.
    """

    name: str
    title: str
    table: Callable[[Contents], pd.DataFrame]
    columns: tuple[Column, ...]
    draw: Callable[[pd.DataFrame], Figure]
    place: int = 100
    page: Literal["group", "participant"] = "group"
    look_for: str = ""
    lacking: Callable[[Contents], str] = lambda _contents: "there is nothing to draw"

    @property
    def words(self) -> frozenset[str]:
        """The table's columns of words."""
        return frozenset(column.name for column in self.columns if column.kind == "string")


BY_AN_EARLIER_VERSION = (
    "an earlier version made these results; run the participant level again with --overwrite"  # what `lacking` may say
)
_ENDINGS = (*FIGURE_ENDINGS, "tsv", "json")
PRINTED = Registry("printed figure", Printed, "bids_vlint.reports.printed", "bids_vlint.printed", "figure for print")


def write_figures(contents: Contents) -> None:
    """Write every figure of a page as SVG, PDF and PNG, with its table and the JSON file that defines its columns; the
    same results make the same bytes. What there is nothing to draw of any more is taken away."""
    for printed, table in contents.printed:
        path = figure_file(contents.out, printed.name, "tsv", contents.subject)
        if not len(table):
            for ending in _ENDINGS:
                path.with_suffix(f".{ending}").unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tsv(path, table)
        columns = sidecar_of((c for c in printed.columns if c.name in table), *contents.levels)
        write_json(path.with_suffix(".json"), {"Description": f"{printed.title}.", **columns})
        figure = redraw(path)
        for ending in FIGURE_ENDINGS:
            save_figure(figure, path.with_suffix(f".{ending}"))


def links_to(contents: Contents, printed: Printed) -> list[tuple[str, str]]:
    """The words and addresses that lead from a page to a figure and its table."""
    paths = (figure_file(contents.out, printed.name, ending, contents.subject) for ending in (*FIGURE_ENDINGS, "tsv"))
    return [("table" if path.suffix == ".tsv" else path.suffix[1:].upper(),
             quote(path.relative_to(contents.out).as_posix())) for path in paths]  # fmt: skip


def redraw(table: str | PathLike[str]) -> Figure:
    """Draw a figure for print again, from the table that lies beside it, and lay it out: to change its size, ask for
    `figure.set_layout_engine("constrained")` first.

    Parameters
    ----------
    table : path
        figures/NAME.tsv of an output folder, or sub-LABEL/figures/NAME.tsv.

    Raises
    ------
    InputError
        No figure has this name (64), or the table cannot be read (65, 66).

    Examples
    --------
    >>> figure = redraw("out/figures/ranking.tsv")
    >>> figure.savefig("ranking.pdf")
    """
    path = Path(table)
    name = path.stem
    if name not in PRINTED.names:
        known = ", ".join(f"{own}.tsv" for own in PRINTED.names)
        raise InputError(path, "is no table of a figure", f"give one of {known}", Exit.USAGE)
    printed, rows = PRINTED.named(name), read_tsv(path)
    try:
        read = {name: rows[name] if name in printed.words else _numbers(rows[name]) for name in map(str, rows.columns)}
        return laid_out(printed.draw(pd.DataFrame(read)))
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise InputError(path, f"is not the table of the figure {name} ({type(error).__name__}: {error})",
                         "make the reports again: bids_vlint report", Exit.DATA) from error  # fmt: skip


def _numbers(cells: pd.Series) -> pd.Series:
    truth = {"true": True, "false": False}
    if cells.isin(truth).any():
        return cells.map(truth)
    numbers: pd.Series = pd.to_numeric(cells).astype(float)
    return numbers.astype(int) if len(numbers) and (numbers % 1 == 0).all() else numbers
