"""Plausible results of made-up participants, written through the program's own writers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.inference.correct import benjamini_hochberg
from bids_vlint.outputs.columns import all_tests
from bids_vlint.outputs.derivatives import start, write_encoding, write_events, write_sites
from bids_vlint.types import ALIGNMENTS, LAGS, Alignment, EventLog, FitName, FitRecord, Responses, Scores

NETWORKS = {"clip": "multimodal", "slip": "multimodal", "simclr": "vision", "sbert": "language"}
MODELS = (*NETWORKS, *(f"{name}-random" for name in NETWORKS), "linear")
KINDS = ("integration", "linear", "vision", "language", "null", "null")
PLACES = {
    "integration": (-44, -20, 8),
    "linear": (-56, -40, 12),
    "vision": (-40, -84, -4),
    "language": (-50, 24, 12),
    "null": (-40, -6, 50),
}
# How well multimodal, vision, language and linear predict each kind at the peak.
GAIN = {
    "integration": (0.32, 0.16, 0.18, 0.20),
    "linear": (0.30, 0.15, 0.16, 0.30),
    "vision": (0.22, 0.24, 0.02, 0.24),
    "language": (0.22, 0.02, 0.24, 0.24),
    "null": (0.0, 0.0, 0.0, 0.0),
}


def kinds(n: int) -> list[str]:
    """The planted kind of each electrode."""
    return [KINDS[k % len(KINDS)] for k in range(n)]


def models_with(seeds: int) -> tuple[str, ...]:
    """The models of the scores where clip has several random twins; their average comes before them."""
    at = MODELS.index("clip-random") + 1
    return (*MODELS[:at], *(f"clip-random-{k}" for k in range(1, seeds + 1) if seeds > 1), *MODELS[at:])


def scores(seed: int, n: int, models: tuple[str, ...] = MODELS) -> Scores:
    """Scores that rise after onset as each electrode's kind says."""
    rng = np.random.default_rng(seed)
    shape = np.exp(-0.5 * ((LAGS - 0.4) / 0.35) ** 2)
    columns = {"multimodal": 0, "vision": 1, "language": 2, "linear": 3}
    r = np.empty((len(models), n, len(LAGS)), np.float32)
    for m, model in enumerate(models):
        modality = "linear" if model == "linear" else NETWORKS[model.split("-")[0]]
        share = 0.3 if "-random" in model else 1.0
        for e, kind in enumerate(kinds(n)):
            noise = np.convolve(rng.standard_normal(len(LAGS)), np.ones(9) / 9, "same") * 0.03
            r[m, e] = share * GAIN[kind][columns[modality]] * shape + noise
    layer = np.array([[f"blocks.{m}.é{e}" for e in range(n)] for m in range(len(models))])
    penalty = rng.choice(10.0 ** np.arange(-1, 6), r.shape).astype(np.float32)
    if several := [m for m, model in enumerate(models) if model.startswith("clip-random-")]:
        mean = models.index("clip-random")
        r[mean], layer[mean], penalty[mean] = r[several].mean(0), "n/a", np.nan
    validation = r[..., LAGS >= 0].mean(-1)
    channels = tuple(f"LA{e + 1}" for e in range(n))
    return Scores(models, channels, LAGS, r, r - 0.04, r + 0.04, penalty, layer, validation)


def _tests(by_alignment: dict[Alignment, Scores], n: int, comparisons: tuple[str, ...], seeds: int = 1) -> pd.DataFrame:
    counted = {"trained_beats_random": (4, 3 + seeds), "multimodal_beats_unimodal": (2, 2)}
    table = pd.DataFrame(index=range(n))
    for test in all_tests(comparisons):
        p = np.full((n, 2), np.nan)
        for k, alignment in enumerate(ALIGNMENTS):
            if alignment not in by_alignment:
                continue
            table[f"{alignment}_{test}_n_model"], table[f"{alignment}_{test}_n_baseline"] = counted.get(test, (2, 2))
            r = dict(zip(by_alignment[alignment].models, by_alignment[alignment].validation))
            other = {"trained_beats_random": r["clip-random"], "multimodal_beats_linear": r["linear"]}
            diff = r["clip"] - other.get(test, np.maximum(r["simclr"], r["sbert"]))
            p[:, k] = 1 / (1 + np.exp(np.clip((diff - 0.01) * 800, -200, 200)))
            table[f"{alignment}_{test}_diff"], table[f"{alignment}_{test}_p"] = diff, p[:, k]
        q = benjamini_hochberg(p)
        for k, alignment in enumerate(ALIGNMENTS):
            if alignment in by_alignment:
                table[f"{alignment}_{test}_q"] = q[:, k]
                table[f"{alignment}_{test}"] = [bool(v <= 0.05) for v in q[:, k]]
        table[f"{test}_either"] = (np.nan_to_num(q, nan=1) <= 0.05).any(1)
        table[f"{test}_both"] = (np.nan_to_num(q, nan=1) <= 0.05).all(1)
    return table


