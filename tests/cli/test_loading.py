"""What the command line loads before it knows what is wanted."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

HEAVY = ("torch", "mne", "pandas", "sklearn", "scipy", "numpy", "matplotlib", "transformers", "bids")
PROGRAM = """
import contextlib, io, json, sys, time
from bids_vlint.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = main(sys.argv[1:])
print(json.dumps({"code": code, "modules": sorted(sys.modules), "seconds": time.process_time()}))
"""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["features", "--help"], 0),
        (["demo", "--help"], 0),
        (["models", "--help"], 0),
        (["descriptor"], 0),
        (["report", "--help"], 0),
        (["status", "--help"], 0),
        (["recover", "--help"], 0),
        (["recover", "bids"], 64),
        (["slurm", "--help"], 0),
        (["slurm", "bids", "out", "--models", "demo", "--directive", "array=1-9"], 64),
        (["plan", "--help"], 0),
        (["plan", "--minutes", "-3"], 64),
        (["prepare", "brain-treebank", "--help"], 0),
        (["prepare", "brain-treebank"], 64),
        (["repport", "out"], 64),
        (["report"], 64),
        ([], 64),
        (["bids", "out", "session"], 17),
        (["bids", "out", "participant"], 64),
        (["no-such-folder", "out", "participant", "--models", "demo"], 16),
        (["bids", "out", "participant", "--models", "demo", "--seeed", "1"], 64),
        (["features", "bids", "out", "--models", "demo", "--nprocs", "0"], 64),
        (["demo"], 64),
        (["models", "no-such-action"], 64),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_help_and_wrong_words_load_little(words: list[str], code: int) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "PYTEST"))}
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True,
                          env=environment)  # fmt: skip
    found = json.loads(done.stdout)
    assert found["code"] == code
    assert {m.split(".")[0] for m in found["modules"]} & set(HEAVY) == set()
    assert found["seconds"] < 1, "of processor time, the interpreter's start included"
