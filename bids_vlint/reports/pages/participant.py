"""A participant's report, from the derivatives on disk alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import every_test, levels_of, read_fits, read_scores, stack_sites
from bids_vlint.group.networks import model_table, most_seeds
from bids_vlint.reports.page import Section, page_stands, write_page
from bids_vlint.reports.sections.brain import brain
from bids_vlint.reports.sections.counts import counts
from bids_vlint.reports.sections.data import data
from bids_vlint.reports.sections.evidence import evidence_pages
from bids_vlint.reports.sections.inferences import both_inferences
from bids_vlint.reports.sections.methods import methods, settings_table
from bids_vlint.reports.sections.networks import networks
from bids_vlint.reports.sections.nulls import descriptions_of, mean_stimulus, read_kept
from bids_vlint.reports.sections.scores import read_curves, score_courses
from bids_vlint.reports.sections.sites import sites_table
from bids_vlint.reports.sections.worth import methods_of, worth
from bids_vlint.reports.source import source_of


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
    fits = read_fits(out, subject)
    tests, sites = every_test(fits), stack_sites(fits)
    curves, kept = read_curves(out, fits), read_kept(out, fits)
    notes = [note for fit in fits for note in fit.record.get("notes", [])]
    seeds = most_seeds(fit.record for fit in fits)
    settings = fits[0].record.get("settings") or {}
    who = f"sub-{subject}" if len(fits) == 1 else f"sub-{subject} in {len(fits)} fits"
    said, _ = methods(settings, sites, tests, seeds, methods_of(fits), descriptions_of(kept))
    sections = [
        counts(sites, tests, who, seeds=seeds, q=min(levels_of(fits))),
        both_inferences(fits, sites, tests),
        *worth(fits, kept),
        *extra,
        *(one for fit in fits for one in data(fit, alone=len(fits) == 1)),
        score_courses(sites, curves, mean_stimulus(kept)),
        sites_table(sites, tests),
        *evidence_pages(fits, curves, kept),
        brain(sites, notes),
        *networks(model_table(read_scores(out, fits))),
        said,
        settings_table(settings),
    ]
    return write_page(path, f"sub-{subject}: vision and language", sections, source)
