"""How well a recording follows its film at each lag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.figures.style import BLACK, BLUE, GREY, ORANGE, PURPLE, VERMILION, new_figure, titled
from bids_vlint.signals.synchrony import NEAR_S

_COLOURS = (BLUE, ORANGE, PURPLE)


def lags_of_synchrony(entry: Mapping[str, Any]) -> Figure:
    """Draw a film of a recording: r of the electrodes that follow best around zero, and the largest z at every lag.

    Parameters
    ----------
    entry : mapping
        An entry of `FitRecord.synchrony` with curves.
    """
    figure = new_figure(9.8, 3.0)
    near, far = figure.subplots(1, 2)
    for colour, curve in zip(_COLOURS, entry["curves"]):
        near.plot(entry["curve_lag"], curve["r"], color=colour, linewidth=1.3,
                  label=f"{curve['electrode']}, {curve['kind']}")  # fmt: skip
    far.plot(entry["profile_lag"], entry["profile"], color=BLACK, linewidth=0.8)
    far.axhline(entry["threshold"], color=GREY, linestyle="--", linewidth=1.0)
    if entry["follows"] is not None:
        far.plot([entry["lag"]], [entry["z"]], "o", color=VERMILION, markersize=5)
    for axes, title, label in ((near, "Around the start as it is said", "correlation r"),
                               (far, "At every lag", "largest z of any electrode")):  # fmt: skip
        _finish(axes, title, label)
    if entry["curves"]:
        near.legend(frameon=False, fontsize=8)
    return figure


def _finish(axes: Axes, title: str, label: str) -> None:
    axes.axvspan(*NEAR_S, color=GREY, alpha=0.2, linewidth=0)
    axes.axhline(0, color=BLACK, linewidth=0.6)
    axes.set_ylabel(label)
    titled(axes, title, "lag of the recording (s)")
