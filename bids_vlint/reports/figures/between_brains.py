"""What the best network reaches beside what other brains share with an electrode."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bids_vlint.figures.style import BLACK, BLUE, COLUMN, GREY, PAGE, VERMILION, new_figure, printable


def ceiling_dots(table: pd.DataFrame) -> Figure:
    """Draw the best network's r against the between-brain ceiling, a panel per alignment and a dot per electrode.

    Parameters
    ----------
    table : DataFrame
        alignment, r, ceiling, ceiling_low, ceiling_high, network_r.
    """
    alignments = list(dict.fromkeys(table["alignment"]))
    figure = new_figure(PAGE if len(alignments) > 1 else COLUMN, 3.1)
    panels = np.atleast_1d(figure.subplots(1, max(len(alignments), 1), sharex=True, sharey=True))
    for axes, alignment in zip(panels, alignments):
        _panel(axes, table[table["alignment"] == alignment])
        axes.set_title(str(alignment))
        printable(axes)
    panels[0].set_ylabel("held-out r of the best network")
    printable(panels[0])
    handles, labels = panels[0].get_legend_handles_labels()
    n_columns = 4 if len(alignments) > 1 else 2
    figure.legend(handles, labels, loc="outside upper center", ncols=n_columns, frameon=False, fontsize=7)
    return figure


def _panel(axes: Axes, own: pd.DataFrame) -> None:
    ceiling, network = own["ceiling"].to_numpy(float), own["network_r"].to_numpy(float)
    known = own["ceiling_low"].to_numpy(float) > 0
    for which, colour, said in ((known, VERMILION, "ceiling above zero"), (~known, GREY, "its interval holds zero")):
        part = own[which]
        axes.hlines(network[which], part["ceiling_low"], part["ceiling_high"], color=colour, linewidth=0.5, alpha=0.5)
        axes.plot(ceiling[which], network[which], "o", color=colour, markersize=2.5, label=said)
    end = max(0.1, *np.nan_to_num(own["ceiling_high"].to_numpy(float)), *np.nan_to_num(network))
    axes.plot([0, end], [0, end], color=BLACK, linewidth=0.7, label="all of it")
    axes.plot([0, end], [0, end / 2], "--", color=BLUE, linewidth=0.7, label="half of it")
    axes.axvline(0, color=BLACK, linewidth=0.4)
    axes.axhline(0, color=BLACK, linewidth=0.4)
    axes.set_xlabel("between-brain ceiling of r")
