"""The whole job of the paper by its parts: measured at small counts, and what the count of operations says of all.

    python -m benchmarks.whole_job FOLDER                      # every axis: a base, and one count changed in turn
    python -m benchmarks.whole_job FOLDER --axes electrodes    # some of them; what lies in FOLDER is not made again

A small study (one participant, precomputed features, both alignments, parts included) is run by the command line,
then again with one count changed at a time: processor seconds of each part. Beside them stands what `encoding.cost`
counts for the encoding, and for that with the stimulus swapped. The same count is then made for the paper's job (7
participants of 22 electrodes, 14 networks with their twins, 6,000 words and 1,000 cuts), with one layer a network and
with `--layers`. Forward passes of networks are not in it: benchmarks/extraction_speed.py. Its parts come from the
acceptance tests: run it from a checkout.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from unittest.mock import patch

import h5py
import numpy as np

from bids_vlint import log
from bids_vlint.cli.main import main as bids_vlint
from bids_vlint.encoding.cost import encoding_seconds, swapped_seconds
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.networks.features import Layers
from bids_vlint.networks.specification import Modality, Shown
from tests.acceptance import datasets, models, running

NETWORKS = {"eye": "vision", "ear": "language", "fusion": "multimodal"} | models.PARTS
ALL_LAYERS = 12
_EVERY_S = 0.02
_WORDS_A_CUT = 8


@dataclass(frozen=True)
class Counts:
    """What a run's time depends on; `events` are words (a fifth as many cuts come besides)."""

    events: int = 1800
    features: int = 768
    electrodes: int = 6
    participants: int = 1
    networks: int = 3
    layers: int = 1
    shifts: int = 40
    seconds: float = 900.0
    threads: int = 1


BASE = Counts()
# Each axis alone.
CHANGED: dict[str, dict[str, float]] = {
    "features": {"features": 384},
    "shifts": {"shifts": 10},
    "electrodes": {"electrodes": 18},
    "events": {"events": 3600, "seconds": 1800.0},
    "layers": {"layers": 2},
    "participants": {"participants": 2},
    "threads": {"threads": 2},
}
# 156 electrodes of 7 participants; recordings of about 45 minutes of film with 6,000 words and 1,000 cuts; networks
# that are shown both, pictures, and texts.
PAPER, PAPER_CUTS, PAPER_NETWORKS = Counts(6000, 768, 22, 7, 14, 1, 40, 2700.0), 1000, (5, 5, 4)
_LOW_LEVEL = 60


def run(folder: Path, counts: Counts, *, reports: bool) -> dict[str, float]:
    """Processor seconds of each part of a run, and of the group level where there are reports; measured once."""
    kept = folder / f"{'-'.join(str(v) for v in asdict(counts).values())}.json"
    if kept.is_file():
        return dict(json.loads(kept.read_text()))
    models.N_FEATURES.update(dict.fromkeys(models.N_FEATURES, counts.features))
    root = folder / kept.stem
    study = datasets.plain_study(
        root / "bids", subjects=[f"{k + 1:02d}" for k in range(counts.participants)],
        minutes=counts.seconds / 60, counts={"null": counts.electrodes}, sfreq=512.0, networks=NETWORKS,
        cut_every_s=4.0,
    )  # fmt: skip
    for file in (study.models.parent / "features").glob("*.h5"):
        with h5py.File(file, "r+") as features:
            late = features["late"][()]
            del features["early"], features["late"]
            noise = np.random.default_rng(0).standard_normal((counts.layers, *late.shape)).astype(np.float32)
            for k in range(counts.layers):
                features[f"layer{k:02d}"] = late + noise[k]
    spent: dict[str, float] = {}
    how: dict[str, object] = {"skip_bids_validation": True, "n_shifts": counts.shifts, "nprocs": f"{counts.threads}"}
    with contextlib.ExitStack() as stack:
        for place in () if reports else running.REPORTS:
            stack.enter_context(patch(place, lambda out, *_, **__: out))
        stack.enter_context(sampled(spent))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        if bids_vlint(study.argv(root / "out", **how)) or (reports and bids_vlint(study.argv(root / "out", "group"))):
            raise SystemExit(f"a run failed: {root}")
    kept.write_text(json.dumps(spent))
    return spent


