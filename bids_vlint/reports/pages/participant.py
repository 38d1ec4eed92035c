"""A participant's report, from the derivatives on disk alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import sections_of
from bids_vlint.reports.contents.printed import write_figures
from bids_vlint.reports.contents.source import source_of
from bids_vlint.reports.page import Section, page_stands, write_page
from bids_vlint.reports.sections.methods import write_methods


def participant_report(out: Path, subject: str, extra: Sequence[Section] = ()) -> Path:
    """Make `sub-XX.html`; one that was made from the same results stands.

    Parameters
    ----------
    out : Path
        The output folder.
    subject : str
        The participant's label, without sub-.
    extra : sequence of Section
        Sections of the caller's own, after the summary's.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    InputError
        The participant has no results (66), or one cannot be read (65).
    """
    path = layout.participant_html(out, subject)
    source = source_of(out, [name for name in layout.find_fits(out) if name.subject == subject], extra)
    if page_stands(path, source):
        return path
    contents = Contents(out, read_fits(out, subject), subject=subject)
    write_methods(contents, path)
    write_figures(contents)
    return write_page(path, f"sub-{subject}: vision and language", sections_of(contents, extra), source)
