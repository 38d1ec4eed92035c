"""How numbers, names and cells are said in a report: the filters of its templates."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bids_vlint.atlas.words import region_words
from bids_vlint.files.tables import cell
from bids_vlint.log import counted


def region(label: Any) -> str:
    """A region in words, or its label where there are none; n/a where it is not known."""
    return (region_words(str(label)) or str(label)) if known(label) else "n/a"


def spoken(name: str) -> str:
    """The name of a test, or of what an electrode is called, as it is read."""
    return name.replace("_", " ")


def signed(value: float) -> str:
    """A difference with its sign and 3 decimals; n/a where it is not known."""
    return f"{value:+.3f}" if value == value else "n/a"


def after_comma(share: float) -> str:
    """A share in percent, after the number that it is of something: ", 6 %"; nothing where it is not known."""
    return f", {percent(share)}" if share == share else ""


def percent(share: float) -> str:
    """A share in percent; below 3 % with a decimal."""
    return f"{100 * share:.{0 if abs(share) >= 0.03 else 1}f} %"


def cell_text(value: Any) -> str:
    """A cell of a table: floats with 3 significant digits (those of 1000 and more whole), truth as yes and no."""
    text = cell(value)
    if isinstance(value, float) and np.isfinite(value):
        text = f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
    return {"true": "yes", "false": "no"}.get(text, text)


def nested(value: Any) -> Any:
    """A mapping or a list in one line; other values as they are."""
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {nested(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(nested(v)) for v in value)
    return value


def png(figure: Figure) -> str:
    """A figure as the address of a picture that stands in the page itself."""
    from PIL import Image

    canvas: Any = figure.canvas
    canvas.draw()  # once; savefig draws twice
    buffer = BytesIO()
    size = (int(figure.bbox.size[0]), int(figure.bbox.size[1]))
    Image.frombuffer("RGBA", size, canvas.buffer_rgba()).convert("RGB").save(buffer, "png", compress_level=6)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def known(value: Any) -> bool:
    """Whether a value is there: neither None, nor n/a, nor NaN."""
    return not pd.isna(value)


def finite(value: float) -> bool:
    """Whether a number is there."""
    return bool(np.isfinite(value))


_ALL: tuple[Callable[..., Any], ...] = (counted, spoken, signed, after_comma, cell_text, png, known, finite, region)
FILTERS = {each.__name__: each for each in _ALL}
