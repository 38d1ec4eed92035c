"""Score time courses: how well networks predict the response around an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.outputs.figures.curves import Curve
from bids_vlint.outputs.figures.style import BLUE, GREY, PURPLE, VERMILION, new_figure, tidy

LOOK = {
    "best multimodal": (VERMILION, "-", 2.0),
    "best unimodal": (BLUE, "-", 1.6),
    "linear control": (PURPLE, "--", 1.4),
    "random twin": (GREY, ":", 1.6),
}
EVENT = {"language": "word onset", "vision": "scene cut"}


def mean_timecourse(curves: Mapping[str, Mapping[str, Curve]], lags: np.ndarray, who: Mapping[str, str]) -> Figure:
    """Draw the mean over electrodes, a panel per alignment.

    Parameters
    ----------
    curves : alignment -> curve's name -> Curve
    lags : (n_lags,) seconds
    who : alignment -> which electrodes were averaged, in words
    """
    figure = new_figure(9.8 if len(curves) > 1 else 7.0, 3.4)
    panels = np.atleast_1d(figure.subplots(1, max(len(curves), 1), sharey=True))
    for axes, (alignment, by_name) in zip(panels, curves.items()):
        _draw(axes, {name: curve.mean() for name, curve in by_name.items()}, 0, lags)
        axes.set_title(f"{alignment}: {who[alignment]}")
        axes.set_xlabel(f"time from {EVENT[alignment]} (s)")
    panels[0].set_ylabel("held-out correlation r")
    _legend(figure, panels[0])
    return figure


def site_timecourses(curves: Mapping[str, Curve], lags: np.ndarray, titles: Sequence[str], alignment: str) -> Figure:
    """Draw single electrodes, a panel each (rows of the curves in the order of `titles`)."""
    columns = min(4, max(len(titles), 1))
    rows = -(-len(titles) // columns)
    figure = new_figure(max(2.9 * columns + 0.6, 7.0), 2.3 * rows + 0.7)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for k, axes in enumerate(panels.flat):
        if k >= len(titles):
            axes.set_visible(False)
            continue
        _draw(axes, curves, k, lags)
        axes.set_title(titles[k])
        axes.title.set_fontsize(9)
    figure.supxlabel(f"time from {EVENT[alignment]} (s)", fontsize=10)
    figure.supylabel("held-out correlation r", fontsize=10)
    _legend(figure, panels.flat[0])
    return figure


def _draw(axes: Axes, curves: Mapping[str, Curve], row: int, lags: np.ndarray) -> None:
    for name, curve in curves.items():
        if row >= len(curve.r) or not np.isfinite(curve.r[row]).any():
            continue
        colour, dash, width = LOOK[name]
        axes.fill_between(lags, curve.low[row], curve.high[row], color=colour, alpha=0.13, linewidth=0)
        axes.plot(lags, curve.r[row], dash, color=colour, linewidth=width, label=name)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_xlim(float(lags.min()), float(lags.max()))
    tidy(axes)


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False, fontsize=10)
