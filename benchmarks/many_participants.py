"""A data set of 10,000 participants: how long it takes to find its recordings, for everybody and for one.

    python -m benchmarks.many_participants FOLDER [--participants 10000] [--pybids]

Writes the tree (eight small files a participant, one of whom has a whole recording), unless it is there, then prints
the processor time of finding everybody's recordings, one participant's, of `--dry-run --participant-label 0001`, and,
with `--pybids`, of what pybids takes for the first hundred participants. Its parts come from the acceptance tests: run
it from a checkout.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import shutil
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

from bids_vlint.cli.main import main as bids_vlint
from bids_vlint.study.dataset import find_runs
from bids_vlint.study.orphans import orphans
from tests.acceptance import datasets, models

ENDINGS = ("task-movie_ieeg.vhdr", "task-movie_ieeg.eeg", "task-movie_ieeg.vmrk", "task-movie_ieeg.json",
           "task-movie_channels.tsv", "task-movie_events.tsv", "electrodes.tsv", "coordsystem.json")  # fmt: skip


def write(folder: Path, n: int) -> None:
    """Write one participant whole, and the others' files empty."""
    study = datasets.small_study(folder / "bids", subjects=("0001",), networks=models.ONE)
    for k in range(2, n + 1):
        own = study.root / f"sub-{k:04d}" / "ieeg"
        own.mkdir(parents=True)
        for ending in ENDINGS:
            (own / f"sub-{k:04d}_{ending}").touch()


def timed(what: str, call: Callable[[], int]) -> None:
    """Print the processor time and the time of a call, and what it found."""
    begin, used = time.monotonic(), time.process_time()
    found = call()
    print(f"{what}: {found}, {time.process_time() - used:.2f} s of CPU, {time.monotonic() - begin:.1f} s", flush=True)


def dry_run(folder: Path) -> int:
    """Plan one participant's run, and return its exit code."""
    words = [str(folder / "bids"), str(folder / "out"), "participant", "--participant-label", "0001", "--dry-run"]
    with redirect_stdout(io.StringIO()):
        return bids_vlint([*words, "--models", str(folder / "bids_models" / "set.toml"), "-w", str(folder / "work")])


def asked_of_pybids(folder: Path) -> int:
    """Find the recordings of a hundred participants with pybids."""
    few = folder / "few"
    shutil.rmtree(few, ignore_errors=True)
    few.mkdir()
    for name in (
        "dataset_description.json",
        *sorted(f for f in os.listdir(folder / "bids") if f.startswith("sub-"))[:100],
    ):
        (few / name).symlink_to(folder / "bids" / name)
    return len(find_runs(few, database=folder / "few-database"))


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--pybids", action="store_true")
    given = parser.parse_args()
    if not (given.folder / "bids_models").is_dir():
        write(given.folder, given.participants)
    root = given.folder / "bids"
    timed("everybody's recordings", lambda: len(find_runs(root)))
    timed("one participant's", lambda: len(find_runs(root, subjects=["0001"])))
    timed("sidecars without a recording, of everybody", lambda: len(orphans(root)))
    timed("--dry-run --participant-label 0001, exit code", lambda: dry_run(given.folder))
    if given.pybids:
        timed("pybids, 100 participants", lambda: asked_of_pybids(given.folder))
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
