"""Plausible results of made-up participants, written through the program's own writers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.description import start
from bids_vlint.derivatives.quality_file import write_quality
from bids_vlint.derivatives.record import FitRecord
from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.score import Scores
from bids_vlint.files.json_file import read_json, write_json
from bids_vlint.files.variable import labelled
from bids_vlint.fit import results
from bids_vlint.fit.analysis import Analysis
from bids_vlint.group.export import said_of_exports
from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.inference.calibrated.share import reached_r
from bids_vlint.inference.correction import significant
from bids_vlint.inference.description import Described, Description, Material
from bids_vlint.inference.descriptions.ceiling import Ceiling, labelled_ceiling
from bids_vlint.inference.descriptions.course import labelled_course
from bids_vlint.inference.descriptions.partition import PARTS, Partition, labelled_partition
from bids_vlint.inference.descriptions.reached import REACHED
from bids_vlint.inference.descriptions.stimulus import STIMULUS
from bids_vlint.inference.descriptions.swapped import SWAPPED
from bids_vlint.inference.published.bootstrap import ARRAYS, Refitted
from bids_vlint.inference.published.rule import published_evidence
from bids_vlint.inference.timecourse import COURSE_LAGS, Course
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.identity import part_name
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.usability import EventLog
from bids_vlint.signals.windows import LAGS
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment
from tests.reports import recorded

NETWORKS = {"clip": "multimodal", "slip": "multimodal", "simclr": "vision", "sbert": "language"}
MODELS = (*NETWORKS, *(f"{name}-random" for name in NETWORKS), "low_level", "linear", "low_level+clip",
          "low_level+slip")  # fmt: skip
KINDS = ("integration", "linear", "vision", "language", "null", "null")
PLACES = {
    "integration": (-44, -20, 8),
    "linear": (-56, -40, 12),
    "vision": (-40, -84, -4),
    "language": (-50, 24, 12),
    "null": (-40, -6, 50),
}
# How well multimodal, vision, language, linear, low-level, and low-level with multimodal predict each kind at the peak.
GAIN = {
    "integration": (0.32, 0.16, 0.18, 0.20, 0.10, 0.33),
    "linear": (0.30, 0.15, 0.16, 0.30, 0.10, 0.31),
    "vision": (0.22, 0.24, 0.02, 0.24, 0.12, 0.24),
    "language": (0.22, 0.02, 0.24, 0.24, 0.12, 0.24),
    "null": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
}
SIDES = {"multimodal": 0, "vision": 1, "language": 2, "linear": 3, "low_level": 4, "low_level+": 5}
N_BLOCKS, N_SHIFTS = 100, 20
EVENTS = np.arange(0)
FOLDS = (Fold(EVENTS, (EVENTS, EVENTS)),) * 5  # how many is all that is read of them


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
    r = np.empty((len(models), n, len(LAGS)), np.float32)
    for m, model in enumerate(models):
        modality = "low_level+" if "+" in model else NETWORKS.get(model.split("-")[0], model)
        share = 0.3 if "-random" in model else 1.0
        for e, kind in enumerate(kinds(n)):
            noise = np.convolve(rng.standard_normal(len(LAGS)), np.ones(9) / 9, "same") * 0.012
            r[m, e] = share * GAIN[kind][SIDES[modality]] * shape + noise
    layer = np.array([[[f"blocks.{m}.é{e + h}" for e in range(n)] for m in range(len(models))] for h in (0, 1)])
    penalty = rng.choice(10.0 ** np.arange(-1, 6), r.shape).astype(np.float32)
    if several := [m for m, model in enumerate(models) if model.startswith("clip-random-")]:
        mean = models.index("clip-random")
        r[mean], layer[:, mean], penalty[mean] = r[several].mean(0), "n/a", np.nan
    validation = r[..., LAGS >= 0].mean(-1)
    channels = tuple(f"LA{e + 1}" for e in range(n))
    return Scores(models, channels, LAGS, r, r - 0.04, r + 0.04, penalty, layer, validation)


def networks_of(seeds: int, only: Collection[str] = tuple(NETWORKS), *, parts: bool = True) -> list[NetworkFeatures]:
    """The networks behind `models_with`; `parts`: with the runs of clip and slip on what they are shown alone."""
    layer = {f"blocks.{k}": np.zeros((1, 4), np.float32) for k in range(1)}
    out = [NetworkFeatures(name, modality, True, layer) for name, modality in NETWORKS.items()]
    for name, modality in NETWORKS.items():
        twins = range(1, seeds + 1) if seeds > 1 and name == "clip" else [None]
        out += [NetworkFeatures(name, modality, False, layer, twin) for twin in twins]
    both = [name for name, modality in NETWORKS.items() if modality == "multimodal" and parts]
    for name, shown in product(both, ("image", "text")):
        out.append(NetworkFeatures(part_name(name, shown), "multimodal", True, layer, shown=shown, part_of=name))
    out = [n for n in out if (n.part_of or n.name) in only]
    return [*out, NetworkFeatures("low_level", "low_level", True, layer)]


def encoded_of(result: Scores, seed: int, n_shifts: int = N_SHIFTS) -> Encoded:
    """Block sums whose totals are the mean scores after onset, with noise that all models share in part."""
    rng = np.random.default_rng(seed)
    n, counted = len(result.channels), np.isin(LAGS, np.round(np.arange(0.1, 2, 0.2), 3))
    part = np.repeat(np.arange(10), N_BLOCKS // 10)
    time = 5.0 * np.arange(N_BLOCKS)
    blocks = Blocks((), part % 2, part // 2, np.full(N_BLOCKS, "film"), time, N_BLOCKS // 10)
    noise = 0.0006 * rng.standard_normal((len(result.models), N_BLOCKS, n, 1 + n_shifts)).astype(np.float32)
    level = result.r[..., counted].mean(-1)
    noise[..., 0] += level[:, None] / N_BLOCKS
    score = np.zeros((len(result.models), 2, n, 1 + n_shifts), np.float32)
    score[..., 0] = level[:, None]
    notes = () if n_shifts else ("A held-out part has 5 blocks of 5 s, fewer than 8: p-values come from the corrected "
                                 "t (Nadeau and Bengio 2003) instead of circular shifts.",)  # fmt: skip
    bin_r = np.zeros((2, *noise.shape[2:], int(counted.sum())), np.float32)
    shift_s = np.zeros((1, n_shifts))
    return Encoded(result, noise, score, blocks, counted, counted, 0.25, n_shifts, FOLDS, shift_s, bin_r, notes=notes)


def described_of(result: Scores, swapped: dict[str, np.ndarray], seed: int, *, repeated: bool = False) -> Described:
    """A course that rises after onset, parts, and a noise ceiling where something was seen twice."""
    rng = np.random.default_rng(seed)
    n, n_bins = len(result.channels), 10
    some = np.array([kind != "null" for kind in kinds(n)])
    rise = 0.01 * np.exp(-0.5 * ((COURSE_LAGS - 0.35) / 0.15) ** 2)
    unique = some[:, None] * rise + 0.0005 * rng.standard_normal((n, len(COURSE_LAGS)))
    lags = [np.where(some, lag, np.nan) for lag in (0.15, 0.35, 0.1, 0.2, 0.3, 0.4)]
    course = Course(
        COURSE_LAGS, np.zeros(n, int), unique, unique - 0.001, unique + 0.001, np.full(n, 0.002), unique > 0.002, *lags
    )
    value = np.abs(rng.normal(0, 0.01, (len(PARTS), n))) * some
    parts = Partition(value, value - 0.004, value + 0.004, np.zeros((5, n)), np.zeros((4, 3, n)))
    top, names = np.full((n, n_bins), 0.5), list(result.channels)
    ceiling = Ceiling(top, top - 0.1, top + 0.1, top[:, 0], top[:, 0] - 0.1, top[:, 0] + 0.1, top**2, top, 2, 400)
    moved = {"test": list(swapped), "electrode": names, "p": np.stack([*swapped.values()])}
    part = np.repeat(np.arange(10), N_BLOCKS // 10)  # an event in each block, as `encoded_of` has them
    places = {"train": (part // 2 != np.arange(5)[:, None]).astype(np.int8), "event_block": np.arange(N_BLOCKS),
              "block_fold": part // 2, "block_half": part % 2, "block_time": 5.0 * np.arange(N_BLOCKS)}  # fmt: skip
    found = {
        "stimulus": labelled(STIMULUS.variables, {"lag": LAGS, "r": 0.1 * np.exp(-np.abs(LAGS) / 0.6)}),
        "course": labelled_course(course, names, [("clip", True)]),
        "partition": labelled_partition(parts, names),
        "swapped": labelled(SWAPPED.variables, moved),
        "reached": labelled(REACHED.variables, {"electrode": names, "sums": np.zeros((N_BLOCKS, n))} | places),
    }
    if repeated:
        found["ceiling"] = labelled_ceiling(ceiling, names, np.arange(0.1, 2, 0.2))
    return Described({"image": "simclr", "text": "sbert", "both": "clip"}, found)


def refitted_of(result: Scores) -> Refitted:
    """What a refitting bootstrap could have said of the same scores."""
    keep = [k for k, model in enumerate(result.models) if not model.startswith("low_level")]
    arrays = {name: result.r[keep] + (0.02 if "high" in name else -0.02 if "low" in name else 0) for name in ARRAYS}
    models = tuple(result.models[k] for k in keep)
    return Refitted(models, result.channels, LAGS, **arrays, layer=np.full((len(keep), len(result.channels)), "x"))


def outcome(
    result: Scores,
    seed: int,
    comparisons: tuple[str, ...] = (),
    *,
    seeds: int = 1,
    n_shifts: int = N_SHIFTS,
    published: bool = False,
    repeated: bool = False,
    bare: bool = False,
    also: Description | None = None,
    networks: Sequence[NetworkFeatures] | None = None,
) -> Analysis:
    """An alignment's results; `bare`: without what is said besides the tests; `also`: a description."""
    networks, encoded = networks or networks_of(seeds), encoded_of(result, seed, n_shifts)
    named = [Comparison(c, ("clip",), ("simclr",)) for c in comparisons]
    found = evidence(encoded, networks, named)
    rng = np.random.default_rng(seed)
    rule = published_evidence(refitted_of(result), networks, named, rng, 200) if published else None
    swapped = {test: rng.random(len(result.channels)) for test in found.null}
    reached = [significant(r) for r in reached_r(encoded, networks)]
    best = pd.DataFrame({"best_multimodal": "clip", "best_unimodal": "simclr", "best_r": reached},
                        index=pd.Index(result.channels, name="name"))  # fmt: skip
    described = None if bare else described_of(result, swapped, seed, repeated=repeated)
    if described is not None and also is not None:
        made = also.compute(Material(encoded, encoded, networks, responses(seed, len(result.channels))))
        described = Described(described.networks, {**described.found, also.name: made})
    return Analysis(result, found, described, rule, best, encoded.notes)


