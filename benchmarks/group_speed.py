"""Seconds and memory of the group level on many participants, whose results are made up.

    python -m benchmarks.group_speed /tmp/many                 # 60 participants of 200 electrodes

Results that lie in the folder already are taken as they are.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

from bids_vlint.derivatives.layout import GROUP_REPORT, find_fits, group_file
from bids_vlint.workflows.group import run_group


def main() -> None:
    """Make up results, run the group level on them, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--participants", type=int, default=60)
    parser.add_argument("--electrodes", type=int, default=200)
    args = parser.parse_args()
    out: Path = args.folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    if len(find_fits(out)) < args.participants:
        _in_another_process(out, args.participants, args.electrodes)
    group_file(out, GROUP_REPORT).unlink(missing_ok=True)
    wall, cpu = time.perf_counter(), time.process_time()
    run_group(out)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{args.participants} participants, {args.electrodes} electrodes each: {cpu:.0f} s of CPU, {wall:.0f} s on "
          f"the clock, {peak:.0f} MB at most")  # fmt: skip


def _in_another_process(out: Path, participants: int, electrodes: int) -> None:
    """What making results takes must not show in the peak."""
    from multiprocessing import get_context

    with get_context("spawn").Pool(1) as pool:
        pool.apply(make, (out, participants, electrodes))


def make(out: Path, participants: int, electrodes: int) -> None:
    """Write results of so many participants."""
    from tests.reports import fabricate

    for k in range(participants):
        fabricate.participant(out, f"{k + 1:02d}", k, n=electrodes)


if __name__ == "__main__":
    main()