@contextlib.contextmanager
def sampled(spent: dict[str, float]) -> Iterator[None]:
    """Note which part processor time goes to, by the innermost step of the log, every fiftieth of a second."""
    ended = threading.Event()

    def watch() -> None:
        last = time.process_time()
        while not ended.wait(_EVERY_S):
            steps, now = list(log._STEPS), time.process_time()
            name = part_of([step.label for step in steps])
            spent[name], last = spent.get(name, 0.0) + now - last, now

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def part_of(labels: list[str]) -> str:
    """A name for what is going on, without the participants' names."""
    known = {"signals": "responses", "blocks": "responses", "spectra": "descriptions of signals", "sound": "synchrony",
             "swapped": "stimulus swapped", "networks": "encoding", "descriptions": "descriptions",
             "report": "reports", "group": "group", "digests": "input read and checked"}  # fmt: skip
    for label in reversed(labels):
        plain = re.sub(r"sub-\S+", "", label)
        for word, part in known.items():
            if word in plain:
                return part
    return "the rest"


def networks_of(shown: tuple[int, int, int], features: int, layers: int) -> list[NetworkFeatures]:
    """So many networks that are shown both (with their parts), pictures, and texts, their twins, and the low level."""

    def network(
        name: str, modality: Modality, trained: bool, seen: Shown | None, whole: str | None = None
    ) -> NetworkFeatures:
        widths = {"low_level": _LOW_LEVEL} if seen is None else {f"{k}": features for k in range(layers)}
        return NetworkFeatures(name, modality, trained, Layers(widths, _unread), shown=seen, part_of=whole)

    found = [network("low_level", "low_level", True, None)]
    kinds: list[tuple[Modality, Shown]] = [("multimodal", "both"), ("vision", "image"), ("language", "text")]
    for (modality, seen), n in zip(kinds, shown):
        for name in (f"{modality}{k}" for k in range(n)):
            found += [network(name, modality, trained, seen) for trained in (True, False)]
            parts: tuple[Shown, ...] = ("image", "text") if seen == "both" else ()
            found += [network(f"{name}:{part}", modality, True, part, name) for part in parts]
    return found


def _unread(layer: str) -> np.ndarray:
    raise NotImplementedError(layer)


def counted(counts: Counts, networks: list[NetworkFeatures], cuts: int) -> dict[str, float]:
    """Seconds of the encoding, and of that with the stimulus swapped, by the count of operations."""
    plan = EncodingPlan(n_shifts=counts.shifts)
    return {
        part: counts.participants * sum(seconds(networks, n, counts.electrodes, plan) for n in (counts.events, cuts))
        for part, seconds in (("encoding", encoding_seconds), ("stimulus swapped", swapped_seconds))
    }


def main() -> None:
    """Measure, and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--axes", nargs="*", default=list(CHANGED), choices=list(CHANGED))
    parser.add_argument("--layers", type=int, default=ALL_LAYERS, help="of a network with all its layers")
    parser.add_argument("--no-reports", action="store_true", help="leave the reports and the group level out")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    sizes = {"base": BASE} | {axis: replace(BASE, **CHANGED[axis]) for axis in given.axes}  # type: ignore[arg-type]
    found = {name: run(given.folder, counts, reports=not given.no_reports) for name, counts in sizes.items()}
    print(f"base: {asdict(BASE)}; then {'; '.join(f'{axis}: {CHANGED[axis]}' for axis in given.axes)}")
    print(f"| part, s of CPU | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
    for part in sorted(found["base"], key=found["base"].__getitem__, reverse=True):
        print(f"| {part} | {' | '.join(f'{own.get(part, 0.0):.1f}' for own in found.values())} |")
    told = {name: counted(own, networks_of((1, 1, 1), own.features, own.layers), own.events // _WORDS_A_CUT)
            for name, own in sizes.items()}  # fmt: skip
    for part in told["base"]:
        print(f"| {part}, by count | {' | '.join(f'{own[part]:.1f}' for own in told.values())} |")
    for layers in (1, given.layers):
        parts = counted(PAPER, networks_of(PAPER_NETWORKS, PAPER.features, layers), PAPER_CUTS)
        hours = ", ".join(f"{part} {seconds / 3600:.1f} h" for part, seconds in parts.items())
        print(f"the paper's job by count, {layers} layers a network, CPU: {hours}")


if __name__ == "__main__":
    main()
