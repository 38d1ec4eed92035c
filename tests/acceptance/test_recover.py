"""`recover` and `plan` through the command line: nothing that is there is touched, and the same seed says the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance import running
from tests.acceptance.datasets import Study, checksums
from tests.acceptance.test_stages import QUICK


def words(study: Study, out: Path, **more: object) -> list[str]:
    argv = study.argv(out, **{**QUICK, "save_responses": True, "work_dir": out.parent / f"{out.name}-work"}, **more)
    return ["recover", *(word for word in argv if word != "participant")]


def test_a_recording_is_its_own_control(analysed: tuple[Study, Path], tmp_path: Path) -> None:
    study, made = analysed
    out = tmp_path / made.name
    for folder in (made, made.parent / f"{made.name}-work"):
        shutil.copytree(folder, tmp_path / folder.name)
    before, data = checksums(out), checksums(study.root)
    said = running.succeed(running.run_inside(words(study, out, replicates="1")))
    table = running.read_table(Path(said.stdout.split()[-1]))
    assert Path(said.stdout.split()[-1]) == out / "recovery" / "study_recovery.tsv"
    assert set(table["kind"]) == {"integration", "vision", "language", "additive", "sound"}  # five electrodes, in turn
    assert set(table["size"]) <= {"0", "0.01", "0.02", "0.04", "0.08", "n/a"}
    assert "responses: reused" in said.stderr
    after = checksums(out)
    own = {name: digest for name, digest in after.items() if name.split("/")[0] != "recovery"}
    assert own == before
    assert checksums(study.root) == data
    trials = running.read_table(out / "recovery" / "sub-01_trials.tsv")
    assert set(trials["replicate"]) == {"1"}
    for ending in ("svg", "pdf", "png"):
        assert (out / "recovery" / f"sub-01_recovery.{ending}").stat().st_size > 1000
    assert "their own noise" in (out / "recovery" / "sub-01_methods.md").read_text()
    running.succeed(running.run_inside(words(study, out, replicates="1", nprocs=2)))
    assert checksums(out) == after
    refused = running.run_inside(words(study, out, high_pass=0.2))
    assert refused.code == 64
    assert "--high-pass" in refused.stderr
    too_few = running.run_inside(["plan", "--minutes", "60", "--pilot", str(out)])
    assert too_few.code == 65
    assert "more --replicates" in too_few.stderr


def test_a_plan_needs_no_data() -> None:
    planned = running.succeed(running.run_inside(["plan", "--minutes", "10", "40", "--electrodes", "30"]))
    rows = [line.split() for line in planned.stdout.splitlines()]
    largest = {row[0]: float(row[6]) for row in rows if row[1:3] == ["integration", "integration"]}
    assert 0 <= largest["10"] < largest["40"] <= 1


@pytest.mark.parametrize("given", [["--minutes", "2"], ["--minutes", "20", "--pilot", "nowhere"]])
def test_what_cannot_be_planned_is_one_sentence(given: list[str]) -> None:
    said = running.run_inside(["plan", *given])
    assert said.code in (64, 66)
    assert len(said.stderr.strip().splitlines()) == 1
