"""Spoilt inputs through the readers alone, without an analysis: many more of them in the same time.

    python -m benchmarks.faults.readers [--n 10000] [--seed 0] [--only NAME]

Each trial spoils one file of a tiny study or of its results. Of a study it plans and prepares the fits and reads
responses and features as a run does (indexing aside); results are read as reports, the group level, `status` and a
second run do. Wrong is

- whatever is raised that is no sentence for a user;
- what takes longer than 60 s;
- other events, channels, responses or features and no more said than without the fault, where the fault can be told
  (`fuzz.TOLD`).
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.faults.fuzz import TOLD, run_apart, targets
from benchmarks.faults.ground import tiny_study, words_of
from benchmarks.faults.mutations import mutations_of
from bids_vlint.derivatives.collection import read_fits, read_scores
from bids_vlint.errors import InputError
from bids_vlint.fit.features import networks_of_fit
from bids_vlint.fit.preparation import prepare_fit, used_events
from bids_vlint.fit.responses import responses_of_fit
from bids_vlint.fit.reuse import earlier_fits
from bids_vlint.fit.trial import try_inputs
from bids_vlint.group.collected import Collected
from bids_vlint.group.export import write_exports
from bids_vlint.log import logger, remarks
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


def read_study(settings: Settings) -> tuple[str, set[str]]:
    """Read everything that a run would; the digest of its numbers, and what is said of them."""
    with heard() as said:
        study, runs = open_study(settings)
        plans, failed, _ = plan_all(study, runs)
        for error in failed.values():
            raise error
        signals, how, numbers = signal_protocol(settings), feature_protocol(settings), hashlib.sha256()
        for plan in (plan for fits in plans.values() for plan in fits):
            fit = prepare_fit(plan, study.models, event_protocol(settings), signals, calibrated_reach(settings))
            said.update(fit.notes, try_inputs(fit, study.models, signals, how, place_protocol(settings)))
            with remarks() as notes:
                responses, flat, _ = responses_of_fit(fit, signals, 1)
                for alignment, own in responses.items():
                    said.add(f"{alignment}, {len(own.data)} events")  # as the log and the report say
                    networks = networks_of_fit(fit, alignment, study.models, how)
                    for table in (used_events(fit, alignment), pd.DataFrame({"name": own.channels})):
                        numbers.update(table.to_csv().encode())
                    for x in (own.data, *(layer for network in networks for layer in network.layers.values())):
                        numbers.update(np.ascontiguousarray(x).data)
            said.update(notes, flat)
    return numbers.hexdigest(), said


@contextmanager
def heard() -> Iterator[set[str]]:
    """The program's warnings, as they are said."""
    said: set[str] = set()
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.add(record.getMessage())  # type: ignore[method-assign]
    with patch.object(logger, "handlers", [handler]), patch.object(logger, "propagate", False):
        yield said


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


def trial(settings: Settings, files: list[Path], kept: Path, seed: int, whole: tuple[str, set[str]]) -> tuple[str, str]:
    """What was done, and what came of it: "fine", "said", the code of a sentence, or what is wrong with it; `whole` is
    what is read of the study without a fault."""
    rng = random.Random(seed)
    file = rng.choice(files)
    kind, spoil = rng.choice(sorted(mutations_of(file).items()))
    shutil.copyfile(file, kept)
    spoil(file, rng)
    signal.alarm(_LONGEST_S)
    try:
        if settings.output_dir in file.parents:
            with heard():
                read_results(settings.output_dir)
            came = "fine"
        else:
            numbers, said = read_study(settings)
            other, more = numbers != whole[0], bool(said - whole[1])
            came = "said" if more else "fine"
            if other and not more:
                came = "wrong: other numbers without a word" if kind in TOLD else "other numbers"
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
            whole = read_study(settings)
            for k in range(args.n):
                what, came = trial(settings, files, ground / "kept", args.seed + k, whole)
                counts[came.partition("\n")[0].partition(":")[0]] += 1
                if came.startswith("wrong"):
                    print(f"{what}: {came}", flush=True)
                if k % 100 == 99:
                    print(f"{k + 1} done in {time.monotonic() - begin:.0f} s: {dict(counts)}", flush=True)
    print(f"{counts['wrong']} of {args.n} are wrong: {dict(counts)}")
    sys.exit(bool(counts["wrong"]))


if __name__ == "__main__":
    main()
