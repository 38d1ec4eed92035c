"""How figures look: colours that colour-blind readers can tell apart (Okabe and Ito), readable type, no pyplot."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import AutoLocator, MaxNLocator

from bids_vlint.files.atomic import atomic

COLUMN, PAGE = 85 / 25.4, 180 / 25.4  # widths of print, in inches: one column, two
_HASH = "bids_vlint"  # of the ids in SVG, which are random otherwise
_NO_DATE = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}

LayoutEngine = Literal["constrained"] | None

BLACK, ORANGE, GREEN = "#000000", "#E69F00", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY, SKY = "#8C8C8C", "#56B4E9"

MODALITY_COLOURS = {"multimodal": VERMILION, "vision": BLUE, "language": GREEN, "linear": PURPLE, "low_level": ORANGE,
                    "audio": SKY, "hearing": GREY}  # fmt: skip

SITE_COLOURS = {"integration": VERMILION, "trained with language": BLUE, "neither": "#8C8C8C", "not tested": "#B8B8B8"}

EVENT = {"language": "word onset", "vision": "scene cut"}


class WordsAsTheyAre(Figure):
    """A figure whose words are drawn as they are written: a network or a region may have a $ in its name."""

    def draw(self, renderer: Any) -> None:
        """Draw it, without the notation of formulas."""
        for words in self.findobj(Text):
            words.set_parse_math(False)  # type: ignore[attr-defined]
        with rc_context({"text.parse_math": False}):  # of the ticks that are made as it is drawn
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Save it with 300 dots per inch where nothing else is asked for, and without date or random ids: the same
        figure makes the same bytes."""
        ending = str(options.get("format") or Path(str(fname)).suffix.removeprefix(".")).lower()
        with rc_context({"svg.hashsalt": _HASH, "pdf.fonttype": 42}):
            super().savefig(fname, **({"dpi": 300, "metadata": _NO_DATE.get(ending)} | options))


def new_figure(width: float, height: float, *, dpi: int = 150, layout: LayoutEngine = "constrained") -> Figure:
    """Make a figure (inches) that draws by Agg and that pyplot does not know; its words are no formulas."""
    figure = WordsAsTheyAre(figsize=(width, height), dpi=dpi, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def laid_out(figure: Figure) -> Figure:
    """Lay a figure out, for good: all of it stands in the same place in every format."""
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
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


def printable(axes: Axes) -> None:
    """Set the type of a figure for print: 7 pt, titles 8 pt, no upper and right frame."""
    tidy(axes)
    axes.tick_params(labelsize=7, width=0.6, length=2.5)
    for text, size in ((axes.title, 8), (axes.xaxis.label, 7), (axes.yaxis.label, 7)):
        text.set_fontsize(size)
    for spine in axes.spines.values():
        spine.set_linewidth(0.6)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure in the format that the path's ending names; the same figure makes the same bytes."""
    with atomic(path) as new:
        figure.savefig(new, format=path.suffix.removeprefix("."))
