"""Sections that a participant's and the group's report share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.layout import encoding_h5
from bids_vlint.derivatives.meanings import P_MEANING
from bids_vlint.inference.calibrated.sites import BOTH_MODALITIES, INTEGRATION
from bids_vlint.networks.identity import identity_of
from bids_vlint.reports import words
from bids_vlint.reports.figures.brain import glass_brain
from bids_vlint.reports.figures.curves import CURVES, Curve, electrode_curves
from bids_vlint.reports.figures.summary import network_dots
from bids_vlint.reports.figures.timecourse import mean_timecourse
from bids_vlint.reports.html import add_figure, add_html, bullets, paragraph, table
from bids_vlint.reports.sections.inferences import both_inferences, judgement
from bids_vlint.reports.sections.nulls import Kept, null_sentences
from bids_vlint.signals.windows import LAGS
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    import mne

TEST_OF_SITES = "multimodal_beats_unimodal"
MNI = ["mni_x", "mni_y", "mni_z"]


def lead(sites: pd.DataFrame, who: str) -> str:
    """The first sentences of a report."""
    integration = words.tally(sites, f"{INTEGRATION}_either")
    if not integration[1]:
        return f"{words.number(len(sites), 'electrode')} of {who}. Integration was not tested."
    alone = words.kinds_of_sites(sites).count(words.spoken(BOTH_MODALITIES))
    return (
        f"{words.number(len(sites), 'electrode')} of {who}. Integration: {words.share(*integration)}; there a "
        "multimodal network beats the linear control, which adds features of vision and of language without "
        "integrating them, and the low-level features of the stimulus. Both modalities: in "
        f"{words.number(alone, 'electrode')} more, a multimodal network beats vision and language networks, which is "
        "no evidence of integration."
    )


def add_counts(report: mne.Report, sites: pd.DataFrame, tests: Sequence[str], who: str, *, seeds: int = 1) -> None:
    """The results in words; `seeds`: how many random twins a network has at most."""
    explained = [f"{words.spoken(t)}: {words.meaning(t)}." for t in tests]
    content = paragraph(lead(sites, who), lead=True)
    content += bullets((words.counts(sites, what) for what in (*tests, INTEGRATION, BOTH_MODALITIES)), bold_start=True)
    if sites["participant_id"].nunique() > 1:
        content += paragraph("The same with the false discovery rate controlled over all participants together:")
        content += bullets(
            (words.counts_over_all(sites, w) for w in (*tests, INTEGRATION, BOTH_MODALITIES)), bold_start=True
        )
    if sides := words.sides(sites, tests, seeds=seeds):
        content += paragraph(sides)
    content += paragraph(words.ONE_FILM) + "<details><summary>What each test compares</summary>"
    content += bullets(explained, bold_start=True)
    content += paragraph("A test is passed where its q is at most 0.05, and trained networks beat random ones.")
    content += paragraph(P_MEANING)
    add_html(report, content + "</details>", "Results in words", "Summary")


def add_inferences(
    report: mne.Report, fits: Sequence[FitResult], sites: pd.DataFrame, tests: Sequence[str], kept: Kept
) -> None:
    """Both inferences side by side; what the nulls give, and what a yes and a no are worth."""
    add_html(report, both_inferences(fits, sites, tests), "Both inferences", "Summary")
    if said := [*null_sentences(kept), *judgement(fits)]:
        add_html(report, bullets(said, bold_start=True), "What a yes and a no are worth", "Summary")


def add_planted(report: mne.Report, sites: pd.DataFrame, tests: Sequence[str]) -> None:
    """What was found beside what was planted, where the data are simulated."""
    if "planted" not in sites or sites["planted"].isna().all():
        return
    content = paragraph(
        "These electrodes are simulated. Below, how many of each planted kind every test found in either alignment."
    )
    content += table(words.found_and_planted(sites, [*tests, INTEGRATION, BOTH_MODALITIES])) + bullets(
        words.misses(sites)
    )
    add_html(report, content, "Found and planted", "Summary")


def add_brain(report: mne.Report, sites: pd.DataFrame, notes: Sequence[str]) -> None:
    """A glass-brain picture, or the reason why there is none."""
    located = sites[MNI].notna().all(axis=1)
    if not located.any():
        reasons = [n for n in notes if "n/a" in n or "coordinates" in n] or ["No coordinates lead to MNI152 space."]
        content = paragraph("No brain picture is possible, because no electrode has a place in MNI152 space.")
        add_html(report, content + bullets(dict.fromkeys(reasons)), "Sites in the brain", "Brain")
        return
    shown = sites[located]
    caption = (
        f"{len(shown)} of {len(sites)} electrodes have a place in MNI152 space. Orange-red: integration (in either "
        "alignment); blue: both modalities alone; grey: neither."
    )
    figure = glass_brain(shown[MNI].to_numpy(float), words.kinds_of_sites(shown))
    add_figure(report, figure, "Sites in the brain", "Brain", caption)


def read_curves(out: Path, fits: Sequence[FitResult]) -> dict[Alignment, list[dict[str, Curve]]]:
    """The electrodes' curves per alignment and fit; a fit without an alignment has no electrodes in it."""
    curves: dict[Alignment, list[dict[str, Curve]]] = {}
    for alignment in ALIGNMENTS:
        parts = []
        for fit in fits:
            if encoding_h5(out, fit.name, alignment).is_file():
                parts.append(electrode_curves(read_encoding(out, fit.name, alignment), fit.sites, alignment))
            else:
                none = np.full((len(fit.sites), len(LAGS)), np.nan)
                parts.append(dict.fromkeys(CURVES, Curve(none, none, none)))
        if any(np.isfinite(part[name].r).any() for part in parts for name in CURVES):
            curves[alignment] = parts
    return curves


