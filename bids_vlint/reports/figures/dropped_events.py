"""Events over the film: used, or dropped and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.derivatives.quality_file import USED
from bids_vlint.figures.style import BLACK, BLUE, EVENT, GREEN, ORANGE, PAGE, PURPLE, VERMILION, new_figure, printable
from bids_vlint.reports.figures.rows import first_rows, one_legend, short
from bids_vlint.signals.usability import BREAK, LEAVES, MARKED_BAD, OUTSIDE, PAUSE

_LOOK = {USED: "#C4C4C4", MARKED_BAD: VERMILION, BREAK: PURPLE, PAUSE: BLUE, LEAVES: ORANGE, OUTSIDE: BLACK}
_MINUTE_S = 60.0


def draw_dropped_events(table: pd.DataFrame) -> Figure:
    """Draw how many events of each outcome lie where in the film; a row for each film of each recording, a column per
    alignment.

    Parameters
    ----------
    table : DataFrame
        recording, stimulus, alignment, outcome, start (s), stop (s), n.
    """
    keys = table["recording"] + "\t" + table["stimulus"]
    shown, left_out = first_rows(keys)
    alignments = [a for a in EVENT if a in set(table["alignment"])]
    figure = new_figure(PAGE, 0.7 + 1.4 * len(shown))
    panels = figure.subplots(len(shown), len(alignments), squeeze=False)
    for row, key in zip(panels, shown):
        recording, stimulus = key.split("\t")
        for axes, alignment in zip(row, alignments):
            own = table[(keys == key) & (table["alignment"] == alignment)]
            _panel(axes, own)
            used = int(own.loc[own["outcome"] == USED, "n"].sum())
            axes.set_title(f"{short(recording)}, {stimulus}: {used} of {int(own['n'].sum())} {EVENT[alignment]}s used")
            axes.set_xlabel("time in the film (min)")
            axes.set_ylabel("events")
            printable(axes)
    one_legend(figure, panels.ravel(), 3, left_out)
    return figure


def _panel(axes: Axes, own: pd.DataFrame) -> None:
    if not len(own):
        axes.set_axis_off()
        return
    width = float((own["stop"] - own["start"]).max())
    first, last = float(own["start"].min()), float(own["start"].max())
    starts = first + width * np.arange(round((last - first) / width) + 1)
    edges, below = np.append(starts, last + width) / _MINUTE_S, np.zeros(len(starts))
    known = [*_LOOK, *sorted(set(own["outcome"]) - set(_LOOK))]
    for outcome in (name for name in known if name in set(own["outcome"])):
        part, above = own[own["outcome"] == outcome], below.copy()
        np.add.at(above, np.round((part["start"].to_numpy(float) - first) / width).astype(int), part["n"])
        axes.stairs(above, edges, baseline=below, fill=True, color=_LOOK.get(outcome, GREEN), linewidth=0,
                    label=outcome)  # fmt: skip
        below = above
    axes.set_xlim(min(0.0, edges[0]), edges[-1])
    axes.set_ylim(bottom=0)
