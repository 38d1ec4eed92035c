"""The share of sites per region as dots with intervals."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.figure import Figure

from bids_vlint.figures.style import COLUMN, GREY, VERMILION, new_figure, printable

_MOST, _WIDE = 30, 34


def region_shares(table: pd.DataFrame) -> Figure:
    """Draw, per region of the atlas with most electrodes, the share of sites and its interval, where there is one (not
    of too few participants); beside it how many of how many electrodes, in how many participants.

    Parameters
    ----------
    table : DataFrame
        As `group_columns.REGION_TEST_COLUMNS` of one claim, and region_name; the 30 regions with most participants and
        electrodes are drawn.
    """
    atlas = table.groupby("atlas")["n_electrodes"].sum().idxmax()
    order = ["n_participants", "n_electrodes", "region"]
    own = table[table["atlas"] == atlas].sort_values(order, ascending=[False, False, True]).head(_MOST)
    names = [textwrap.fill(str(name), _WIDE) for name in own["region_name"]]
    figure = new_figure(COLUMN, 0.8 + sum(0.05 + 0.12 * (1 + name.count("\n")) for name in names))
    axes = figure.subplots()
    for row, region in enumerate(own.to_dict("records")):
        named = region["named"] == True  # noqa: E712
        colour = VERMILION if named else GREY
        if pd.notna(region["proportion"]):
            axes.plot([100 * region["proportion_low"], 100 * region["proportion_high"]], [row, row], color=colour,
                      linewidth=1)  # fmt: skip
            axes.plot(100 * region["proportion"], row, "s" if named else "o", color=colour, markersize=3.5)
        said = f"{region['n_sites']} of {region['n_electrodes']}, {region['n_participants']} p."
        axes.annotate(said, (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=7)
    axes.set_yticks(range(len(own)), names)
    axes.set_ylim(len(own) - 0.5, -0.5)
    axes.set_xlim(-4, 104)
    few = own["proportion"].isna().any()
    axes.set_xlabel("sites (%)" + ("; too few participants\nwhere no share is drawn" if few else ""))
    printable(axes)
    figure.suptitle(textwrap.fill(str(atlas), 2 * _WIDE), fontsize=7)
    return figure
