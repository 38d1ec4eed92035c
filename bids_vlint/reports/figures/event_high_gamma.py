"""High gamma around events."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.figures.style import (
    BLACK,
    BLUE,
    COLUMN,
    EVENT,
    ORANGE,
    PAGE,
    VERMILION,
    new_figure,
    printable,
)
from bids_vlint.reports.figures.rows import first_rows, short

ALL, FOLLOWER = "all electrodes", "electrode that follows"
_COLOURS = (VERMILION, BLUE, ORANGE)
_DASHES = ("-", "--", "-.")


def draw_event_high_gamma(table: pd.DataFrame) -> Figure:
    """Draw the mean over electrodes and the electrodes that follow best, with bands; a row per fit, a column per
    alignment.

    Parameters
    ----------
    table : DataFrame
        fit, alignment, curve, name, n_electrodes, n_events, lag (s), level_db, low_db, high_db.
    """
    fits, left_out = first_rows(table["fit"])
    alignments = list(dict.fromkeys(table["alignment"]))
    figure = new_figure(PAGE if len(alignments) > 1 else COLUMN, 0.3 + 2.4 * len(fits))
    panels = figure.subplots(len(fits), len(alignments), sharex=True, squeeze=False)
    for row, fit in zip(panels, fits):
        for axes, alignment in zip(row, alignments):
            own = table[(table["fit"] == fit) & (table["alignment"] == alignment)]
            if not len(own):
                axes.set_axis_off()
                continue
            _panel(axes, own)
            axes.set_title(f"{short(fit)}: {own['n_events'].max()} {EVENT[alignment]}s")
            axes.set_xlabel(f"time from {EVENT[alignment]} (s)")
            axes.set_ylabel("high gamma (dB)")
            printable(axes)
            axes.legend(frameon=False, fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=2,
                        handlelength=1.6, columnspacing=1.0)  # fmt: skip
    if left_out:
        figure.supxlabel(left_out, fontsize=7)
    return figure


def _panel(axes: Axes, own: pd.DataFrame) -> None:
    axes.axhline(0, color=BLACK, linewidth=0.5)
    axes.axvline(0, color=BLACK, linewidth=0.5)
    everybody = own[own["curve"] == ALL].sort_values("lag")
    n = int(everybody["n_electrodes"].iloc[0]) if len(everybody) else 0
    followers = own[own["curve"] == FOLLOWER].groupby("name", sort=False)
    curves = [(f"mean of {n} electrodes", everybody, BLACK, "-", 1.4)]
    curves += [(str(name), one.sort_values("lag"), colour, dash, 1.0)
               for (name, one), colour, dash in zip(followers, _COLOURS, _DASHES)]  # fmt: skip
    for label, one, colour, dash, width in curves:
        lag, low, high = (one[column].to_numpy(float) for column in ("lag", "low_db", "high_db"))
        axes.fill_between(lag, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(lag, one["level_db"], dash, color=colour, linewidth=width, label=label)
    axes.set_xlim(float(np.min(own["lag"])), float(np.max(own["lag"])))
