"""Electrodes per region and participant."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bids_vlint.figures.style import BLUE, COLUMN, PAGE, new_figure, printable

_MOST, _WIDE = 40, 34


def coverage_grid(table: pd.DataFrame) -> Figure:
    """Draw a dot per region and participant, its area as the number of electrodes.

    Parameters
    ----------
    table : DataFrame
        atlas, region, region_name, participant_id, n_electrodes; of the atlas with most electrodes the 40 regions with
        most.
    """
    atlas = table.groupby("atlas")["n_electrodes"].sum().idxmax()
    own = table[table["atlas"] == atlas]
    totals = own.groupby("region_name")["n_electrodes"].sum()
    regions = sorted(totals.index, key=lambda name: (-totals[name], name))[:_MOST]
    people = sorted(set(own["participant_id"]))
    names = [textwrap.fill(str(name), _WIDE) for name in regions]
    height = 0.9 + sum(0.05 + 0.12 * (1 + name.count("\n")) for name in names)
    figure = new_figure(COLUMN if len(people) <= 12 else PAGE, height)
    axes = figure.subplots()
    shown = own[own["region_name"].isin(regions)]
    x, y = ([at.index(value) for value in shown[column]] for at, column in ((people, "participant_id"),
                                                                            (regions, "region_name")))  # fmt: skip
    area = 60 * shown["n_electrodes"].to_numpy(float) / max(1, int(shown["n_electrodes"].max()))
    axes.scatter(x, y, s=np.maximum(area, 2), color=BLUE, linewidth=0)
    for row, name in enumerate(regions):
        axes.annotate(str(int(totals[name])), (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=7)
    axes.set_yticks(range(len(regions)), names)
    axes.set_ylim(len(regions) - 0.5, -0.5)
    axes.set_xticks(range(len(people)), [name.removeprefix("sub-") for name in people], rotation=90)
    axes.set_xlim(-0.7, len(people) - 0.3)
    axes.set_xlabel("participant (right: electrodes of all)")
    printable(axes)
    figure.suptitle(textwrap.fill(str(atlas), 2 * _WIDE), fontsize=7)
    return figure
