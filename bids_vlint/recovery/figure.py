"""The figure of a recovery: what was found against its size, with false ones beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.figures.style import BLUE, GREEN, GREY, ORANGE, PAGE, PURPLE, VERMILION, new_figure, printable
from bids_vlint.inference.calibrated.detectable import POWER
from bids_vlint.recovery.assignment import HALF, NOISE, SIZES, UNHELD, WHOLLY

_COLOURS = (VERMILION, BLUE, GREEN, PURPLE, ORANGE, GREY)
_LOOK = {WHOLLY: ("-", "o"), HALF: ("--", "s"), UNHELD: (":", "^"), NOISE: ("", "x")}
_MOST_PANELS = 6
# Octaves between the marks of kinds at one size, so that none hides another.
_ASIDE = 0.06


def recovery_figure(table: pd.DataFrame, place: str) -> Figure:
    """Draw the shares of electrodes that each claim was made of, against the size of what was planted.

    Parameters
    ----------
    table : DataFrame
        From `recovery_table`.
    place : str
        The alignment whose rows are drawn, or "either".
    """
    own = table[(table["alignment"] == place) & (table["n"] > 0)]
    claims = list(dict.fromkeys(own["claim"]))[:_MOST_PANELS]
    kinds = list(dict.fromkeys(own["kind"]))
    rows = max(1, -(-len(claims) // 3))
    figure = new_figure(PAGE, 0.6 + 2.1 * rows)
    panels = figure.subplots(rows, 3, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, claim in zip(panels, claims):
        for k, (kind, colour) in enumerate(zip(kinds, _COLOURS * len(kinds))):
            aside = 2 ** (_ASIDE * (k - len(kinds) / 2))
            _draw(axes, own[(own["claim"] == claim) & (own["kind"] == kind)], colour, aside)
        axes.axhline(POWER, color=GREY, linewidth=0.5, linestyle=":")
        axes.set_xscale("log", base=2)
        axes.set_xticks([SIZES[0] / 2, *SIZES], ["0", *(f"{100 * size:g}" for size in SIZES)])
        axes.set_ylim(-0.03, 1.03)
        axes.set_title(claim.replace("_", " "))
        printable(axes)
    for axes in panels[len(claims) :]:
        axes.set_visible(False)
    for axes in panels[: len(claims)][-3:]:
        axes.set_xlabel("size (% of the response's variance)")
        printable(axes)
    for axes in panels[::3]:
        axes.set_ylabel("share of electrodes")
        printable(axes)
    handles = [panels[0].plot([], [], color=c, label=k)[0] for k, c in zip(kinds, _COLOURS * len(kinds))]
    names = {WHOLLY: "wholly in networks", HALF: "half in networks", UNHELD: "in no network", NOISE: "noise alone"}
    for source, (dash, mark) in _LOOK.items():
        handles += panels[0].plot([], [], linestyle=dash or "none", marker=mark, markersize=3, color="black",
                                  label=names[source])  # fmt: skip
    figure.legend(handles=handles, loc="outside upper center", ncols=5, frameon=False, fontsize=7)
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, colour: str, aside: float) -> None:
    for source, own in rows.groupby("source", sort=False):
        dash, mark = _LOOK[str(source)]
        own = own.sort_values("size")
        size = own["size"].to_numpy(float)
        size = np.where(size > 0, size, SIZES[0] / 2) * aside
        share = own["share"].to_numpy(float)
        ends = np.abs(own[["low", "high"]].to_numpy(float).T - share)
        axes.errorbar(size, share, ends, color=colour, linestyle="none", marker=mark, markersize=3, linewidth=0.6,
                      alpha=0.6)  # fmt: skip
        if dash and len(own) > 1:
            axes.plot(size, own["fitted"], dash, color=colour, linewidth=1)
