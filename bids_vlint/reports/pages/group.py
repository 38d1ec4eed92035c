"""The group's report, from the derivatives on disk alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.group.exports.group_between_brains import GROUP_BETWEEN_BRAINS
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import sections_of
from bids_vlint.reports.contents.printed import write_figures
from bids_vlint.reports.contents.source import source_of
from bids_vlint.reports.page import Section, page_stands, write_page
from bids_vlint.reports.sections.methods import write_methods
from bids_vlint.reports.sections.viewer import viewer
from bids_vlint.study.fits import FitName


def group_report(
    out: Path,
    extra: Sequence[Section] = (),
    names: Sequence[FitName] | None = None,
    contents: Contents | None = None,
) -> Path:
    """Make `group.html`; one that was made from the same results stands.

    Parameters
    ----------
    out : Path
        The output folder.
    extra : sequence of Section
        Sections of the caller's own, after the summary's.
    names : sequence of FitName | None
        The fits that count; None: all.
    contents : Contents | None
        What was read and computed of them already. None: they are read.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    InputError
        No participant has results (66), or one cannot be read (65).
    """
    path = layout.group_file(out, layout.GROUP_REPORT)
    names = layout.find_fits(out) if names is None else names
    source = source_of(out, names, extra, [layout.group_file(out, GROUP_BETWEEN_BRAINS.file)])
    if page_stands(path, source):
        return path
    contents = contents or Contents(out, read_fits(out, names=names))
    write_figures(contents)
    if turning := viewer(contents, above="../"):
        write_page(layout.figure_file(out, "brain", "html"), "Electrodes in the brain", turning, source)
    write_methods(contents, path)
    return write_page(path, "Vision and language in the brain: group", sections_of(contents, extra), source)
