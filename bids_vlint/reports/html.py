"""Pieces of HTML for the reports, and saving a report so that the same results make the same file."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bids_vlint.files.atomic import atomic
from bids_vlint.files.tables import cell
from bids_vlint.reports.methods import cited
from bids_vlint.version import __version__

if TYPE_CHECKING:
    import mne
    from matplotlib.figure import Figure

_CSS = """
.accordion-body p, .accordion-body li {max-width: 62rem;}
.vl-table {width: auto; font-size: 0.85rem; font-variant-numeric: tabular-nums;}
.vl-table th, .vl-table td {padding: 0.15rem 0.9rem 0.15rem 0; vertical-align: top; text-align: left;}
.vl-table td {white-space: nowrap;}
.vl-wide {overflow-x: auto; max-height: 40rem;}
.vl-table thead th {position: sticky; top: 0; background: white;}
.vl-picture {max-width: 100%;}
details > summary {cursor: pointer; font-weight: 600;}
.vl-lead {font-size: 1.05rem;}
"""


def new_report(title: str) -> mne.Report:
    """An empty report."""
    import mne

    report = mne.Report(title=title, image_format="png", img_max_width=1100, img_max_res=200, verbose="error")
    report.add_custom_css(_CSS)
    return report


def save(report: mne.Report, path: Path) -> Path:
    """Save a report; the moment of its making is left out, so that the same results make the same file."""
    with atomic(path) as temporary:
        report.save(temporary, open_browser=False, overwrite=True, verbose="error")
        text = temporary.read_text(encoding="utf-8")
        made = f"Made by bids_vlint {__version__} with <a"
        temporary.write_text(re.sub(r"Created on [\d: -]+ via <a", made, text), encoding="utf-8")
    return path


def add_html(report: mne.Report, content: str, title: str, section: str) -> None:
    """Add a piece of HTML to a section."""
    report.add_html(content, title=title, section=section, tags=(section.lower(),))


def add_figure(report: mne.Report, figure: Figure, title: str, section: str, caption: str) -> None:
    """Add a figure with its caption to a section."""
    report.add_figure(figure, title=title, section=section, caption=caption, tags=(section.lower(),))


def picture(figure: Any, alt: str) -> str:
    """A figure within a piece of HTML."""
    buffer = BytesIO()
    figure.canvas.print_png(buffer)  # savefig draws twice
    code = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img class="vl-picture" alt="{escape(alt)}" src="data:image/png;base64,{code}">'


def paragraph(text: str, *, lead: bool = False) -> str:
    """A paragraph of plain text."""
    return f"<p{' class=vl-lead' if lead else ''}>{escape(text)}</p>"


def bullets(items: Iterable[str], *, bold_start: bool = False) -> str:
    """A list of plain text; what stands before the first colon may be bold."""
    listed = "".join(f"<li>{_bold_start(item) if bold_start else escape(item)}</li>" for item in items)
    return f"<ul>{listed}</ul>" if listed else ""


def _bold_start(item: str) -> str:
    start, colon, rest = item.partition(":")
    return f"<b>{escape(start)}</b>{colon}{escape(rest)}" if colon else escape(item)


def table(content: pd.DataFrame) -> str:
    """A table; floats with 3 significant digits, truth as yes and no."""
    if content.empty:
        return paragraph("None.")
    head = "".join(f"<th>{escape(str(c))}</th>" for c in content.columns)
    columns = [[_mark(v) for v in content.iloc[:, k]] for k in range(content.shape[1])]
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in zip(*columns))
    inside = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="vl-wide"><table class="table table-sm vl-table">{inside}</table></div>'


def _mark(value: Any) -> str:
    shown = f"{value:.3g}" if isinstance(value, float) and value == value else cell(value)
    return {"true": "yes", "false": "no"}.get(shown, escape(shown))


def records(items: Sequence[Mapping[str, Any]]) -> str:
    """A table of a list of records (any keys); nested values in words."""
    columns = dict.fromkeys(key for item in items for key in item)
    rows = [[_words(item.get(key)) for key in columns] for item in items]
    titles = [_TITLES.get(str(c), str(c).replace("_", " ")) for c in columns]
    return table(pd.DataFrame(rows, columns=titles, dtype=object))


_TITLES = {"duration": "duration (s)", "sampling_frequency": "sampling frequency (Hz)", "line_frequency": "mains (Hz)"}


def _words(value: Any) -> Any:
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_words(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(_words(v)) for v in value)
    return value


def methods(said: Sequence[tuple[str, Sequence[str]]]) -> str:
    """The methods paragraph and its numbered references, from `outputs.methods.sentences`."""
    references = cited(key for _, keys in said for key in keys)
    number = {reference.key: k for k, reference in enumerate(references, 1)}
    marks = [f" [{', '.join(str(number[k]) for k in keys)}]" if keys else "" for _, keys in said]
    text = " ".join(f"{escape(s)}{mark}." for (s, _), mark in zip(said, marks))
    listed = "".join(f'<li>{escape(r.text)} <a href="{escape(r.url)}">{escape(r.url)}</a></li>' for r in references)
    return f"<p>{text}</p><ol>{listed}</ol>"
