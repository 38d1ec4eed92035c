"""How well recordings follow their films at each lag."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bids_vlint.figures.style import BLACK, BLUE, GREY, ORANGE, PAGE, PURPLE, VERMILION, new_figure, printable
from bids_vlint.reports.figures.rows import first_rows, short
from bids_vlint.signals.synchrony import NEAR_S

FOLLOWS, ELSEWHERE, NOTHING = "follows the film", "follows at another lag", "not checked: nothing follows"
NEAR, FAR = "around the start", "every lag"
_LOOK = ((BLUE, "-"), (ORANGE, "--"), (PURPLE, "-."))


def draw_alignment(table: pd.DataFrame) -> Figure:
    """Draw a row for each film of each recording: r of the electrodes that follow best around zero, and the largest z
    at every lag.

    Parameters
    ----------
    table : DataFrame
        recording, stimulus, verdict, best_lag (s), z, threshold, curve, electrode, kind, lag (s), value.
    """
    keys = table["recording"] + "\t" + table["stimulus"]
    shown, left_out = first_rows(keys)
    figure = new_figure(PAGE, 0.2 + 1.6 * len(shown))
    panels = figure.subplots(len(shown), 2, squeeze=False)
    for (near, far), key in zip(panels, shown):
        own = table[keys == key]
        lines = _near(near, own[own["curve"] == NEAR])
        _far(far, own[own["curve"] == FAR])
        recording, stimulus = key.split("\t")
        near.set_title(f"{short(recording)}: {stimulus}")
        verdict, lag = str(own["verdict"].iloc[0]), float(own["best_lag"].iloc[0])
        far.set_title(verdict if verdict == NOTHING else f"{verdict}, best at {lag:+.1f} s")
        near.set_ylabel("correlation r")
        far.set_ylabel("largest z")
        for axes in (near, far):
            axes.axvspan(*NEAR_S, color=GREY, alpha=0.25, linewidth=0)
            axes.axhline(0, color=BLACK, linewidth=0.5)
            axes.set_xlabel("lag of the recording (s)")
            printable(axes)
        far.legend(handles=lines, frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0),
                   title="at the left", title_fontsize=7, handlelength=1.8)  # fmt: skip
    if left_out:
        figure.supxlabel(left_out, fontsize=7)
    return figure


def _near(axes: Axes, own: pd.DataFrame) -> list[Line2D]:
    lines, curves = [], own.groupby(["electrode", "kind"], sort=False)
    for (colour, dash), ((electrode, kind), one) in zip(_LOOK, curves):
        label = f"{electrode}, {kind}"
        lines += axes.plot(one["lag"], one["value"], dash, color=colour, linewidth=0.9, label=label)
    return lines


def _far(axes: Axes, own: pd.DataFrame) -> None:
    axes.plot(own["lag"], own["value"], color=BLACK, linewidth=0.7)
    axes.axhline(float(own["threshold"].iloc[0]), color=VERMILION, linestyle="--", linewidth=0.8)
    if str(own["verdict"].iloc[0]) != NOTHING:
        axes.plot(own["best_lag"].iloc[:1], own["z"].iloc[:1], "o", color=VERMILION, markersize=3.5)
