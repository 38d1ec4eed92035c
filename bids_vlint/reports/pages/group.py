"""The group's report, from the derivatives on disk alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import every_test, levels_of, read_fits, read_scores, stack_sites
from bids_vlint.group.networks import model_table, most_seeds
from bids_vlint.group.regions import region_table
from bids_vlint.log import counted
from bids_vlint.reports.page import Section, page_stands, write_page
from bids_vlint.reports.sections.brain import brain
from bids_vlint.reports.sections.counts import counts
from bids_vlint.reports.sections.inferences import both_inferences
from bids_vlint.reports.sections.methods import methods
from bids_vlint.reports.sections.networks import networks
from bids_vlint.reports.sections.nulls import descriptions_of, mean_stimulus, read_kept
from bids_vlint.reports.sections.participants import participants
from bids_vlint.reports.sections.regions import regions, unplaced
from bids_vlint.reports.sections.scores import read_curves, score_courses
from bids_vlint.reports.sections.sites import sites_table
from bids_vlint.reports.sections.worth import methods_of, worth
from bids_vlint.reports.source import source_of
from bids_vlint.study.fits import FitName


def group_report(out: Path, extra: Sequence[Section] = (), names: Sequence[FitName] | None = None) -> Path:
    """Make `group.html`; one that was made from the same results stands.

    Parameters
    ----------
    out : Path
        The output folder.
    extra : sequence of Section
        Sections of the caller's own, after the summary's.
    names : sequence of FitName | None
        The fits that count; None: all.

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
    source = source_of(out, names, extra)
    if page_stands(path, source):
        return path
    fits = read_fits(out, names=names)
    tests, sites = every_test(fits), stack_sites(fits)
    kept = read_kept(out, fits)
    notes = [f"sub-{fit.name.subject}: {note}" for fit in fits for note in fit.record.get("notes", [])]
    seeds = most_seeds(fit.record for fit in fits)
    settings = fits[0].record.get("settings") or {}
    said, _ = methods(settings, sites, tests, seeds, methods_of(fits), descriptions_of(kept))
    sections = [
        counts(
            sites, tests, counted(sites["participant_id"].nunique(), "participant"), seeds=seeds, q=min(levels_of(fits))
        ),
        both_inferences(fits, sites, tests),
        *worth(fits, kept),
        *extra,
        *participants(fits, sites),
        score_courses(sites, read_curves(out, fits), mean_stimulus(kept)),
        brain(sites, notes),
        *unplaced(fits),
        *regions(region_table(sites, tests), tests),
        sites_table(sites, tests),
        *networks(model_table(read_scores(out, fits))),
        said,
    ]
    return write_page(path, "Vision and language in the brain: group", sections, source)
