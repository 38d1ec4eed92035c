"""Line noise of channels, before and after the notch."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.figures.style import BLACK, BLUE, COLUMN, GREY, PAGE, VERMILION, new_figure, printable
from bids_vlint.reports.figures.rows import first_rows, one_legend, short

_NAMED = 3
_FEW = 64  # channels whose two dots a line can join


def draw_line_noise(table: pd.DataFrame) -> Figure:
    """Draw how far the mains, and the largest of their harmonics, stand out of each channel's spectrum; a row per
    recording.

    Parameters
    ----------
    table : DataFrame
        recording, name, analysed, line, frequency (Hz), before_db, after_db.
    """
    names, left_out = first_rows(table["recording"])
    sides = [own for own in (table[table["line"] == 1], _largest(table[table["line"] > 1])) if len(own)]
    figure = new_figure(PAGE if len(sides) > 1 else COLUMN, 0.7 + 1.55 * len(names))
    panels = figure.subplots(len(names), len(sides), sharey=True, squeeze=False)
    for row, name in zip(panels, names):
        for axes, own in zip(row, sides):
            part = own[own["recording"] == name]
            _panel(axes, part)
            hertz = part["frequency"].iloc[0] if len(part) else np.nan
            axes.set_title(f"{short(name)}: " + (f"{hertz:g} Hz" if own is sides[0] else "largest harmonic"))
            axes.set_xlabel(_worst(part))
            printable(axes)
        row[0].set_ylabel("above neighbours (dB)")
        row[0].yaxis.label.set_fontsize(7)
    one_legend(figure, panels.ravel(), 3 * len(sides), left_out)
    return figure


def _largest(harmonics: pd.DataFrame) -> pd.DataFrame:
    """Of each channel's harmonics the one that stands out most after the notch."""
    ordered = harmonics.sort_values("after_db", ascending=False, kind="stable")
    return ordered.drop_duplicates(["recording", "name"]).sort_index()


def _panel(axes: Axes, own: pd.DataFrame) -> None:
    at = np.arange(1, len(own) + 1)
    before, after = (own[column].to_numpy(float) for column in ("before_db", "after_db"))
    kept = own["analysed"].to_numpy(bool)
    axes.axhline(0, color=BLACK, linewidth=0.6)
    if len(own) <= _FEW:
        axes.vlines(at, after, before, color=GREY, linewidth=0.5)
    axes.plot(at[kept], before[kept], "o", markersize=2.6, markerfacecolor="none", markeredgewidth=0.7, color=VERMILION,
              label="before the notch")  # fmt: skip
    axes.plot(at[kept], after[kept], "o", markersize=2.6, color=BLUE, label="after the notch")
    if (~kept).any():
        for values, label in ((before, "bad channels"), (after, None)):
            axes.plot(at[~kept], values[~kept], "x", markersize=3, markeredgewidth=0.7, color=BLACK, label=label)
    axes.set_xlim(0, len(own) + 1)


def _worst(own: pd.DataFrame) -> str:
    """The channels that keep most of the line."""
    kept = own[own["analysed"].to_numpy(bool)].sort_values("after_db", ascending=False, kind="stable").head(_NAMED)
    said = ", ".join(f"{name} {value:+.1f}" for name, value in zip(kept["name"], kept["after_db"]))
    return f"channel, in order; most after the notch:\n{said}" if said else "channel"
