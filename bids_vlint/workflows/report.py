"""Reports, figures and the group's tables again, from the derivatives alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bids_vlint.atlas.labelling import check_atlases
from bids_vlint.derivatives.description import describe_atlases
from bids_vlint.derivatives.layout import find_fits
from bids_vlint.derivatives.record import level_of
from bids_vlint.derivatives.selection import select_fits
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.derivatives.whole import check_whole
from bids_vlint.errors import few
from bids_vlint.files.exchange import claimed, exchanged, finish_all
from bids_vlint.fit import results, reuse
from bids_vlint.log import logger, progress
from bids_vlint.reports.page import Section
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.workflows.folders import output_in_use
from bids_vlint.workflows.group import run_group

# The caller's own sections: from an output folder to those of each participant (`sub-01`) and of the group (`group`).
OwnSections = Callable[[Path], Mapping[str, Sequence[Section]]]


@dataclass(frozen=True)
class Anew:
    """What is asked of results that stand on disk, and needs no fit.

    Attributes
    ----------
    q : float | None
        The level of false discoveries by which tests are called true. None: as it was.
    atlases : tuple of str | None
        Those of the regions. None: as they were.
    """

    q: float | None = None
    atlases: tuple[str, ...] | None = None


def run_report(
    out: Path, wanted: Mapping[str, Sequence[str]], anew: Anew | None = None, own: OwnSections = lambda _: {}
) -> list[Path]:
    """Make the reports of participants; without a selection also the group's tables and report.

    A page that was made from the same results stands and is not drawn again.

    Parameters
    ----------
    out : Path
        The output folder.
    wanted : mapping
        Entity to labels, as `select_fits` takes them: the participants of these fits, whole.
    anew : Anew | None
        Other calls and regions: the participants' tables are made again with them, which their records say.
    own : callable
        The caller's sections.

    Returns
    -------
    list of Path
        The pages, the group's last.

    Raises
    ------
    InputError
        No participant has results (66), one cannot be read or is not as it was written (65, 66); what is wanted is not
        there (18); an atlas is unknown (64).
    """
    with output_in_use(out):
        return _run_report(out, wanted, anew, own)


def _run_report(out: Path, wanted: Mapping[str, Sequence[str]], anew: Anew | None, own: OwnSections) -> list[Path]:
    finish_all(out)
    subjects = list(dict.fromkeys(name.subject for name in select_fits(out, wanted)))
    if anew is not None:
        for subject in progress(subjects, total=len(subjects), label="tables"):
            with claimed(out, f"sub-{subject}"):
                decide_again(out, subject, anew)
    sections = own(out)
    logger.info("reports of %s", few([f"sub-{subject}" for subject in subjects]))
    pages = [participant_report(out, subject, sections.get(f"sub-{subject}", ()))
             for subject in progress(subjects, total=len(subjects), label="reports")]  # fmt: skip
    if any(wanted.values()):
        logger.info("the group's tables and report stand as they are: bids_vlint report without labels makes them")
        return pages
    return [*pages, run_group(out, extra=sections.get("group", ()))]


def decide_again(out: Path, subject: str, anew: Anew) -> None:
    """Make a participant's tables again with another q or other atlases, if they are others; all change at once.

    Their p and q stay: only what is called true changes, and the regions.

    Raises
    ------
    InputError
        A file is not as it was written (65, 66), or an atlas is unknown (64).
    """
    check_atlases(anew.atlases or ())
    label = f"sub-{subject}"
    names = [name for name in find_fits(out) if name.subject == subject]
    for name in names:
        check_whole(out, name)
    fits = reuse.earlier_fits(out, subject)
    made = [(level_of(fit.record.settings), tuple(fit.record.settings.get("atlas") or ())) for fit in fits.values()]
    q = made[0][0] if anew.q is None else anew.q
    atlases = made[0][1] if anew.atlases is None else anew.atlases
    if all(one == (q, atlases) for one in made):
        return
    comparisons = dict.fromkeys(c for name in names for c in read_sites(out, name)[1]["comparisons"])
    with exchanged(out, label) as new:
        describe_atlases(out, results.write_fits(new.folder, fits, list(comparisons), q, atlases, corrected=True))
    logger.info("%s: tables with q %g%s", label, q, f", regions of {', '.join(atlases)}" if atlases else "")
