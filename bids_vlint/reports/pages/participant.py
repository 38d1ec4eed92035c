"""A participant's report, from the derivatives on disk alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import FitResult, read_fits, read_scores, stack_sites, tests_of
from bids_vlint.group.networks import model_table, most_seeds
from bids_vlint.reports import html, words
from bids_vlint.reports.methods import sentences
from bids_vlint.reports.sections.common import (
    add_brain,
    add_counts,
    add_inferences,
    add_mean_curves,
    add_networks,
    add_planted,
    joined,
    read_curves,
)
from bids_vlint.reports.sections.evidence import add_evidence
from bids_vlint.reports.sections.inferences import methods_of
from bids_vlint.reports.sections.nulls import mean_stimulus, read_kept
from bids_vlint.reports.sections.sites_table import add_sites_table
from bids_vlint.study.stimulus import ALIGNMENTS

if TYPE_CHECKING:
    import mne


def participant_report(out: Path, subject: str) -> Path:
    """Make `sub-XX.html`.

    Parameters
    ----------
    out : Path
        The output folder.
    subject : str
        The participant's label, without sub-.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    InputError
        The participant has no results (66), or one cannot be read (65).
    """
    fits = read_fits(out, subject)
    tests, sites = tests_of(fits), stack_sites(fits)
    by_fit, kept = read_curves(out, fits), read_kept(out, fits)
    notes = [note for fit in fits for note in fit.record.get("notes", [])]
    report = html.new_report(f"sub-{subject}: vision and language")
    seeds = most_seeds(fit.record for fit in fits)
    add_counts(report, sites, tests, _who(subject, fits), seeds=seeds)
    add_inferences(report, fits, sites, tests, kept)
    add_planted(report, sites, tests)
    for fit in fits:
        _add_data(report, fit, alone=len(fits) == 1)
    curves = {alignment: joined(parts) for alignment, parts in by_fit.items()}
    add_mean_curves(report, sites, curves, mean_stimulus(kept))
    add_sites_table(report, sites, tests)
    add_evidence(report, fits, by_fit, kept)
    add_brain(report, sites, notes)
    add_networks(report, model_table(read_scores(out, fits)))
    settings = fits[0].record.get("settings") or {}
    said = html.methods(sentences(settings, sites, tests, seeds, methods_of(fits)))
    _add_methods(report, settings, said)
    return html.save(report, layout.participant_html(out, subject))


def _who(subject: str, fits: Sequence[FitResult]) -> str:
    return f"sub-{subject}" if len(fits) == 1 else f"sub-{subject} in {len(fits)} fits"


def _add_data(report: mne.Report, fit: FitResult, *, alone: bool) -> None:
    """What was read, what was dropped and why."""
    record, prefix = fit.record, "" if alone else f"{fit.name.stem}: "
    read = "<h5>Recordings</h5>" + html.records(record.get("recordings", []))
    read += "<h5>Stimuli</h5>" + html.records(record.get("stimuli", []))
    html.add_html(report, read, f"{prefix}What was read", "Data")
    dropped = record.get("channels_dropped", [])
    content = "<h5>Events</h5>" + html.bullets(_event_sentences(record.get("events") or {}))
    content += f"<h5>Channels: {len(fit.sites)} analysed, {len(dropped)} left out</h5>"
    content += html.records(dropped) if dropped else ""
    html.add_html(report, content, f"{prefix}What was dropped and why", "Data")
    notes = html.bullets(map(str, record.get("notes", []))) or html.paragraph("Nothing else to note.")
    html.add_html(report, notes, f"{prefix}Notes", "Data")


def _event_sentences(events: dict[str, dict[str, object]]) -> list[str]:
    absent = [f"{a}: not analysed." for a in ALIGNMENTS if a not in events]
    return [words.events_sentence(a, log) for a, log in events.items()] + absent


def _add_methods(report: mne.Report, settings: dict[str, Any], paragraph: str) -> None:
    html.add_html(report, paragraph, "Methods and references", "Methods")
    listed = html.records([{"setting": k, "value": v} for k, v in settings.items()])
    html.add_html(report, listed, "Settings", "Methods")
