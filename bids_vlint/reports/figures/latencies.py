"""Latencies of sites, as dots with intervals."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from bids_vlint.figures.style import COLUMN, EVENT, SITE_COLOURS, new_figure, printable

_MOST = 40


def latency_dots(table: pd.DataFrame) -> Figure:
    """Draw when each site first follows the network, the earliest first, a panel per alignment.

    Parameters
    ----------
    table : DataFrame
        participant_id, name, alignment, called, first_lag, first_lag_low, first_lag_high (s); of each alignment the
        first 40 are drawn.
    """
    parts = {str(a): own.sort_values(["first_lag", "participant_id", "name"]).head(_MOST)
             for a, own in table.groupby("alignment", sort=False)}  # fmt: skip
    figure = new_figure(COLUMN, sum(0.6 + 0.13 * len(own) for own in parts.values()) + 0.3)
    panels = figure.subplots(len(parts), 1, sharex=True, squeeze=False,
                             height_ratios=[len(own) + 1 for own in parts.values()])[:, 0]  # fmt: skip
    for axes, (alignment, own) in zip(panels, parts.items()):
        for kind, colour in SITE_COLOURS.items():
            rows = [k for k, called in enumerate(own["called"]) if called == kind]
            if rows:
                some = own.iloc[rows]
                axes.hlines(rows, some["first_lag_low"], some["first_lag_high"], color=colour, linewidth=1)
                mark = "o" if kind == "integration" else "D"
                axes.plot(some["first_lag"], rows, mark, color=colour, markersize=3.5, label=kind)
        axes.set_yticks(range(len(own)), [f"{p} {n}" for p, n in zip(own["participant_id"], own["name"])])
        axes.invert_yaxis()
        axes.set_title(alignment)
        axes.set_xlabel(f"first lag after the {EVENT[alignment]} (s)")
        printable(axes)
    handles = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=2, frameon=False, fontsize=7)
    return figure
