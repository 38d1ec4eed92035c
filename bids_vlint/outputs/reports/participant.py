"""A participant's report, from the derivatives on disk alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bids_vlint.group.collect import FitResult, read_fits, stack, tests_of
from bids_vlint.group.networks import model_table, most_seeds
from bids_vlint.outputs import layout
from bids_vlint.outputs.figures.curves import Curve
from bids_vlint.outputs.figures.timecourse import site_timecourses
from bids_vlint.outputs.reports import html, words
from bids_vlint.outputs.reports.sections import (
    TEST_OF_SITES,
    add_brain,
    add_counts,
    add_mean_curves,
    add_networks,
    add_planted,
    joined,
    read_curves,
)
from bids_vlint.outputs.reports.sites_table import add_sites_table
from bids_vlint.types import ALIGNMENTS, LAGS, Alignment

if TYPE_CHECKING:
    import mne

TOP_SITES = 8


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
    tests, sites = tests_of(fits), stack(fits)
    curves = {alignment: joined(parts) for alignment, parts in read_curves(out, fits).items()}
    notes = [note for fit in fits for note in fit.record.get("notes", [])]
    report = html.new_report(f"sub-{subject}: vision and language")
    seeds = most_seeds(fit.record for fit in fits)
    add_counts(report, sites, tests, _who(subject, fits), seeds=seeds)
    add_planted(report, sites, tests)
    for fit in fits:
        _add_data(report, fit, alone=len(fits) == 1)
    add_mean_curves(report, sites, curves)
    for alignment, by_name in curves.items():
        _add_top_sites(report, sites, by_name, alignment)
    add_sites_table(report, sites, tests)
    add_brain(report, sites, notes)
    add_networks(report, model_table(out, fits))
    settings = fits[0].record.get("settings") or {}
    _add_methods(report, settings, html.methods(settings, sites, tests, seeds))
    return html.save(report, layout.participant_report(out, subject))


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


def _add_top_sites(report: mne.Report, sites: pd.DataFrame, curves: dict[str, Curve], alignment: Alignment) -> None:
    """The time courses of the electrodes where multimodal networks gain most."""
    diff, truth = f"{alignment}_{TEST_OF_SITES}_diff", f"{alignment}_{TEST_OF_SITES}"
    passed = sites[truth].fillna(False).to_numpy(dtype=bool)
    gain = np.where(passed, sites[diff].to_numpy(float), -np.inf)
    rows = np.argsort(-gain, kind="stable")[: min(TOP_SITES, int(passed.sum()))]
    if not len(rows):
        return
    titles = [_site_title(sites.iloc[k]) for k in rows]
    figure = site_timecourses({name: curve.of(rows) for name, curve in curves.items()}, LAGS, titles, alignment)
    shown = words.number(len(rows), "site")
    caption = f"{shown} of the {alignment} alignment, in the order of their gain over unimodal networks."
    html.add_figure(report, figure, f"Single sites, {alignment}", "Scores", caption)


def _site_title(site: pd.Series) -> str:
    region = site.get("region")
    return f"{site['name']}\n{region}" if isinstance(region, str) else str(site["name"])


def _add_methods(report: mne.Report, settings: dict[str, Any], paragraph: str) -> None:
    html.add_html(report, paragraph, "Methods and references", "Methods")
    listed = html.records([{"setting": k, "value": v} for k, v in settings.items()])
    html.add_html(report, listed, "Settings", "Methods")
