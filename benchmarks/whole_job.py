"""The whole job of the paper by its parts: how each grows with events, features, electrodes, ..., and what that makes.

    python -m benchmarks.whole_job FOLDER                      # every axis: a base, and one count changed in turn
    python -m benchmarks.whole_job FOLDER --axes electrodes    # some of them; what lies in FOLDER is not made again

A small study (one participant, precomputed features, both alignments, parts included) is run by the command line, then
again with one count changed at a time. The processor time of each part gives the power with which it grows along each
axis. The base has as many shifts as the paper's job, and nearly as many features, so that what they make large is
large there, too; its recording is long enough for ten folds. A run of two larger counts at once, whose time was
foretold from these, shows how far that holds. Then each part is scaled to the paper's counts (7 participants with 156
electrodes, 14 networks with their twins, 6,000 events): with one candidate a network, as its default layer gives, and
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
from functools import partial
from pathlib import Path
from unittest.mock import patch

import h5py
import numpy as np

from bids_vlint import log
from bids_vlint.cli.main import main as bids_vlint
from tests.acceptance import datasets, models, running

NETWORKS = {"eye": "vision", "ear": "language", "fusion": "multimodal"} | models.PARTS
ALL_LAYERS = 12
_EVERY_S = 0.02


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
# Each axis alone, then two of them at once, which is foretold.
CHANGED: dict[str, dict[str, float]] = {
    "events": {"events": 3600, "seconds": 1800.0},
    "features": {"features": 384},
    "electrodes": {"electrodes": 18},
    "participants": {"participants": 2},
    "layers": {"layers": 2},
    "shifts": {"shifts": 10},
    "threads": {"threads": 2},
}
CHECK: dict[str, float] = {"features": 384, "electrodes": 18}
# 156 electrodes of 7 participants; recordings of about 45 minutes of film with 6,000 words and 1,000 cuts.
PAPER = Counts(6000, 768, 22, 7, 14, 1, 40, 2700.0)


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


def powers(base: dict[str, float], larger: dict[str, float], factor: float) -> dict[str, float]:
    """With which power of a count each part grows; 0 for one that takes less than a second."""
    return {part: float(np.clip(np.log(larger.get(part, 0.01) / t) / np.log(factor), 0, 3)) if t > 1 else 0.0
            for part, t in base.items()}  # fmt: skip


def main() -> None:
    """Measure, foretell, compare, scale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--axes", nargs="*", default=list(CHANGED), choices=list(CHANGED))
    parser.add_argument("--layers", type=int, default=ALL_LAYERS, help="candidates of a network with all its layers")
    parser.add_argument("--no-reports", action="store_true", help="leave the reports and the group level out")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    measured = partial(run, given.folder, reports=not given.no_reports)
    base, grows = measured(BASE), dict[str, dict[str, float]]()
    print(f"base: {asdict(BASE)}")
    print(f"| part | base, s of CPU | {' | '.join(given.axes)} |\n|---|---|{'---|' * len(given.axes)}")
    found = {axis: measured(replace(BASE, **CHANGED[axis])) for axis in given.axes}  # type: ignore[arg-type]
    for part in sorted(base, key=base.__getitem__, reverse=True):
        cells = " | ".join(f"{found[axis].get(part, 0.0) / base[part]:.1f}" for axis in given.axes)
        print(f"| {part} | {base[part]:.1f} | {cells} |")
    for axis in given.axes:
        grows[axis] = powers(base, found[axis], getattr(replace(BASE, **CHANGED[axis]), axis) / getattr(BASE, axis))  # type: ignore[arg-type]
    factors = ", ".join(f"{axis} {getattr(BASE, axis)} to {CHANGED[axis][axis]}" for axis in given.axes)
    print(f"Each axis: how many times the base ({factors}).")
    if set(CHECK) <= set(given.axes):
        told, own = scaled(base, grows, replace(BASE, **CHECK)), measured(replace(BASE, **CHECK))
        print(f"check at {CHECK}: foretold {sum(told.values()):.0f} s, measured {sum(own.values()):.0f} s of CPU")
    if set(CHANGED) - {"threads"} > set(given.axes):
        print("not scaled to the paper's job: that takes all axes but threads")
        return
    for layers in (1, given.layers):
        parts = scaled(base, grows, replace(PAPER, layers=layers))
        hours = ", ".join(f"{part} {seconds / 3600:.2f}" for part, seconds in parts.items() if seconds > 36)
        print(f"the paper's job, {layers} layers a network: {sum(parts.values()) / 3600:.1f} h of CPU ({hours})")


def scaled(base: dict[str, float], grows: dict[str, dict[str, float]], to: Counts) -> dict[str, float]:
    """What each part would take; networks count one by one, as they are analysed."""
    out = {}
    for part, seconds in base.items():
        factor = to.networks / BASE.networks if part in ("encoding", "stimulus swapped", "descriptions") else 1.0
        for axis, power in ((axis, own[part]) for axis, own in grows.items() if axis != "threads"):
            factor *= (getattr(to, axis) / getattr(BASE, axis)) ** power
        out[part] = seconds * factor
    return out


if __name__ == "__main__":
    main()