def sites(
    by_alignment: dict[Alignment, Scores], n: int, comparisons: tuple[str, ...], *, planted: bool, seeds: int = 1
) -> pd.DataFrame:
    """A sites table with coordinates, and `planted` where asked."""
    table = _tests(by_alignment, n, comparisons, seeds)
    either = [c for c in table if c.endswith("_either")]
    table["tests_passed"] = table[either].sum(axis=1)
    table["name"], table["type"], table["units"] = [f"LA{e + 1}" for e in range(n)], "SEEG", "µV"
    for alignment in by_alignment:
        table[f"{alignment}_best_multimodal"], table[f"{alignment}_best_unimodal"] = "clip", "simclr"
        table[f"{alignment}_peak_lag"] = 0.4
    if planted:
        table["planted"] = kinds(n)
    return table


def place(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Give the electrodes MNI152 coordinates and the regions there."""
    from bids_vlint.group.atlas import place as place_contacts
    from bids_vlint.inputs.electrodes import Electrodes

    rng = np.random.default_rng(seed)
    centres = np.array([PLACES[k] for k in kinds(len(table))], float) * rng.choice([1, -1], (len(table), 1)) ** [
        1,
        0,
        0,
    ]
    xyz = pd.DataFrame(centres + rng.normal(0, 3, centres.shape), index=table["name"], columns=list("xyz"))
    electrodes = Electrodes(xyz.assign(size="4.2"), "MNI152NLin2009cAsym", "mm", Path("electrodes.tsv"))
    placed, _ = place_contacts({n: (n,) for n in table["name"]}, [electrodes])
    return table.merge(placed.reset_index(), on="name")


def record(seed: int, alignments: tuple[Alignment, ...], seeds: int = 1, **settings: object) -> FitRecord:
    """What a fit says of itself."""
    listed = [name for name in models_with(seeds) if name != "linear" and (seeds == 1 or name != "clip-random")]
    twins = [{"name": name, "modality": NETWORKS[name.split("-")[0]], "source": "precomputed",
              "trained": "-random" not in name} for name in listed]  # fmt: skip
    return FitRecord(
        recordings=[{"file": f"sub-{seed:02d}/ieeg/film_ieeg.vhdr", "minutes": 20.0, "sampling_frequency": 512.0}],
        stimuli=[{"stimulus": "film", "words": 2100, "scene_cuts": 240}],
        channels_dropped=[{"channel": "LA99", "reason": "status is bad"}],
        events={a: EventLog(2000, 1950, {"window leaves the recording": 20, "touches BAD": 30}) for a in alignments},
        models=twins,
        notes=["Regions are labels of Desikan-Killiany at the MNI152 coordinates."],
        settings={"reference": "laplacian", "band": "broadband", "n_bootstraps": 1000, "seed": 0, **settings},
    )


def events(alignment: Alignment, n: int = 40) -> pd.DataFrame:
    """An event table."""
    onset = 4.5 + np.arange(n) * 1.2345678
    return pd.DataFrame(
        {
            "onset": onset,
            "duration": 0.3 if alignment == "language" else np.nan,
            "trial_type": "word" if alignment == "language" else "scene_cut",
            "run": "1",
            "stimulus": "film",
            "movie_time": onset - 4.5,
            "text": [f"a sentence\twith {k} words" for k in range(n)],
        }
    )


def participant(
    out: Path,
    subject: str,
    seed: int,
    *,
    n: int = 18,
    alignments: tuple[Alignment, ...] = ALIGNMENTS,
    comparisons: tuple[str, ...] = ("clip_beats_simclr",),
    planted: bool = True,
    placed: bool = True,
    session: str | None = None,
    seeds: int = 1,
    **settings: object,
) -> FitName:
    """Write one participant's fit."""
    bids_dir = out.parent / "bids"
    bids_dir.mkdir(exist_ok=True)
    start(out, bids_dir, version="0.1.0")
    name = FitName(subject, "film", session)
    models = models_with(seeds)
    by_alignment = {a: scores(seed + 100 * k, n, models) for k, a in enumerate(ALIGNMENTS) if a in alignments}
    table = sites(by_alignment, n, comparisons, planted=planted, seeds=seeds)
    table = place(table, seed) if placed else table
    for alignment, result in by_alignment.items():
        write_encoding(out, name, alignment, result, responses(seed, n) if alignment == "vision" else None)
        write_events(out, name, alignment, events(alignment))
    write_sites(out, name, table, record(seed, alignments, seeds, **settings), comparisons)
    return name


def responses(seed: int, n: int) -> Responses:
    """Random responses of the vision events."""
    data = np.random.default_rng(seed).standard_normal((40, n, len(LAGS))).astype(np.float32)
    return Responses(data, tuple(f"LA{e + 1}" for e in range(n)), LAGS, events("vision"))
