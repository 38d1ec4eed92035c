"""docs/reading.md: its code runs on results, in Python and in R."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.datasets import Study
from tests.packaging.pages import DOCS, blocks

PAGE = DOCS / "reading.md"


@pytest.fixture
def beside(analysed: tuple[Study, Path], tmp_path: Path) -> Path:
    """A folder that holds the results as `out`."""
    (tmp_path / "out").symlink_to(analysed[1])
    return tmp_path


@pytest.mark.parametrize("block", [0, 1])
def test_the_code_in_python_runs(beside: Path, block: int) -> None:
    code = blocks(PAGE, "python")[block].text
    done = subprocess.run([sys.executable, "-c", code], cwd=beside, capture_output=True, text=True, timeout=120,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ("A1" if block == 0 else "sub-01_task-movie {'model': 12, 'electrode': 5, 'lag': 161") in done.stdout


def has_ncdf4() -> bool:
    program = shutil.which("Rscript")
    asked = [program or "", "-e", "quit(status = !requireNamespace('ncdf4', quietly = TRUE))"]
    return program is not None and subprocess.run(asked, capture_output=True, check=False).returncode == 0


def test_the_code_in_r_runs(beside: Path) -> None:
    if not has_ncdf4():
        pytest.skip("R with ncdf4 is not installed (Debian: r-cran-ncdf4)")
    (block,) = blocks(PAGE, "r")
    (beside / "read.R").write_text(block.text)
    done = subprocess.run(["Rscript", "read.R"], cwd=beside, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\s+A1\s+A2\s+A3", done.stdout, flags=re.MULTILINE), done.stdout