def place(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Give the electrodes (index: name) MNI152 coordinates and the regions there."""
    from bids_vlint.atlas.places import place as place_contacts
    from bids_vlint.study.electrodes import Electrodes

    rng = np.random.default_rng(seed)
    centres = np.array([PLACES[k] for k in kinds(len(table))], float) * rng.choice([1, -1], (len(table), 1)) ** [
        1,
        0,
        0,
    ]
    xyz = pd.DataFrame(centres + rng.normal(0, 3, centres.shape), index=table.index, columns=list("xyz"))
    electrodes = Electrodes(xyz.assign(size="4.2"), "MNI152NLin2009cAsym", "mm", Path("electrodes.tsv"))
    placed, _ = place_contacts({n: (n,) for n in table.index}, [electrodes])
    return table.join(placed)


def record(
    seed: int,
    alignments: tuple[Alignment, ...],
    seeds: int = 1,
    networks: Sequence[NetworkFeatures] | None = None,
    **settings: object,
) -> FitRecord:
    """What a fit says of itself."""
    twins = [{"name": n.label, "modality": n.modality, "shown": n.shown or "n/a", "part_of": n.part_of or "n/a",
              "source": "precomputed", "trained": n.trained} for n in networks or networks_of(seeds)]  # fmt: skip
    return FitRecord(
        recordings=[{"file": f"sub-{seed:02d}/ieeg/film_ieeg.vhdr", "minutes": 20.0, "sampling_frequency": 512.0}],
        stimuli=[{"stimulus": "film", "words": 2100, "scene_cuts": 240}],
        channels_dropped=[{"channel": "LA99", "reason": "status is bad"}],
        events={a: EventLog(2000, 1950, {"window leaves the recording": 20, "touches BAD": 30}) for a in alignments},
        models=twins,
        notes=["Regions are labels of Desikan-Killiany at the MNI152 coordinates."],
        settings={
            "reference": "laplacian",
            "band": "broadband",
            "n_bootstraps": 1000,
            "seed": 0,
            "n_shifts": 40,
            "bins": "0:2",
            "width": "equal",
            "on_low_level": False,
            "high_pass": 0.1,
            **settings,
        },
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


def channels(n: int, seed: int, *, planted: bool, placed: bool) -> pd.DataFrame:
    """The electrodes, with coordinates and `planted` where asked."""
    table = pd.DataFrame({"type": "SEEG", "units": "µV"}, index=pd.Index([f"LA{e + 1}" for e in range(n)], name="name"))
    if planted:
        table["planted"] = kinds(n)
    return place(table, seed) if placed else table


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
    n_shifts: int = N_SHIFTS,
    published: bool = False,
    repeated: bool = False,
    bare: bool = False,
    also: Description | None = None,
    only: Collection[str] = tuple(NETWORKS),
    parts: bool = True,
    n_runs: int = 0,
    **settings: object,
) -> FitName:
    """Write one participant's fit; `only` with some of the networks, `parts` with the runs of clip and slip on each of
    what they are shown; `n_runs`: with how so many recordings are."""
    bids_dir = out.parent / "bids"
    bids_dir.mkdir(exist_ok=True)
    start(out, bids_dir, version="0.1.0", group=said_of_exports())
    name = FitName(subject, "film", session)
    found, networks = {}, networks_of(seeds, only, parts=parts)
    for k, alignment in enumerate(a for a in ALIGNMENTS if a in alignments):
        result = scores(seed + 100 * ALIGNMENTS.index(alignment), n, models_with(seeds))
        found[alignment] = outcome(result, seed + k, comparisons, seeds=seeds, n_shifts=n_shifts, published=published,
                                  repeated=repeated, bare=bare, also=also, networks=networks)  # fmt: skip
    for alignment, result in found.items():
        results.write_alignment(out, name, alignment, result, responses(seed, n, alignment), bins=(0.0, 2.0),
                                save_responses=alignment == "vision")  # fmt: skip
    inference = ("calibrated", "published") if published else ("calibrated",)
    lacking = {a: one.evidence.lacking for a, one in found.items() if one.evidence is not None}
    about = replace(record(seed, alignments, seeds, networks, **{"inference": inference, **settings}), lacking=lacking)
    about.notes.extend(dict.fromkeys(note for result in found.values() for note in result.notes))
    if n_runs:
        about = replace(about, synchrony=[recorded.followed(run) for run in recorded.recordings(n_runs)])
        write_quality(out, name, recorded.quality([f"LA{e + 1}" for e in range(n)], seed, n_runs))
    fit = results.fit_of(channels(n, seed, planted=planted, placed=placed), found, about)
    results.write_fits(out, {name: fit}, comparisons)
    return name


def without_marks(out: Path, name: FitName) -> None:
    """Leave out what tells that files were changed, as versions before it did."""
    sidecar = layout.sidecar(layout.sites_tsv(out, name))
    content = read_json(sidecar)
    content["Fit"].pop("files")
    content.pop("Digest")
    write_json(sidecar, content)


def responses(seed: int, n: int, alignment: Alignment = "vision") -> Responses:
    """Random responses."""
    data = np.random.default_rng(seed).standard_normal((40, n, len(LAGS))).astype(np.float32)
    return Responses(data, tuple(f"LA{e + 1}" for e in range(n)), LAGS, events(alignment))
