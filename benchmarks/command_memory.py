"""Peak memory and processor time of a whole participant run, or of a recovery, under `--mem-gb`.

    python -m benchmarks.command_memory [recover] [--mem-gb 2.5] [--minutes 37] [--features 768] [--electrodes 100]

Writes a BIDS data set and four precomputed networks (vision, language, multimodal trained and random), runs the command
line on its words, and prints the peak memory of its largest process, CPU time and the warnings. Its parts come from the
acceptance tests: run it from a checkout.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.acceptance import datasets, models

NETWORKS = {"eye": "vision", "ear": "language", "fusion": "multimodal"}


def main() -> None:
    """Make the data set, run it, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("level", nargs="?", choices=("participant", "recover"), default="participant")
    parser.add_argument("--mem-gb", default="2.5")
    parser.add_argument("--minutes", type=float, default=37.0, help="of film")
    parser.add_argument("--features", type=int, default=768)
    parser.add_argument("--electrodes", type=int, default=100)
    given = parser.parse_args()
    models.N_FEATURES.update(dict.fromkeys(models.N_FEATURES, given.features))
    with tempfile.TemporaryDirectory() as folder:
        study = datasets.plain_study(
            Path(folder, "bids"), subjects=["01"], minutes=given.minutes, counts={"null": given.electrodes},
            networks=NETWORKS, video=False,
        )  # fmt: skip
        blocks = study.models.read_text().split("\n\n")
        blocks = [b for b in blocks if "trained = false" not in b or '"fusion"' in b]
        study.models.write_text("\n\n".join(b + '\nlayers = ["late"]' if "[[model]]" in b else b for b in blocks))
        command = study.argv(Path(folder, "out"), alignment="language", mem_gb=given.mem_gb, n_shifts=40)
        if given.level == "recover":
            command = ["recover", *(word for word in command if word != "participant")]
        done = subprocess.run([sys.executable, "-m", "bids_vlint", *command], capture_output=True, text=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(done.stderr)
        told = ("WARNING", " events", "replicates")
        print(*(line for line in done.stderr.splitlines() if any(word in line for word in told)), sep="\n")
        words = len(study.films[0].words)
        print(f"{words} words x {given.features} features x {given.electrodes} electrodes, --mem-gb {given.mem_gb}")
        print(f"peak {used.ru_maxrss / 2**20:.2f} GiB, {(used.ru_utime + used.ru_stime) / 60:.1f} min CPU")


if __name__ == "__main__":
    main()
