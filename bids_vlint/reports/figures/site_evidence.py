"""A site's evidence on one page: time courses, differences with intervals, nulls, and a panel per description."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.figures.style import EVENT, VERMILION, new_figure, titled
from bids_vlint.inference.description import DESCRIPTIONS, Description
from bids_vlint.reports.figures.curves import Curve
from bids_vlint.reports.figures.timecourse import draw_curves
from bids_vlint.signals.windows import LAGS

if TYPE_CHECKING:
    import xarray as xr

_ACROSS = 3  # panels in a row
_PASSED, _FAILED = VERMILION, "#707070"


@dataclass(frozen=True)
class Panels:
    """What is drawn of a site in one alignment; what is not known is left out.

    Attributes
    ----------
    curves : name -> Curve
        Of this electrode alone (one row).
    tests : DataFrame
        Rows of the long table of tests, in order.
    null : test -> (n_shifts,)
    described : description -> Dataset
        Of this electrode alone.
    """

    curves: Mapping[str, Curve]
    tests: pd.DataFrame
    null: Mapping[str, np.ndarray]
    described: Mapping[str, xr.Dataset] = field(default_factory=dict)


def site_page(by_alignment: Mapping[str, Panels]) -> Figure:
    """Draw rows of panels per alignment: curves; differences and nulls below; what else is said, in between."""
    drawn = [one for one in DESCRIPTIONS.everything if one.panel is not None]
    rows = math.ceil((3 + len(drawn)) / _ACROSS)
    n = rows * len(by_alignment)
    # laying out takes longer than drawing, and the panels are always the same
    figure = new_figure(11.5, 2.6 * n, dpi=100, layout=None)
    figure.subplots_adjust(0.15, 0.2 / n, 0.985, 1 - 0.12 / n, hspace=0.45, wspace=0.4)
    grid = figure.subplots(n, _ACROSS, squeeze=False, width_ratios=[1.25, 1, 0.85])
    for k, (alignment, panels) in enumerate(by_alignment.items()):
        own = list(grid[rows * k : rows * (k + 1)].ravel())
        curves, differences, nulls = (own.pop(at) for at in (0, _ACROSS - 1, _ACROSS - 1))
        _courses(curves, panels, alignment)
        _differences(differences, panels)
        _nulls(nulls, panels)
        for axes, one in zip_longest(own, drawn):
            _described(axes, one, panels, alignment)
    return figure


def _described(axes: Axes, one: Description | None, panels: Panels, alignment: str) -> None:
    if one is None or one.panel is None:
        axes.set_axis_off()
    elif one.name in panels.described:
        one.panel(axes, panels.described[one.name], alignment)
    else:
        _nothing(axes, f"Not made: {one.title}.")


def _nothing(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, ha="center", va="center", fontsize=9, color=_FAILED, transform=axes.transAxes, wrap=True)
    axes.set_axis_off()


def _courses(axes: Axes, panels: Panels, alignment: str) -> None:
    draw_curves(axes, panels.curves, 0, LAGS)
    for one in DESCRIPTIONS.everything:
        if one.overlay is not None and one.name in panels.described:
            one.overlay(axes, panels.described[one.name], alignment)
    titled(axes, f"{alignment}: held-out r around the {EVENT[alignment]}", f"time from {EVENT[alignment]} (s)")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7, frameon=False, loc="upper left")


def _differences(axes: Axes, panels: Panels) -> None:
    """A forest plot: every test's difference with its interval."""
    tests = panels.tests
    for row, test in enumerate(tests.to_dict("records")):
        colour = _PASSED if test["significant"] is True else _FAILED
        axes.plot([test["low"], test["high"]], [row, row], color=colour, linewidth=1.6)
        axes.plot(test["diff"], row, "o", color=colour, markersize=6)
        halves = [test["diff_first_half"], test["diff_second_half"]]
        axes.plot(halves, [row + 0.25] * 2, "|", color=colour, markersize=6)
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_yticks(range(len(tests)), [str(t).replace("_", " ") for t in tests["test"]])
    axes.set_ylim(len(tests) - 0.4, -0.6)
    titled(axes, "differences (95 %); ticks: halves of the film", "difference in held-out r")
    axes.tick_params(axis="y", labelsize=8)


def _nulls(axes: Axes, panels: Panels) -> None:
    """Every test's null (t of the shifts) and the t that was recorded, in the rows of the differences."""
    tests = panels.tests
    known = [panels.null.get(test, np.empty(0)) for test in tests["test"]]
    ends = np.concatenate([*known, tests["t"].to_numpy(float), [-3.0, 3.0]])
    edges = np.linspace(np.nanmin(ends), np.nanmax(ends), 41)
    for row, (test, shifts) in enumerate(zip(tests.to_dict("records"), known)):
        if len(shifts):
            counts, _ = np.histogram(shifts, edges)
            height = 0.7 * counts / counts.max()
            axes.stairs(row + 0.35 - height, edges, baseline=row + 0.35, fill=True, color="#C8C8C8")
        colour = _PASSED if test["significant"] is True else _FAILED
        axes.plot([test["t"]] * 2, [row - 0.4, row + 0.35], color=colour, linewidth=2)
        own = test["p_alone"]  # what the histogram shows
        if np.isfinite(own):
            axes.text(test["t"], row - 0.1, f" p {own:.2g}", fontsize=7.5, color=colour, va="center")
    axes.set_yticks([])
    axes.set_ylim(len(tests) - 0.4, -0.6)
    axes.set_xlim(edges[0], edges[-1] + 0.3 * (edges[-1] - edges[0]))  # room for the last p
    shown = "grey: shifts" if any(map(len, known)) else "no shifts: corrected t"
    titled(axes, f"t; {shown}; line: recorded", "t of 5 s blocks")
    axes.spines["left"].set_visible(False)
