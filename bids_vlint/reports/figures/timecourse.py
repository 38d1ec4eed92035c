"""Score time courses: how well networks predict the response around an event."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.figures.style import (
    BLUE,
    COLUMN,
    EVENT,
    GREY,
    ORANGE,
    PAGE,
    PURPLE,
    VERMILION,
    new_figure,
    printable,
    tidy,
)
from bids_vlint.inference.descriptions.stimulus import draw_stimulus
from bids_vlint.reports.figures.curves import Curve

_LOOK = {
    "best multimodal": (VERMILION, "-", 2.0),
    "best unimodal": (BLUE, "-", 1.6),
    "linear control": (PURPLE, "--", 1.4),
    "low-level features": (ORANGE, "-.", 1.4),
    "random twin": (GREY, ":", 1.6),
}


def mean_timecourse(
    curves: Mapping[str, Mapping[str, Curve]],
    lags: np.ndarray,
    who: Mapping[str, str],
    stimulus: Mapping[str, np.ndarray],
) -> Figure:
    """Draw the mean over electrodes, a panel per alignment, above the stimulus in the brain's place.

    Parameters
    ----------
    curves : alignment -> curve's name -> Curve
    lags : (n_lags,) seconds
    who : alignment -> which electrodes were averaged, in words
    stimulus : alignment -> (n_lags,)
        Empty: none is drawn.
    """
    rows = [3.0, 1.2] if stimulus else [3.0]
    figure = new_figure(9.8 if len(curves) > 1 else 7.0, 0.6 + sum(rows))
    shape = (len(rows), max(len(curves), 1))
    panels = figure.subplots(*shape, sharex=True, sharey="row", squeeze=False, height_ratios=rows)
    for column, (alignment, by_name) in zip(panels.T, curves.items()):
        draw_curves(column[0], {name: curve.mean() for name, curve in by_name.items()}, 0, lags)
        column[0].set_title(f"{alignment}: {who[alignment]}")
        if alignment in stimulus:
            draw_stimulus(column[1], stimulus[alignment], lags)
        column[-1].set_xlabel(f"time from {EVENT[alignment]} (s)")
    panels[0, 0].set_ylabel("held-out correlation r")
    if stimulus:
        panels[1, 0].set_ylabel("r, stimulus")
    _legend(figure, panels[0, 0])
    return figure


def printed_courses(table: pd.DataFrame) -> Figure:
    """Draw mean courses for print, a panel per alignment.

    Parameters
    ----------
    table : DataFrame
        alignment, n_electrodes, curve, lag (s), r, r_low, r_high.
    """
    parts = list(table.groupby("alignment", sort=False))
    figure = new_figure(PAGE if len(parts) > 1 else COLUMN, 2.6)
    panels = figure.subplots(1, len(parts), sharey=True, squeeze=False)[0]
    for axes, (alignment, own) in zip(panels, parts):
        named = {str(name): one.sort_values("lag") for name, one in own.groupby("curve", sort=False)}
        curves = {name: Curve(*(one[[column]].to_numpy(float).T for column in ("r", "r_low", "r_high")))
                  for name, one in named.items()}  # fmt: skip
        draw_curves(axes, curves, 0, np.unique(own["lag"].to_numpy(float)))
        axes.set_title(f"{alignment}: {own['n_electrodes'].iloc[0]} electrodes")
        axes.set_xlabel(f"time from {EVENT[str(alignment)]} (s)")
        printable(axes)
    panels[0].set_ylabel("held-out correlation r")
    panels[0].yaxis.label.set_fontsize(7)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5 if len(parts) > 1 else 2, frameon=False,
                  fontsize=7)  # fmt: skip
    return figure


def draw_curves(axes: Axes, curves: Mapping[str, Curve], row: int, lags: np.ndarray) -> None:
    """Draw the curves of one electrode (row) with their intervals; those that it lacks are left out."""
    for name, curve in curves.items():
        if row >= len(curve.r) or not np.isfinite(curve.r[row]).any():
            continue
        colour, dash, width = _LOOK[name]
        axes.fill_between(lags, curve.low[row], curve.high[row], color=colour, alpha=0.13, linewidth=0)
        axes.plot(lags, curve.r[row], dash, color=colour, linewidth=width, label=name)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_xlim(float(lags.min()), float(lags.max()))
    tidy(axes)


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        ncols = len(labels) if figure.get_figwidth() > 8 else 3
        figure.legend(handles, labels, loc="outside upper center", ncols=ncols, frameon=False, fontsize=10)
