"""Figures with a row of panels per recording: which recordings are drawn, and how their names are said."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

MOST_ROWS = 5  # what a page holds


def first_rows(names: Iterable[str]) -> tuple[list[str], str]:
    """The first names, each once, that a page holds, and a line that says how many are left out ("": none).

    Examples
    --------
    >>> first_rows(["a", "a", "b"])
    (['a', 'b'], '')
    """
    every = list(dict.fromkeys(map(str, names)))
    left = len(every) - MOST_ROWS
    return every[:MOST_ROWS], f"{left} more in the table" if left > 0 else ""


def short(name: str) -> str:
    """A recording's name without its participant.

    Examples
    --------
    >>> short("sub-01_task-film_run-2_ieeg.edf"), short("sub-01")
    ('task-film run-2', 'sub-01')
    """
    parts = name.split(".")[0].removesuffix("_ieeg").split("_")
    return " ".join(parts[1:] or parts)


def one_legend(figure: Figure, panels: Iterable[Axes], ncols: int, left_out: str = "") -> None:
    """One legend above all panels, each label once; below them what is left out."""
    known = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels())}
    figure.legend(known.values(), known.keys(), loc="outside upper center", ncols=ncols, frameon=False, fontsize=7)
    if left_out:
        figure.supxlabel(left_out, fontsize=7)
