"""Reports and the group again from the derivatives alone: the same bytes, and nothing drawn twice."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.acceptance import running
from tests.acceptance.datasets import Study

GROUP = ("group_sites", "group_tests", "group_regions", "group_models")


@pytest.fixture
def out(analysed: tuple[Study, Path], tmp_path: Path) -> Path:
    """Results of one participant without its data set, work folder and pages, where no run looks for them."""
    return Path(shutil.copytree(analysed[1], tmp_path / "elsewhere" / "out"))


def contents(out: Path) -> dict[str, bytes]:
    files = [*out.glob("*.html"), *out.glob("group_*"), *out.glob("sub-*/**/*.*")]
    return {str(file.relative_to(out)): file.read_bytes() for file in files}


def test_the_same_pages_and_tables(out: Path) -> None:
    result = running.succeed(running.run_inside(["report", str(out)], reports=True))
    assert result.stdout.strip() == str(out / "group.html")
    assert f"2 reports; next: open {out / 'group.html'} in a browser" in result.stderr
    made = contents(out)
    assert {"sub-01.html", "group.html", *(f"{name}.tsv" for name in GROUP)} <= set(made)
    with patch("bids_vlint.reports.page.write_text") as drawn:
        running.succeed(running.run_inside(["report", str(out)], reports=True))
    drawn.assert_not_called()
    for file in (*out.glob("*.html"), *out.glob("group_*")):
        file.unlink()
    running.succeed(running.run_inside(["report", str(out)], reports=True))
    assert contents(out) == made
    running.succeed(running.run_inside(["nowhere", str(out), "group"], reports=True))
    assert contents(out) == made


def test_reports_of_some(out: Path) -> None:
    said = running.succeed(running.run_inside(["report", str(out), "--participant-label", "sub-01"])).stderr
    assert "the group's tables and report stand as they are" in said
    assert not list(out.glob("group*"))
    assert running.run_inside(["report", str(out), "--participant-label", "02"]).code == 18
    assert running.run_inside(["report", str(out / "none")]).code == 66
    assert running.run_inside(["report", str(out), "--seed", "1"]).code == 64
