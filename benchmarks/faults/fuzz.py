"""Spoilt inputs of every kind, and what the program makes of them.

    python -m benchmarks.faults.fuzz [--n 10000] [--seed 0] [--folder DIR] [--only NAME]

Each trial spoils one file (tables, JSON, signals, film, features, TOML of a tiny study, or its results) and runs the
participant level, the group level, `status`, `report` or a dry run in a process of its own. Wrong is

- a traceback, or "an error of the program's own";
- no end within 60 s;
- an input that changed;
- exit code 0 with other numbers and no more said than without the fault, where the fault can be told: a file that is
  cut, empty, a pointer, or no file at all. (Another number in a table, or another bit in a signal, nobody can tell.)

Prints each trial that is wrong, with its seed; the exit code is 1 where there is one. It needs a checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.faults.ground import tables, tiny_study, words_of
from benchmarks.faults.mutations import OF_KIND, mutations_of
from bids_vlint.cli.main import main as program
from tests.acceptance import datasets, running
from tests.acceptance.datasets import Study

_LONGEST_S = 60.0
TOLD = {*OF_KIND, "cut"}  # faults that can be told from what was meant
_NUMBERS = ("_channels.tsv", "_statistics.tsv")


def run_apart(words: Sequence[str], said: Path) -> int | None:
    """Run the program in a copy of this process; its exit code, None where it does not end."""
    child = os.fork()
    if not child:
        os.setsid()
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        code = 70
        try:
            for place in running.REPORTS:  # pages are made where they are asked for: they take most of the time
                module, name = place.rsplit(".", 1)
                setattr(import_module(module), name, lambda out, *_, **__: out)
            code = program(list(words))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    end = time.monotonic() + _LONGEST_S
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def targets(study: Study, out: Path) -> list[Path]:
    """Every file that may be spoilt, each kind as often as another."""
    files = [f for folder in (study.root, study.models.parent, out) for f in folder.rglob("*") if f.is_file()]
    return [f for f in files if "logs" not in f.parts and f.suffix not in (".html", ".lock")]


def commands(study: Study, out: Path, work: Path, of_results: bool) -> list[list[str]]:
    """Command lines that read what is spoilt."""
    if of_results:
        return [[str(study.root), str(out), "group"], ["status", str(out)], ["report", str(out)],
                words_of(study, out, work), words_of(study, out, work, overwrite=None)]  # fmt: skip
    new = out.parent / "new"
    return [words_of(study, new, work), words_of(study, new, work, dry_run=None)]


def said_of(said: Path) -> set[str]:
    """Lines of a log without their times, and without those of progress."""
    lines = said.read_text(errors="replace").splitlines() if said.is_file() else []
    return {line[9:] for line in lines if " INFO " not in line or ": " in line[14:]}


def numbers(out: Path) -> dict[str, str]:
    """The digests of the tables of results."""
    return {name: digest for name, digest in tables(out).items() if name.endswith(_NUMBERS)}


def trial(ground: Path, study: Study, seed: int, only: str | None) -> tuple[str, list[str]]:
    """What was done, and what is wrong with what came of it."""
    rng = random.Random(seed)
    copy = datasets.copy_of(study, place := ground / f"trial-{seed}")
    shutil.copytree(ground / "out", out := place / "out")
    file = rng.choice([f for f in targets(copy, out) if only is None or only in f.name])
    kind, spoil = rng.choice(sorted(mutations_of(file).items()))
    of_results = out in file.parents
    words = rng.choice(commands(copy, out, place / "work", of_results))
    spoil(file, rng)
    what = f"{seed}: {kind} in {file.relative_to(place)}, {words[0] if words[0] in ('status', 'report') else words[2]}"
    before = datasets.checksums(copy.root) if not of_results and kind not in ("pipe", "device") else None
    code, said = run_apart(words, place / "said.txt"), place / "said.txt"
    text, wrong = said.read_text(errors="replace"), []
    if code is None:
        wrong.append(f"no end within {_LONGEST_S:g} s")
    if "Traceback" in text or "of the program's own" in text or (code or 0) in (70, -signal.SIGSEGV, -signal.SIGABRT):
        wrong.append(next((line for line in text.splitlines() if "own" in line or "Error" in line), "a traceback"))
    if before is not None and datasets.checksums(copy.root) != before:
        wrong.append("the input changed")
    new = place / ("out" if of_results else "new")
    if code == 0 and kind in TOLD and "--dry-run" not in words and words[0] not in ("status", "report"):
        other = numbers(new) != numbers(ground / "out")
        quiet = not said_of(said) - said_of(ground / "said.txt") and not _noted(new, ground / "out")
        if other and quiet:
            wrong.append("other numbers without a word")
    if not wrong:
        shutil.rmtree(place)
    return f"{what}: exit {code}", wrong


def _noted(new: Path, old: Path) -> bool:
    """Whether records say something that the undisturbed ones do not."""
    return _notes(new) != _notes(old)


def _notes(out: Path) -> list[str]:
    files = sorted(out.glob("sub-*/**/*sites_channels.json"))
    return [note for file in files for note in json.loads(file.read_text())["Fit"]["notes"]]


def main() -> None:
    """Try spoilt inputs, and say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first trial; the next have the next")
    parser.add_argument("--folder", type=Path, help="where trials that are wrong are kept")
    parser.add_argument("--only", help="spoil files with this in their names alone")
    args = parser.parse_args()
    codes, failed = Counter[str](), 0
    with tempfile.TemporaryDirectory() as temporary:
        ground = args.folder or Path(temporary)
        ground.mkdir(parents=True, exist_ok=True)
        study = tiny_study(ground, ("01",))
        if run_apart(words_of(study, ground / "out", ground / "work"), ground / "said.txt"):
            sys.exit((ground / "said.txt").read_text())
        for k in range(args.n):
            what, wrong = trial(ground, study, args.seed + k, args.only)
            codes[what.rsplit(" ", 1)[-1]] += 1
            failed += bool(wrong)
            if wrong:
                print(f"{what}: {'; '.join(wrong)}", flush=True)
            elif k % 100 == 99:
                print(f"{k + 1} done, {failed} wrong; exit codes {dict(codes)}", flush=True)
    print(f"{failed} of {args.n} are wrong; exit codes {dict(codes)}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
