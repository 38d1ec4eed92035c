"""Sites in a glass brain, and on the inflated cortex from four sides."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from bids_vlint.figures.style import PAGE, SITE_COLOURS, new_figure
from bids_vlint.reports.figures.brain import MANY, draw_glass_brain, kind_handles
from bids_vlint.reports.figures.cortex import cortex

_SIDES = (("left", -1), ("left", 1), ("right", -1), ("right", 1))  # hemisphere, from which end of x it is seen
_TITLES = ("left, lateral", "left, medial", "right, medial", "right, lateral")
_MARKS = {"integration": "o", "trained with language": "D"}


def sites_on_surfaces(table: pd.DataFrame) -> Figure:
    """Draw electrodes by what they are called; those farther than 10 mm from the cortex in the glass brain alone.

    Parameters
    ----------
    table : DataFrame
        called, mni_x, mni_y, mni_z, inflated_x, inflated_y, inflated_z (mm).
    """
    kinds = list(map(str, table["called"]))
    figure = new_figure(PAGE, 4.4, layout=None)
    draw_glass_brain(figure, table[["mni_x", "mni_y", "mni_z"]].to_numpy(float), kinds, (0, 0.47, 1, 0.53), 0.5)
    inflated = table[["inflated_x", "inflated_y", "inflated_z"]].to_numpy(float)
    for k, ((hemisphere, end), title) in enumerate(zip(_SIDES, _TITLES)):
        axes = figure.add_axes((k / 4, 0.08, 0.25, 0.36))
        _surface(axes, hemisphere, end)
        _electrodes(axes, inflated, kinds, hemisphere, end)
        axes.set_title(title, fontsize=7, pad=1)
    figure.legend(handles=kind_handles(kinds), loc="lower center", ncols=4, frameon=False, fontsize=7)
    return figure


def _surface(axes: Axes, hemisphere: str, end: int) -> None:
    faces, colours = _seen(hemisphere, end)
    # small faces as lines would be megabytes: a picture within the drawing
    axes.add_collection(
        PolyCollection(list(faces), facecolors=colours, edgecolors=colours, linewidths=0.3, rasterized=True)
    )
    axes.set_xlim(-115, 115)
    axes.set_ylim(-80, 80)
    axes.set_aspect("equal")
    axes.set_axis_off()


@cache
def _seen(hemisphere: str, end: int) -> tuple[np.ndarray, np.ndarray]:
    """The faces that are seen from an end of x, the farthest first, (n, 3, 2), and their grey, (n, 3)."""
    own = cortex()
    corners = own[f"inflated_{hemisphere}"][own["faces"]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = end * normal[:, 0] / np.linalg.norm(normal, axis=1)
    seen = np.flatnonzero(facing > 0)
    seen = seen[np.argsort(end * corners[seen, :, 0].mean(1), kind="stable")]
    deep = own[f"sulc_{hemisphere}"][own["faces"][seen]].mean(1) > 0
    grey = np.where(deep, 0.68, 0.82) * (0.6 + 0.4 * facing[seen])
    return corners[seen][..., 1:] * np.array([end, 1.0]), np.repeat(grey[:, None], 3, 1)


def _electrodes(axes: Axes, inflated: np.ndarray, kinds: list[str], hemisphere: str, end: int) -> None:
    """Those of the hemisphere whose place is on the side that is seen."""
    own = cortex()[f"inflated_{hemisphere}"]
    middle = own[:, 0].mean()
    side = (inflated[:, 0] < 0) == (hemisphere == "left")
    seen = side & (end * (inflated[:, 0] - middle) > 0)  # of an inflated hemisphere, this is the side
    for kind, colour in reversed(SITE_COLOURS.items()):
        chosen = seen & np.array([own == kind for own in kinds])
        size = 14 if kind in _MARKS else 4
        axes.scatter(end * inflated[chosen, 1], inflated[chosen, 2], s=size, c=colour, marker=_MARKS.get(kind, "o"),
                     edgecolors="#333333", linewidths=0.3, zorder=3, rasterized=len(kinds) > MANY)  # fmt: skip
