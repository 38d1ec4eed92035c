"""The group's report, from the derivatives on disk alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import (
    FitResult,
    read_fits,
    read_scores,
    settings_differing,
    stack_sites,
    tests_of,
)
from bids_vlint.group.networks import model_table, most_seeds
from bids_vlint.group.regions import region_table, tally
from bids_vlint.inference.calibrated.sites import BOTH_MODALITIES, INTEGRATION
from bids_vlint.reports import html, words
from bids_vlint.reports.figures.summary import region_bars
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
from bids_vlint.reports.sections.inferences import methods_of
from bids_vlint.reports.sections.nulls import mean_stimulus, read_kept
from bids_vlint.reports.sections.sites_table import add_sites_table

if TYPE_CHECKING:
    import mne


def group_report(out: Path) -> Path:
    """Make `group.html`.

    Parameters
    ----------
    out : Path
        The output folder.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    InputError
        No participant has results (66), or one cannot be read (65).
    """
    fits = read_fits(out)
    tests, sites = tests_of(fits), stack_sites(fits)
    notes = [f"sub-{fit.name.subject}: {note}" for fit in fits for note in fit.record.get("notes", [])]
    report = html.new_report("Vision and language in the brain: group")
    seeds = most_seeds(fit.record for fit in fits)
    add_counts(report, sites, tests, _who(sites), seeds=seeds)
    kept = read_kept(out, fits)
    add_inferences(report, fits, sites, tests, kept)
    add_planted(report, sites, tests)
    _add_participants(report, fits, sites)
    _add_differences(report, fits)
    _add_notes(report, fits)
    curves = {alignment: joined(parts) for alignment, parts in read_curves(out, fits).items()}
    add_mean_curves(report, sites, curves, mean_stimulus(kept))
    add_brain(report, sites, notes)
    _add_unplaced(report, fits)
    _add_regions(report, region_table(sites, tests), tests)
    add_sites_table(report, sites, tests)
    add_networks(report, model_table(read_scores(out, fits)))
    settings = fits[0].record.get("settings") or {}
    said = html.methods(sentences(settings, sites, tests, seeds, methods_of(fits)))
    html.add_html(report, said, "Methods and references", "Methods")
    return html.save(report, layout.group_file(out, layout.GROUP_REPORT))


def _who(sites: pd.DataFrame) -> str:
    return words.number(sites["participant_id"].nunique(), "participant")


def _add_participants(report: mne.Report, fits: Sequence[FitResult], sites: pd.DataFrame) -> None:
    rows = []
    for subject, part in sites.groupby("participant_id", sort=False):
        own = [fit for fit in fits if f"sub-{fit.name.subject}" == subject]
        row = {"participant": subject, "fits": len(own), "electrodes": len(part)}
        for alignment in ("language", "vision"):
            logs = [(fit.record.get("events") or {}).get(alignment) or {} for fit in own]
            row[f"events, {alignment}"] = sum(int(log.get("used") or 0) for log in logs)
        for what in (INTEGRATION, BOTH_MODALITIES, "multimodal_beats_unimodal", "multimodal_beats_linear"):
            n, tested = tally(part, f"{what}_either")
            row[words.spoken(what)] = f"{n} of {tested}"
        row["with a region"] = int(part["region"].notna().sum())
        rows.append(row)
    html.add_html(report, html.table(pd.DataFrame(rows)), "Participants", "Participants")


def _add_differences(report: mne.Report, fits: Sequence[FitResult]) -> None:
    """Settings that were not the same for everybody."""
    differing = settings_differing(fits)
    if not differing:
        content = html.paragraph("All participants were analysed with the same settings.")
    else:
        rows = [
            {"setting": setting, "value": value, "participants": ", ".join(subjects)}
            for setting, by_value in differing.items()
            for value, subjects in by_value.items()
        ]
        warning = "Caution: participants were analysed with different settings; their results may not be comparable."
        content = html.paragraph(warning, lead=True) + html.table(pd.DataFrame(rows))
    html.add_html(report, content, "Settings that differ", "Participants")


def _add_notes(report: mne.Report, fits: Sequence[FitResult]) -> None:
    """What the fits noted, each once: stand-ins for networks, cut texts, languages, estimated line frequencies."""
    counts = Counter(str(note) for fit in fits for note in dict.fromkeys(fit.record.get("notes", [])))
    if counts:
        said = [f"{note} ({n} of {words.number(len(fits), 'fit')})" for note, n in counts.items()]
        html.add_html(report, html.bullets(said), "Notes", "Participants")


def _add_unplaced(report: mne.Report, fits: Sequence[FitResult]) -> None:
    """Electrodes without a region, and what their fits say about it."""
    said = []
    for fit in fits:
        notes = [str(x) for x in fit.record.get("notes", []) if re.search("region|coordinates", str(x), re.IGNORECASE)]
        if lost := int(fit.sites["region"].isna().sum()):
            said.append(f"{fit.name.stem}: {lost} of {len(fit.sites)} electrodes. {' '.join(notes)}")
    if not said:
        return
    html.add_html(report, html.bullets(said, bold_start=True), "Electrodes without a region", "Regions")


def _add_regions(report: mne.Report, regions: pd.DataFrame, tests: Sequence[str]) -> None:
    """The regions of every atlas, as bars and in numbers."""
    for atlas, rows in regions.groupby("atlas", sort=True):
        caption = "In brackets, the number of electrodes; regions with most electrodes are shown, all are in the table."
        html.add_figure(report, region_bars(rows), f"Regions: {atlas}", "Regions", caption)
        html.add_html(report, html.table(_in_words(rows, tests)), f"Regions in numbers: {atlas}", "Regions")


def _in_words(rows: pd.DataFrame, tests: Sequence[str]) -> pd.DataFrame:
    shown = rows[["region", "n_electrodes", "n_participants"]].rename(
        columns={"n_electrodes": "electrodes", "n_participants": "participants"}
    )
    for what in (INTEGRATION, BOTH_MODALITIES, *tests):
        for which in ("either", "both"):
            n, tested = rows[f"{what}_{which}_n"], rows[f"{what}_{which}_tested"]
            shown[f"{words.spoken(what)}, {which}"] = [f"{a} of {b}" for a, b in zip(n, tested)]
    return shown
