"""What `--dry-run` estimates beside what a run takes: small studies, whose log tells time and memory.

.venv/bin/python -m benchmarks.estimates
"""

from __future__ import annotations

import io
import re
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from bids_vlint.cli.main import main
from bids_vlint.workflows.status import status_of
from tests.acceptance import datasets

# Minutes of film, electrodes that hold nothing (beside four that do), shifts.
STUDIES = ((2.5, 4, 10), (5.0, 4, 40), (10.0, 4, 40), (10.0, 36, 40))
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def compare() -> None:
    """Print a row for each study."""
    print("| film | electrodes | shifts | time, estimated | measured | memory, estimated | measured |")
    print("|---|---|---|---|---|---|---|")
    for minutes, n_null, n_shifts in STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            counts = {"interaction": 2, "vision": 1, "language": 1, "null": n_null}
            study = datasets.small_study(Path(folder) / "bids", minutes=minutes, counts=counts)
            out = Path(folder) / "out"
            words = study.argv(out, n_shifts=n_shifts, skip_bids_validation=True)
            said = io.StringIO()
            with redirect_stdout(said), redirect_stderr(io.StringIO()):
                main([*words, "--dry-run"])
                main(words)
            found = re.search(r"takes about ([0-9.]+) (s|min|h), ([0-9.]+) GB of memory", said.getvalue())
            assert found is not None
            seconds, memory = float(found[1]) * _UNITS[found[2]], float(found[3])
            (one,) = status_of(out)["participants"]
            print(f"| {minutes:g} min | {4 + n_null} | {n_shifts} | {seconds:.0f} s | {one['seconds']:.0f} s | "
                  f"{memory:.1f} GB | {one['peak_memory_bytes'] / 1e9:.1f} GB |", flush=True)  # fmt: skip


if __name__ == "__main__":
    compare()
