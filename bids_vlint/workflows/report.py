"""Reports, figures and the group's tables again, from the derivatives alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bids_vlint.derivatives.selection import select_fits
from bids_vlint.files.exchange import finish_left
from bids_vlint.log import logger, progress
from bids_vlint.reports.page import Section
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.workflows.announce import listed
from bids_vlint.workflows.group import run_group

# The caller's own sections: from an output folder to those of each participant (`sub-01`) and of the group (`group`).
OwnSections = Callable[[Path], Mapping[str, Sequence[Section]]]


def run_report(out: Path, wanted: Mapping[str, Sequence[str]], own: OwnSections = lambda _: {}) -> list[Path]:
    """Make the reports of participants; without a selection also the group's tables and report.

    A page that was made from the same results stands and is not drawn again.

    Parameters
    ----------
    out : Path
        The output folder.
    wanted : mapping
        Entity to labels, as `select_fits` takes them: the participants of these fits, whole.
    own : callable

    Returns
    -------
    list of Path
        The pages, the group's last.

    Raises
    ------
    InputError
        No participant has results (66), or one cannot be read (65); what is wanted is not there (18).
    """
    finish_left(out)
    subjects = list(dict.fromkeys(name.subject for name in select_fits(out, wanted)))
    sections = own(out)
    logger.info("reports of %s", listed([f"sub-{subject}" for subject in subjects]))
    pages = [participant_report(out, subject, sections.get(f"sub-{subject}", ()))
             for subject in progress(subjects, total=len(subjects), label="reports")]  # fmt: skip
    if any(wanted.values()):
        logger.info("the group's tables and report stand as they are: bids_vlint report without labels makes them")
        return pages
    return [*pages, run_group(out, extra=sections.get("group", ()))]
