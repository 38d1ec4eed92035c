"""Spectra of the channels of recordings."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.figures.style import (
    BLACK,
    BLUE,
    COLUMN,
    GREEN,
    GREY,
    ORANGE,
    PAGE,
    PURPLE,
    VERMILION,
    new_figure,
    printable,
)
from bids_vlint.reports.figures.rows import first_rows, one_legend, short
from bids_vlint.signals.spectra import AFTER, BEFORE

KEPT, BAD, ODD = "analysed", "bad", "odd"
AFTER_NOTCH = AFTER
_ODD_COLOURS = (PURPLE, ORANGE, GREEN)


def draw_spectra(table: pd.DataFrame) -> Figure:
    """Draw the spectra of each recording, a panel each: median and range over channels, odd channels by name.

    Parameters
    ----------
    table : DataFrame
        recording, stage, channels, name, n_channels, frequency (Hz), power_db, low_db, high_db.
    """
    names, left_out = first_rows(table["recording"])
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure = new_figure(PAGE if columns > 1 else COLUMN, 0.7 + 2.2 * rows)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, name in zip(panels, names):
        _panel(axes, table[table["recording"] == name])
        axes.set_title(short(name))
        axes.set_xlabel("frequency (Hz)")
        axes.tick_params(labelbottom=True)
        axes.set_ylabel("power (dB re 1 µV²/Hz)")
        printable(axes)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    one_legend(figure, panels[: len(names)], 2 * columns, left_out)
    return figure


def _panel(axes: Axes, own: pd.DataFrame) -> None:
    for stage, colour, width in ((BEFORE, VERMILION, 0.9), (AFTER, BLUE, 0.9)):
        kept = own[(own["stage"] == stage) & (own["channels"] == KEPT)].sort_values("frequency")
        if len(kept):
            hertz = kept["frequency"].to_numpy(float)
            if stage == AFTER:
                low, high = (kept[column].to_numpy(float) for column in ("low_db", "high_db"))
                axes.fill_between(hertz, low, high, color=GREY, alpha=0.35, linewidth=0, label=f"range {stage}")
            axes.plot(hertz, kept["power_db"], color=colour, linewidth=width, label=f"median {stage}",
                      zorder=2 if stage == BEFORE else 3)  # fmt: skip
    bad = own[(own["stage"] == BEFORE) & (own["channels"] == BAD)].sort_values("frequency")
    if len(bad):
        axes.plot(bad["frequency"], bad["power_db"], "--", color=BLACK, linewidth=0.8, label="bad channels, median")
    odd, drawn = own[(own["stage"] == BEFORE) & (own["channels"] == ODD)], []
    for colour, (name, one) in zip(_ODD_COLOURS, odd.groupby("name", sort=False)):
        one = one.sort_values("frequency")
        drawn += axes.plot(one["frequency"], one["power_db"], ":", color=colour, linewidth=1.1, label=f"_{name}")
    if drawn:
        names = [str(line.get_label())[1:] for line in drawn]
        axes.legend(drawn, names, title="odd channels", title_fontsize=7, frameon=False, fontsize=7, loc="upper left",
                    bbox_to_anchor=(1.0, 1.0), handlelength=1.4)  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(0.5, float(np.nanmax(own["frequency"].to_numpy(float))))
    axes.set_xticks([1, 10, 100], ["1", "10", "100"])
