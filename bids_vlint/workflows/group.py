"""The group level: from the derivatives alone, without the data set."""

from __future__ import annotations

from pathlib import Path

from bids_vlint.derivatives.collection import read_fits
from bids_vlint.group.collected import Collected
from bids_vlint.group.export import write_exports
from bids_vlint.reports.pages.group import group_report


def run_group(out: Path) -> Path:
    """Put all participants' results together.

    Parameters
    ----------
    out : Path
        The output folder of the participant level.

    Returns
    -------
    Path
        The group's report.

    Raises
    ------
    InputError
        No participant has results (66), or a result cannot be read (65).
    """
    write_exports(Collected(out, read_fits(out)))
    return group_report(out)
