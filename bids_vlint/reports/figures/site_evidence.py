"""A site's evidence on one page: time courses, differences with intervals, nulls, deconvolved course, parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator, MaxNLocator

from bids_vlint.figures.style import BLACK, BLUE, GREEN, GREY, VERMILION, new_figure, tidy
from bids_vlint.reports.figures.curves import Curve
from bids_vlint.reports.figures.timecourse import EVENT, draw_curves, draw_stimulus
from bids_vlint.signals.windows import LAGS

_PARTS = {
    "unique_vision": ("vision", BLUE),
    "unique_language": ("language", GREEN),
    "shared": ("shared", GREY),
    "multimodal_only": ("multimodal", VERMILION),
}
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
    site : Series
        The electrode's columns of this alignment, without their prefix.
    stimulus : (n_lags,) | None
        The stimulus in the brain's place.
    course : lags, unique, low, high, threshold of the deconvolved course, or None
    ceiling : bins, r, low, high of the noise ceiling, or None
    """

    curves: Mapping[str, Curve]
    tests: pd.DataFrame
    null: Mapping[str, np.ndarray]
    site: pd.Series
    stimulus: np.ndarray | None = None
    course: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float] | None = None
    ceiling: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None = None


def site_page(by_alignment: Mapping[str, Panels]) -> Figure:
    """Draw two rows of panels per alignment: courses above; differences, nulls and parts below."""
    n = len(by_alignment)
    # laying out takes longer than drawing, and the panels are always the same
    figure = new_figure(11.5, 5.2 * n, dpi=100, layout=None)
    figure.subplots_adjust(0.15, 0.1 / n, 0.985, 1 - 0.06 / n, hspace=0.45, wspace=0.4)
    grid = figure.subplots(2 * n, 3, squeeze=False, width_ratios=[1.25, 1, 0.85])
    for k, (alignment, panels) in enumerate(by_alignment.items()):
        above, below = grid[2 * k], grid[2 * k + 1]
        _courses(above[0], panels, alignment)
        _stimulus(above[1], panels, alignment)
        _deconvolved(above[2], panels, alignment)
        _differences(below[0], panels)
        _nulls(below[1], panels)
        _parts(below[2], panels)
    return figure


def _titled(axes: Axes, title: str, xlabel: str) -> None:
    axes.set_title(title, loc="left", fontsize=9.5)
    axes.set_xlabel(xlabel)
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_locator(), AutoLocator):
            axis.set_major_locator(MaxNLocator(4))
    tidy(axes)


def _nothing(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, ha="center", va="center", fontsize=9, color=_FAILED, transform=axes.transAxes, wrap=True)
    axes.set_axis_off()


def _courses(axes: Axes, panels: Panels, alignment: str) -> None:
    draw_curves(axes, panels.curves, 0, LAGS)
    if panels.ceiling is not None:
        bins, r, _, _ = panels.ceiling
        axes.plot(bins, r, "_", color=BLACK, markersize=9, label="noise ceiling")
    _titled(axes, f"{alignment}: held-out r around the {EVENT[alignment]}", f"time from {EVENT[alignment]} (s)")
    axes.legend(fontsize=7, frameon=False, loc="upper left")


def _stimulus(axes: Axes, panels: Panels, alignment: str) -> None:
    if panels.stimulus is None:
        return _nothing(axes, "The stimulus in the brain's place was not measured.")
    draw_stimulus(axes, panels.stimulus, LAGS)
    _titled(axes, "the stimulus in the brain's place (r)", f"time from {EVENT[alignment]} (s)")


def _deconvolved(axes: Axes, panels: Panels, alignment: str) -> None:
    if panels.course is None:
        return _nothing(axes, "No deconvolved course was made.")
    lags, unique, low, high, threshold = panels.course
    axes.fill_between(lags, low, high, color=VERMILION, alpha=0.15, linewidth=0)
    axes.plot(lags, unique, color=VERMILION, linewidth=1.6)
    if np.isfinite(threshold):
        axes.axhline(threshold, color=GREY, linestyle="--", linewidth=1, label="null, 95 %")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.axvline(0, color="black", linewidth=0.6)
    top = np.nanmax(high)
    for height, kind, colour in ((1.08, "peak", VERMILION), (1.2, "first", BLUE)):
        value, *ends = (panels.site.get(f"{kind}_lag{end}", np.nan) for end in ("", "_low", "_high"))
        if np.isfinite(value):
            axes.plot(ends, [height * top] * 2, color=colour, linewidth=1.4)
            axes.plot(value, height * top, "o", color=colour, markersize=5, label=f"{kind} {value:.2f} s")
    _titled(axes, "deconvolved course (R² lost)", f"time from {EVENT[alignment]} (s)")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7, frameon=False, loc="upper right")


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
    _titled(axes, "differences (95 %); ticks: halves of the film", "difference in held-out r")
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
        if np.isfinite(test["p"]):
            axes.text(test["t"], row - 0.1, f" p {test['p']:.2g}", fontsize=7.5, color=colour, va="center")
    axes.set_yticks([])
    axes.set_ylim(len(tests) - 0.4, -0.6)
    axes.set_xlim(edges[0], edges[-1] + 0.3 * (edges[-1] - edges[0]))  # room for the last p
    shown = "grey: shifts" if any(map(len, known)) else "no shifts: corrected t"
    _titled(axes, f"t; {shown}; line: recorded", "t of 5 s blocks")
    axes.spines["left"].set_visible(False)


def _parts(axes: Axes, panels: Panels) -> None:
    """What each modality explains."""
    site = panels.site
    if not np.isfinite([site.get(part, np.nan) for part in _PARTS]).any():
        return _nothing(axes, "No variance partition was made.")
    for row, (part, (_, colour)) in enumerate(_PARTS.items()):
        value, low, high = (float(site.get(f"{part}{end}", np.nan)) for end in ("", "_low", "_high"))
        axes.barh(row, value, height=0.6, color=colour)
        axes.plot([low, high], [row, row], color="black", linewidth=1)
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_yticks(range(len(_PARTS)), [label for label, _ in _PARTS.values()])
    axes.invert_yaxis()
    _titled(axes, "variance partition (held-out R²)", "R²")
