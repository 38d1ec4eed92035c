"""Sites in a glass brain (MNI152)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bids_vlint.figures.style import SITE_COLOURS, new_figure

MANY = 2000  # marks: more of them are a picture within the drawing, which would be megabytes


def glass_brain(mni: np.ndarray, kinds: Sequence[str]) -> Figure:
    """Draw electrodes in a glass brain, from both sides, behind and above.

    Parameters
    ----------
    mni : (n, 3)
        MNI152 coordinates in mm.
    kinds : sequence of str
        Which of `style.SITE_COLOURS` each electrode is; drawn in reverse order, the strongest on top.

    Examples
    --------
    >>> from pathlib import Path
    >>> from bids_vlint import read_fits, stack_sites
    >>> sites = stack_sites(read_fits(Path("out"))).dropna(subset="mni_x")
    >>> kinds = ["integration" if found is True else "neither" for found in sites["integration_either"].astype(object)]
    >>> figure = glass_brain(sites[["mni_x", "mni_y", "mni_z"]].to_numpy(float), kinds)
    >>> figure.savefig("brain.png")
    """
    figure = new_figure(10, 3.1, layout=None)
    draw_glass_brain(figure, mni, kinds, (0, 0.12, 1, 0.86))
    figure.legend(handles=kind_handles(kinds), loc="lower center", ncols=4, frameon=False, fontsize=10)
    return figure


def draw_glass_brain(
    figure: Figure, mni: np.ndarray, kinds: Sequence[str], box: tuple[float, float, float, float], size: float = 1.0
) -> None:
    """Draw electrodes as `glass_brain` in a part of a figure (left, bottom, width, height; shares of the figure).

    Parameters
    ----------
    figure : Figure
    mni, kinds
        As in `glass_brain`.
    box : (4,)
    size : float
        Of the marks, 1: as in `glass_brain`.
    """
    from matplotlib import pyplot
    from nilearn import plotting

    before = set(pyplot.get_fignums())
    display = plotting.plot_glass_brain(None, display_mode="lyrz", figure=figure, axes=box)
    for kind, colour in reversed(SITE_COLOURS.items()):
        chosen = np.array([k == kind for k in kinds], dtype=bool)
        if chosen.any():
            own = size * (14 if kind in ("neither", "not tested") else 42)
            display.add_markers(
                mni[chosen], marker_color=colour, marker_size=own, alpha=0.9, rasterized=len(mni) > MANY
            )
    for number in set(pyplot.get_fignums()) - before:
        pyplot.close(number)


def kind_handles(kinds: Sequence[str]) -> list[Line2D]:
    """The legend of what electrodes are called, with how many there are."""
    return [
        Line2D(
            [], [], marker="o", linestyle="", color=colour, markersize=7, label=f"{kind} ({list(kinds).count(kind)})"
        )
        for kind, colour in SITE_COLOURS.items()
        if kind != "not tested" or kind in kinds
    ]
