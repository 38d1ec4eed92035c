"""How figures look: colours that colour-blind readers can tell apart (Okabe and Ito), readable type, no pyplot."""

from __future__ import annotations

from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import AutoLocator, MaxNLocator

LayoutEngine = Literal["constrained"] | None

BLACK, ORANGE, GREEN = "#000000", "#E69F00", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY = "#8C8C8C"

MODALITY_COLOURS = {"multimodal": VERMILION, "vision": BLUE, "language": GREEN, "linear": PURPLE, "low_level": ORANGE}

SITE_COLOURS = {"integration": VERMILION, "trained with language": BLUE, "neither": "#8C8C8C", "not tested": "#B8B8B8"}

EVENT = {"language": "word onset", "vision": "scene cut"}


class WordsAsTheyAre(Figure):
    """A figure whose words are drawn as they are written: a network or a region may have a $ in its name."""

    def draw(self, renderer: Any) -> None:
        """Draw it, without the notation of formulas."""
        for axes in self.axes:
            for axis in (axes.xaxis, axes.yaxis):
                axis.get_ticklabels()  # they are made when they are asked for
        for words in self.findobj(Text):
            words.set_parse_math(False)  # type: ignore[attr-defined]
        super().draw(renderer)


def new_figure(width: float, height: float, *, dpi: int = 150, layout: LayoutEngine = "constrained") -> Figure:
    """Make a figure (inches) that draws by Agg and that pyplot does not know; its words are no formulas."""
    figure = WordsAsTheyAre(figsize=(width, height), dpi=dpi, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes) -> None:
    """Take the upper and right frame away and set the type sizes."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
    axes.title.set_fontsize(11)
    axes.xaxis.label.set_fontsize(10)
    axes.yaxis.label.set_fontsize(10)


def titled(axes: Axes, title: str, xlabel: str) -> None:
    """Finish a panel of several: title at the left, few ticks."""
    axes.set_title(title, loc="left", fontsize=9.5)
    axes.set_xlabel(xlabel)
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_locator(), AutoLocator):
            axis.set_major_locator(MaxNLocator(4))
    tidy(axes)
