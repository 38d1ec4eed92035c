"""Reports and the group again from the derivatives alone: the same bytes, and nothing drawn twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from bids_vlint.workflows.status import status_of
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


def test_another_q_and_other_regions(analysed: tuple[Study, Path], out: Path, tmp_path: Path) -> None:
    """The calls are those of a run with this q; p, q and dense files stay; what was damaged is not counted."""
    study, made = analysed
    shutil.copytree(made.with_name("out-work"), tmp_path / "work")
    run = Path(shutil.copytree(made, tmp_path / "run"))
    options = running.ANALYSED | {"skip_bids_validation": True, "q": 0.9}
    words = study.argv(run, **options, atlas=["desikan"], work_dir=tmp_path / "work")
    running.succeed(running.run_inside(words))
    before = contents(out)
    running.succeed(running.run_inside(["report", str(out), "--q", "0.9", "--atlas", "desikan"]))
    after = contents(out)
    for file in running.sites_files(run)[0].parent.iterdir():
        assert after[str(file.relative_to(run))] == file.read_bytes(), file.name
    changed = {name for name in before if after[name] != before[name]}
    assert any(name.endswith("_channels.tsv") for name in changed)
    assert not any(name.endswith(".h5") for name in changed)
    columns = json.loads((out / "group_sites.json").read_text())
    assert "q at most 0.9" in columns["language_multimodal_beats_unimodal"]["Description"]
    assert status_of(out)["group"]["state"] == "damaged"  # its page is not drawn in this test
    running.succeed(running.run_inside(["report", str(out), "--q", "0.05"]))
    assert status_of(out)["participants"][0]["state"] == "done"
    running.sites_files(out)[0].write_text("")
    result = running.run_inside(["report", str(out), "--q", "0.5"])
    assert result.code == 65
    assert "run the participant level again" in result.stderr
    assert running.run_inside(["report", str(out), "--q", "2"]).code == 64
    assert running.run_inside(["report", str(out), "--atlas", "desikann"]).code == 64
