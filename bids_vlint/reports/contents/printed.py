"""The group's figures for print: one file of `reports.printed` each, or a package of others (`registry`).

Each is drawn from a table that is written beside it, so that anybody can draw it again, or another of it::

    python -c "from bids_vlint import redraw; redraw('out/figures/ranking.tsv').savefig('ranking.pdf')"
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bids_vlint.derivatives.layout import FIGURE_ENDINGS, figure_file
from bids_vlint.errors import Exit, InputError
from bids_vlint.figures.style import save_figure
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
    words : tuple of str
        Its columns of words; the others hold numbers, or true and false.
    draw : DataFrame -> Figure
        From the table as it is read again.
    place : int
        Where it stands among the others.
    """

    name: str
    title: str
    table: Callable[[Contents], pd.DataFrame]
    words: tuple[str, ...]
    draw: Callable[[pd.DataFrame], Figure]
    place: int = 100


PRINTED = Registry("printed figure", Printed, "bids_vlint.reports.printed", "bids_vlint.printed", "figure for print")


def write_figures(contents: Contents) -> None:
    """Write every figure as SVG, PDF and PNG, with its table; the same results make the same bytes."""
    for printed, table in contents.printed:
        path = figure_file(contents.out, printed.name, "tsv")
        path.parent.mkdir(exist_ok=True)
        write_tsv(path, table)
        figure = redraw(path)
        for ending in FIGURE_ENDINGS:
            save_figure(figure, path.with_suffix(f".{ending}"))


def redraw(table: str | PathLike[str]) -> Figure:
    """Draw a figure for print again, from the table that lies beside it.

    Parameters
    ----------
    table : path
        figures/NAME.tsv of an output folder.

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
        return printed.draw(pd.DataFrame(read))
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise InputError(path, f"is not the table of the figure {name} ({type(error).__name__}: {error})",
                         "make the reports again: bids_vlint report", Exit.DATA) from error  # fmt: skip


def _numbers(cells: pd.Series) -> pd.Series:
    truth = {"true": True, "false": False}
    if cells.isin(truth).any():
        return cells.map(truth)
    numbers: pd.Series = pd.to_numeric(cells).astype(float)
    return numbers.astype(int) if len(numbers) and (numbers % 1 == 0).all() else numbers
