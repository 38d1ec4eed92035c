"""The methods paragraph's sentences on encoding and inference: calibrated, published, and what is said besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from bids_vlint.encoding.blocks import BLOCK_S
from bids_vlint.encoding.folds import N_FOLDS
from bids_vlint.encoding.plan import BLOCKS_OF_MORE, EVENTS_OF_MORE, MOST_FOLDS
from bids_vlint.inference.calibrated.evidence import CORRECTED
from bids_vlint.study.stimulus import ALIGNMENTS

Sentences = list[tuple[str, tuple[str, ...]]]

RANDOM_AND_LINEAR = (
    "networks were compared with randomly initialised twins{several}, with a linear control (the best language "
    "network's features joined with the best vision network's, or either alone where that validates better), and with "
    "low-level features of the stimulus (word rate, position, length and frequency, sound, picture and cuts)"
)


def encoding(settings: Mapping[str, Any], seeds: int) -> Sentences:
    """How responses were encoded; `seeds`: how many random twins a network has at most."""
    several = f" (with the mean of a network's twins where it has several, at most {seeds})" if seeds > 1 else ""
    if "calibrated" not in _asked(settings):
        return []
    cut = _width(settings)
    text = (
        "Features of vision, language and multimodal networks for the frame and the sentence of each event predicted "
        f"every electrode and lag by ridge regression in {N_FOLDS} folds, or as many more up to {MOST_FOLDS} as leave "
        f"each held-out part {BLOCKS_OF_MORE} blocks of {BLOCK_S:g} s and {EVENTS_OF_MORE} events, cut in stimulus "
        "time so that every presentation of a second of film lies in one fold, and with a gap between training and "
        "held-out events beyond the reach of "
        "windows and filters; both halves of each held-out part were tested, each with penalty, layer and network "
        f"chosen on the other, and the score is the Pearson correlation; {RANDOM_AND_LINEAR.format(several=several)}"
    )
    return [(text + cut, ("subramaniam2024", "hoerl1970", "feghhi2024"))]


def _asked(settings: Mapping[str, Any]) -> Collection[str]:
    asked = settings.get("inference") or ("calibrated",)
    return (asked,) if isinstance(asked, str) else asked


def _width(settings: Mapping[str, Any]) -> str:
    cut = (
        ""
        if settings.get("width") == "raw"
        else ("; features of every side were cut to as many principal components as the narrowest modality has columns")
    )
    return cut + ("; every network was joined with the low-level features" if settings.get("on_low_level") else "")


def inference(settings: Mapping[str, Any], p_from: Collection[str], sites: pd.DataFrame) -> Sentences:
    """How networks were compared.

    Parameters
    ----------
    settings : mapping
    p_from : collection of str
        Where the calibrated p come from, as the table of tests says.
    sites : DataFrame
    """
    said: Sentences = []
    if "calibrated" in _asked(settings):
        said += [*_calibrated(settings, p_from), *_besides(sites)]
    if "published" in _asked(settings):
        said += _published(settings)
    return said


def _calibrated(settings: Mapping[str, Any], p_from: Collection[str]) -> Sentences:
    first, _, last = str(settings.get("bins", "0:2")).partition(":")
    resamples, shifts = settings.get("n_bootstraps", "many"), settings.get("n_shifts", "many")
    corrected: Sentences = [(
        "Where a recording was too short for shifts, or none were asked for, that t was divided by sqrt(1 + (K - 1) "
        "n_test / n_train), because the folds train each other, and p multiplied by the ratio of candidates where the "
        "model side had more", ("nadeau2003",),
    )]  # fmt: skip
    shifted: Sentences = [(
        "The t of these sums over blocks of 5 s of film was set against the t of the same electrode under "
        f"{shifts} circular shifts of its responses within each run, for each of which the whole cross-validation was "
        "repeated with every choice of penalty, layer and network; the null's spread was estimated per electrode and "
        "moderated towards that of all electrodes, and its mean taken off only where positive",
        ("valente2021", "smyth2004"),
    )]  # fmt: skip
    return [
        (
            f"Calibrated inference: networks were compared at each electrode by the difference in held-out r over "
            f"windows of 200 ms, one after the other from {first} to {last} s after onset, weighted by how well the "
            "best trained network predicts there on the other half",
            (),
        ),
        *(shifted if set(p_from) != {CORRECTED} else []),
        *(corrected if CORRECTED in p_from else []),
        (
            f"Intervals are 95 % percentiles of {resamples} resamples of blocks within each held-out half; those of "
            "differences were widened by the spread of the null",
            ("kunsch1989",),
        ),
        (
            "The false discovery rate was controlled at 0.05 per test over one participant's electrodes and both "
            "alignments (with q that holds under any dependence beside it); a test is passed only where trained "
            "networks beat random ones; an electrode is called integration where the best multimodal network beats "
            "the linear control and, joined with the low-level features, the low-level features alone, and both "
            "modalities where it beats vision and language networks but is not integration",
            ("benjamini1995", "benjamini2001"),
        ),
    ]


def _besides(sites: pd.DataFrame) -> Sentences:
    """What is said besides the tests, where it was made."""

    def made(ending: str) -> bool:
        columns = [f"{a}_{ending}" for a in ALIGNMENTS if f"{a}_{ending}" in sites]
        return bool(sites[columns].notna().to_numpy().any())

    said: Sentences = [(
        "As further nulls, recordings were set against another part of what was seen, and the low-level features of "
        "the stimulus were put in the brain's place", ("harris2020", "schoenmann2026"),
    )]  # fmt: skip
    if made("peak_lag"):
        said.append((
            "Latencies are those of a course deconvolved over neighbouring events: what held-out R² loses without the "
            "features within 0.1 s of a lag, against the same under circular shifts", ("smith2015",),
        ))  # fmt: skip
    if made("shared"):
        said.append((
            "Held-out R² was parted into what is unique to vision, unique to language, shared, and added by a "
            "multimodal network alone, by banded ridge regression with one penalty per modality",
            ("duprelatour2022", "deheer2017"),
        ))  # fmt: skip
    if made("ceiling"):
        said.append((
            "The noise ceiling is the square root of the correlation between responses to repeats of the same film "
            "second", ("schoppe2016", "lagecastellanos2019"),
        ))  # fmt: skip
    return said


def _published(settings: Mapping[str, Any]) -> Sentences:
    resamples = settings.get("n_bootstraps", "many")
    text = (
        f"Published inference, as it was published: every network was refitted on {resamples} resamples of events in 5 "
        "contiguous folds without a gap; a bin counts where the lower bound of the validation correlation's 95 % "
        "interval is above zero, scores are means over counted bins, ten counted bins of both models are needed, and "
        "the false discovery rate was controlled at 0.05 over electrodes and alignments. Reconstructed, because the "
        "published code lacks them: that the intervals are percentiles, each electrode's best layer by validation, "
        "the best network of a side by the score that is compared, and the p-value, by a second bootstrap over the "
        "counted bins, which takes overlapping bins as a sample. The linear control joins each electrode's best "
        "language and vision network by validation, where the code has one fixed pair"
    )
    return [(text, ("subramaniam2024", "benjamini1995"))]
