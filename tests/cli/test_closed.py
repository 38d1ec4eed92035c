"""Whoever reads what is printed may go, and a user may have no home."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAYS = "import sys; from bids_vlint.cli import main as m; m._dispatch = lambda words: print('x' * {n}) or {code}; "


@pytest.mark.parametrize("n, code", [(10, 0), (10, 1), (200_000, 0)])
def test_a_pipe_that_is_closed(n: int, code: int) -> None:
    """The exit code is the command's own."""
    words = SAYS.format(n=n, code=code) + "sys.exit(m.main([]))"
    run = subprocess.Popen([sys.executable, "-c", words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout
    assert run.stderr
    run.stdout.close()
    assert run.stderr.read() == b""
    assert run.wait(60) == code


def test_a_full_disk_for_what_is_printed() -> None:
    words = SAYS.format(n=10, code=0) + "sys.exit(m.main([]))"
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_home() -> None:
    words = (
        "import os, pathlib, pwd; os.environ.pop('HOME', None)\n"
        "def nobody(number): raise KeyError(number)\n"
        "pwd.getpwuid = nobody\n"
        "from bids_vlint.cli import main as m\n"
        "m._dispatch = lambda words: print(pathlib.Path.home()) or 0\n"
        "raise SystemExit(m.main([]))"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.strip()).is_dir()