def joined(parts: Sequence[dict[str, Curve]]) -> dict[str, Curve]:
    """The curves of all fits' electrodes, in the order of the fits."""

    def stacked(name: str, array: str) -> np.ndarray:
        return np.concatenate([getattr(part[name], array) for part in parts])

    return {name: Curve(*(stacked(name, array) for array in ("r", "low", "high"))) for name in CURVES}


def add_mean_curves(
    report: mne.Report,
    sites: pd.DataFrame,
    curves: dict[Alignment, dict[str, Curve]],
    stimulus: dict[Alignment, np.ndarray],
) -> None:
    """Score time courses, averaged over the sites of each alignment (over all electrodes where there is none), above
    the stimulus in the brain's place, (n_lags,) each."""
    if not curves:
        add_html(report, paragraph("No scores are on disk."), "Score time courses", "Scores")
        return
    chosen, who = {}, {}
    for alignment, by_name in curves.items():
        passed = sites[f"{alignment}_{TEST_OF_SITES}"].fillna(False).to_numpy(dtype=bool)
        rows = np.flatnonzero(passed if passed.any() else np.ones(len(sites), dtype=bool))
        chosen[str(alignment)] = {name: curve.of(rows) for name, curve in by_name.items()}
        who[str(alignment)] = (
            words.number(len(rows), "site") if passed.any() else f"all {len(rows)} electrodes (no site)"
        )
    caption = (
        "Held-out correlation around the event, mean over the electrodes where the best multimodal network beats the "
        "best unimodal one. Best networks are chosen by validation at each electrode; random twin: the untrained "
        "counterpart of the best multimodal network. Bands: the electrodes' 95 % block-bootstrap intervals, averaged. "
        "Each point is a 200 ms window around its lag."
    )
    if stimulus:
        caption += (
            " Below, the stimulus in the brain's place: how well the network's features predict the low-level "
            "features of the stimulus itself at each lag. What rises before the event there rises in a brain that "
            "only follows the stimulus."
        )
    figure = mean_timecourse(chosen, LAGS, who, {str(a): r for a, r in stimulus.items()})
    add_figure(report, figure, "Score time courses", "Scores", caption)


def add_networks(report: mne.Report, models: pd.DataFrame) -> None:
    """How well each network predicts."""
    if models.empty:
        return
    caption = (
        "Held-out correlation, mean over all electrodes and lags at or after onset. Open: randomly initialised twin."
    )
    if any(identity_of(model).twin for model in models["model"]):
        caption += " Small and open: each of several random twins; large and open: their mean."
    add_figure(report, network_dots(models), "Networks, trained and random", "Networks", caption)
    shown = models.rename(columns=lambda c: c.removeprefix("n_").replace("r_", "r, "))
    add_html(report, table(shown), "Networks in numbers", "Networks")
