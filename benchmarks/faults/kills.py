"""Runs that are ended at any moment, and what the next run makes of what they left.

    python -m benchmarks.faults.kills [--n 200] [--seed 0] [--folder DIR]

Each trial starts a run of two participants (one or two processes; into an empty folder, or with --overwrite over
results of another seed), sends it TERM, INT, HUP or KILL after a random time or at a random call that changes a
file (in whichever of its processes that comes), and looks:

- is any of its processes alive 10 s later?
- are the old results of each participant whole, or its new ones?
- is the input as it was?
- does the next run end well, with the tables of an undisturbed one, and with its files and no others?

Prints a line for each trial and each failure; the exit code is 1 where one failed. It needs a checkout, and Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.ground import names, tables, tiny_study, words_of
from tests.acceptance import datasets
from tests.acceptance.datasets import Study

SIGNALS = ("TERM", "INT", "HUP", "KILL")
SUBJECTS = ("01", "02")
_PATIENCE_S = 10.0
_MOST_CALLS = 400
# Ends the process that makes the nth call that changes a file, of all its kind; loaded by every Python process.
_AT_CALL = """
import os, sys
_LEFT = [int(os.environ["FAULT_CALL"])]
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.utime", "os.chmod", "os.symlink")
def _hook(event, words):
    if event in _CHANGES or (event == "open" and isinstance(words[2], int) and words[2] & (os.O_WRONLY | os.O_RDWR)):
        _LEFT[0] -= 1
        if _LEFT[0] == 0:
            os.kill(os.getpid(), int(os.environ["FAULT_SIGNAL"]))
sys.addaudithook(_hook)
"""


@dataclass(frozen=True)
class Trial:
    """How a run is ended: after seconds, or at a call."""

    how: str
    nprocs: int
    overwrite: bool
    seconds: float | None
    call: int | None

    def __str__(self) -> str:
        when = f"after {self.seconds:.1f} s" if self.call is None else f"at call {self.call}"
        return f"{self.how} {when}, {self.nprocs} processes{', --overwrite' if self.overwrite else ''}"


def drawn(rng: random.Random, longest: float) -> Trial:
    """A trial at random."""
    seconds, call = rng.choice([(rng.uniform(0, longest), None), (None, rng.randint(1, _MOST_CALLS))])
    return Trial(rng.choice(SIGNALS), rng.choice((1, 2)), rng.random() < 0.5, seconds, call)


def start(words: list[str], trial: Trial | None, folder: Path) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "FAULT_SESSION": str(folder)}
    if trial is not None and trial.call is not None:
        site = folder / "site"
        site.mkdir(exist_ok=True)
        (site / "sitecustomize.py").write_text(_AT_CALL)
        paths = [str(site), *filter(None, [environment.get("PYTHONPATH"), os.getcwd()])]
        number = str(int(signal.Signals[f"SIG{trial.how}"]))
        environment |= {
            "PYTHONPATH": os.pathsep.join(paths),
            "FAULT_CALL": str(trial.call),
            "FAULT_SIGNAL": number,
        }
    said = (folder / "said.txt").open("ab")
    return subprocess.Popen([sys.executable, "-m", "bids_vlint", *words], env=environment, stdout=said, stderr=said,
                            start_new_session=True)  # fmt: skip


def living(session: int) -> list[str]:
    """Processes of a session that are no zombies."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, rest = (folder / "stat").read_text().rsplit(")", 1)
        except OSError:
            continue
        state, _, _, own = rest.split()[:4]
        if int(own) == session and state != "Z":
            found.append(name)
    return found


def run_trial(study: Study, trial: Trial, folder: Path, fresh: Path, old: Path) -> list[str]:
    """What is wrong after a trial, in words; `fresh` and `old` hold undisturbed results."""
    out, work, wrong = folder / "out", folder / "work", []
    if trial.overwrite:
        shutil.copytree(old / "out", out)
        shutil.copytree(old / "work", work)
    before = datasets.checksums(study.root)
    options: dict[str, object] = {"nprocs": trial.nprocs} | ({"overwrite": None} if trial.overwrite else {})
    words = words_of(study, out, work, **options)
    run = start(words, trial, folder)
    try:
        run.wait(trial.seconds if trial.seconds is not None else 300)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.Signals[f"SIG{trial.how}"])
    told = time.monotonic()
    while (left := living(run.pid)) and time.monotonic() < told + _PATIENCE_S:
        time.sleep(0.1)
        run.poll()
    if left:
        wrong.append(f"alive after {_PATIENCE_S:g} s: {left}")
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    if datasets.checksums(study.root) != before:
        wrong.append("the input changed")
    there, new, had = tables(out), tables(fresh / "out"), tables(old / "out") if trial.overwrite else {}
    journals = [json.loads(f.read_text()) for f in out.glob(".*.new/journal.json")] if out.is_dir() else []
    moving = {name for journal in journals for name in (*journal["new"], *journal["gone"])}
    for subject in SUBJECTS:
        # figures are made of results, after them
        parts = [{k: v for k, v in one.items()
                  if subject in k.split("/")[0] and k not in moving and "figures" not in k.split("/")}
                 for one in (there, had, new)]  # fmt: skip
        if parts[0] not in parts[1:]:
            wrong.append(f"sub-{subject} has neither its old results nor its new ones")
    again = start(words, None, folder)
    if again.wait(600):
        wrong.append(f"the next run ended with {again.returncode}")
    if tables(out) != new:
        wrong.append("the next run's tables are others")
    if odd := sorted(names(out, work) ^ names(fresh / "out", fresh / "work")):
        wrong.append(f"other files: {odd[:5]}")
    return wrong


def main() -> None:
    """Draw trials, try them, and say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where trials that failed are kept")
    args = parser.parse_args()
    # a shell's background jobs ignore INT, and nohup's ignore HUP: so would the runs that are started here
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        study, begin = tiny_study(folder, SUBJECTS), time.monotonic()
        for name, seed in (("fresh", 0), ("old", 2)):
            (folder / name).mkdir()
            words = words_of(study, folder / name / "out", folder / name / "work", seed=seed)
            if start(words, None, folder / name).wait():
                sys.exit((folder / name / "said.txt").read_text())
        longest, rng, failed = (time.monotonic() - begin) / 2, random.Random(args.seed), 0
        for k in range(args.n):
            trial, own = drawn(rng, longest), folder / f"trial-{k}"
            own.mkdir()
            wrong = run_trial(study, trial, own, folder / "fresh", folder / "old")
            failed += bool(wrong)
            print(f"{k}: {trial}: {'; '.join(wrong) or 'fine'}", flush=True)
            if not wrong:
                shutil.rmtree(own)
    print(f"{failed} of {args.n} trials failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
