"""Spoilt inputs through the readers alone, without an analysis: many more of them in the same time.

    python -m benchmarks.faults.readers [--n 10000] [--seed 0] [--only NAME]

Each trial spoils one file of a tiny study or of its results, and plans, prepares and opens the study as a run would
(indexing aside), or reads the results as reports, the group level, `status` and a second run do. Wrong is whatever is
raised that is no sentence for a user, and what takes longer than 60 s.
"""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.faults.fuzz import run_apart, targets
from benchmarks.faults.ground import tiny_study, words_of
from benchmarks.faults.mutations import mutations_of
from bids_vlint.derivatives.collection import read_fits, read_scores
from bids_vlint.errors import InputError
from bids_vlint.fit.preparation import prepare_fit
from bids_vlint.fit.reuse import earlier_fits
from bids_vlint.fit.trial import try_inputs
from bids_vlint.group.collected import Collected
from bids_vlint.group.export import write_exports
from bids_vlint.settings import Settings
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.workflows.protocols import (
    calibrated_reach,
    event_protocol,
    feature_protocol,
    place_protocol,
    signal_protocol,
)
from bids_vlint.workflows.status import status_of
from bids_vlint.workflows.study import open_study, plan_all

_LONGEST_S = 60


def read_study(settings: Settings) -> None:
    """Plan, prepare and open everything that a run would."""
    study, runs = open_study(settings)
    plans, failed, _ = plan_all(study, runs)
    for error in failed.values():
        raise error
    signals = signal_protocol(settings)
    for plan in (plan for fits in plans.values() for plan in fits):
        fit = prepare_fit(plan, study.models, event_protocol(settings), signals, calibrated_reach(settings))
        try_inputs(fit, study.models, signals, feature_protocol(settings), place_protocol(settings))


def read_results(out: Path) -> None:
    """Read results as everything does that reads them."""
    status_of(out)
    earlier_fits(out, "01")
    fits = read_fits(out)
    list(read_scores(out, fits))
    write_exports(Collected(out, fits, "all"))


def runs_of(root: Path, **_: Any) -> list[Run]:
    """The recordings by their names alone."""
    files = sorted(root.glob("sub-*/ieeg/*_ieeg.vhdr"))
    return [Run(file, root, tuple(sorted(entities_of(file).items()))) for file in files]


def trial(settings: Settings, files: list[Path], kept: Path, seed: int) -> tuple[str, str]:
    """What was done, and what came of it: "fine", the code of a sentence, or what is wrong with it."""
    rng = random.Random(seed)
    file = rng.choice(files)
    kind, spoil = rng.choice(sorted(mutations_of(file).items()))
    shutil.copyfile(file, kept)
    spoil(file, rng)
    signal.alarm(_LONGEST_S)
    try:
        if settings.output_dir in file.parents:
            read_results(settings.output_dir)
        else:
            read_study(settings)
        came = "fine"
    except InputError as error:
        came = str(int(error.code))
    except BaseException:
        came = "wrong\n" + traceback.format_exc()
    finally:
        signal.alarm(0)
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)
        shutil.copyfile(kept, file)
    return f"{seed}: {kind} in {file.name}", came


def main() -> None:
    """Try spoilt inputs, and say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first trial; the next have the next")
    parser.add_argument("--only", default="", help="spoil files with this in their names alone")
    args = parser.parse_args()
    logging.getLogger("bids_vlint").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError(f"no end within {_LONGEST_S} s")))
    counts, begin = Counter[str](), time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        ground = Path(temporary)
        study, out = tiny_study(ground, ("01",)), ground / "out"
        if run_apart(words_of(study, out, ground / "work"), ground / "said.txt"):
            sys.exit((ground / "said.txt").read_text())
        settings = Settings(bids_dir=study.root, output_dir=out, models=str(study.models), work_dir=ground / "work",
                            alignment=("language",), n_shifts=0, n_bootstraps=10)  # fmt: skip
        files = [f for f in targets(study, out) if args.only in f.name and f.parent != out]
        with patch("bids_vlint.workflows.study.find_runs", runs_of):
            for k in range(args.n):
                what, came = trial(settings, files, ground / "kept", args.seed + k)
                counts[came.split("\n")[0]] += 1
                if came.startswith("wrong"):
                    print(f"{what}: {came}", flush=True)
                if k % 100 == 99:
                    print(f"{k + 1} done in {time.monotonic() - begin:.0f} s: {dict(counts)}", flush=True)
    print(f"{counts['wrong']} of {args.n} are wrong: {dict(counts)}")
    sys.exit(bool(counts["wrong"]))


if __name__ == "__main__":
    main()
