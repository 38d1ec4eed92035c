"""Networks and regions at a glance."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from bids_vlint.figures.style import COLUMN, GREY, MODALITY_COLOURS, PAGE, SITE_COLOURS, new_figure, printable, tidy
from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE
from bids_vlint.networks.identity import identity_of


def network_dots(models: pd.DataFrame) -> Figure:
    """Draw each network's mean held-out r, trained (filled) and random (open), a panel per alignment.

    Of several random twins, each is a small open dot beside their mean.

    Parameters
    ----------
    models : DataFrame
        Columns as `group_columns.MODEL_COLUMNS`.
    """
    alignments = list(dict.fromkeys(models["alignment"]))
    owner = {model: identity_of(model).name for model in models["model"]}  # a single twin stands in its network's row
    names = list(dict.fromkeys(owner.values()))
    figure = new_figure(PAGE if len(alignments) > 1 else COLUMN, 0.9 + 0.17 * len(names))
    panels = np.atleast_1d(figure.subplots(1, max(len(alignments), 1), sharex=True, sharey=True))
    for axes, alignment in zip(panels, alignments):
        for row in models[models["alignment"] == alignment].to_dict("records"):
            y, colour = names.index(owner[row["model"]]), MODALITY_COLOURS.get(str(row["modality"]), GREY)
            if row["model"] not in names:
                axes.plot(row["r_random"], y, "o", color=colour, markerfacecolor="white", markersize=2)
                continue
            axes.plot([row["r_random"], row["r_trained"]], [y, y], color=colour, linewidth=1, alpha=0.6)
            axes.plot(row["r_random"], y, "o", color=colour, markerfacecolor="white", markersize=3.5)
            axes.plot(row["r_trained"], y, "o", color=colour, markersize=4)
            axes.plot([row.get("r_low"), row.get("r_high")], [y + 0.25] * 2, color=colour, linewidth=1.4)
        axes.axvline(0, color="black", linewidth=0.6)
        axes.set_title(alignment)
        axes.set_xlabel("mean held-out correlation r, 0 to 2 s")
        printable(axes)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    figure.legend(handles=_network_handles(models), loc="outside upper center",
                  ncols=6 if len(alignments) > 1 else 3, frameon=False, fontsize=7)  # fmt: skip
    return figure


def _network_handles(models: pd.DataFrame) -> list[Line2D]:
    present = [(m, c) for m, c in MODALITY_COLOURS.items() if m in set(models["modality"].dropna())]
    look = {"marker": "o", "linestyle": ""}
    handles = [Line2D([], [], color=c, label=m.replace("_", "-"), **look) for m, c in present]  # type: ignore[arg-type]
    return [*handles, Line2D([], [], color="black", markerfacecolor="white", label="random twin", **look)]  # type: ignore[arg-type]


def region_bars(regions: pd.DataFrame, most: int = 25) -> Figure:
    """Draw, per region of one atlas, how many electrodes were tested, and how many of them are called integration, and
    trained with language: numbers, since one electrode of one is no 100 %.

    Parameters
    ----------
    regions : DataFrame
        Rows of one atlas (`group_columns.region_columns`); those with most electrodes are shown.
    most : int
        How many regions are shown.
    """
    shown = regions.sort_values(["n_electrodes", "region"], ascending=[False, True]).head(most)
    figure = new_figure(8.5, 1.3 + 0.3 * len(shown))
    axes = figure.subplots()
    rows = np.arange(len(shown))
    words = ((WITH_LANGUAGE, "trained with language"), (INTEGRATION, "integration"))
    tested = [(test, label) for test, label in words if shown[f"{test}_either_tested"].sum()]
    for k, (test, label) in enumerate(tested):
        n, of = shown[f"{test}_either_n"].to_numpy(int), shown[f"{test}_either_tested"].to_numpy(int)
        place = rows + (k - 0.5) * 0.38
        whole = axes.barh(place, of, height=0.36, color="0.9", label="tested" if k == 0 else None)
        axes.barh(place, n, height=0.36, color=SITE_COLOURS[label], label=label)
        axes.bar_label(whole, [f"{own} of {all_}" for own, all_ in zip(n, of)], padding=3, fontsize=7)
    axes.set_yticks(rows, list(shown["region"]))
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("electrodes of the region, in at least one alignment")
    tidy(axes)
    if tested:
        figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=10)
    else:
        axes.text(0.5, 0.5, "neither word was tested", ha="center", va="center", transform=axes.transAxes)
    return figure
