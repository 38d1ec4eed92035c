"""How the recordings are: the participant's figures for print, each with what to look for, or why it is not drawn."""

from __future__ import annotations

import base64
import re

from bids_vlint.derivatives.layout import figure_file
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.printed import links_to
from bids_vlint.reports.page import Section, section

_POINTS = re.compile(rb'<svg [^>]*?width="([0-9.]+)pt"')
_PIXELS = 1.8  # of a point


def recordings_as_they_are(contents: Contents) -> list[Section]:
    """A section for each of the participant's figures for print, which are written already."""
    out = []
    for printed, table in contents.printed:
        drawn = len(table) > 0
        picture = figure_file(contents.out, printed.name, "svg", contents.subject)
        out.append(
            section(
                "Recording",
                printed.title,
                "recording.html",
                anchor=printed.name,
                name=printed.title,
                look_for=printed.look_for,
                lacking="" if drawn else printed.lacking(contents),
                picture=_address(picture.read_bytes()) if drawn else "",
                width=_width(picture.read_bytes()) if drawn else 0,
                links=links_to(contents, printed) if drawn else [],
            )
        )
    return out


def _address(svg: bytes) -> str:
    """A picture as the address of one that stands in the page itself."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"


def _width(svg: bytes) -> int:
    """How wide a picture for print stands on a page, in pixels: somewhat larger than in print."""
    found = _POINTS.search(svg)
    return round(float(found.group(1)) * _PIXELS) if found else 0


RECORDING = ReportFigure("recording", recordings_as_they_are, {"participant": 205})
