"""What a run says: at its start what comes, then that it goes on, at its end what was made and what is next."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from bids_vlint import log
from bids_vlint.workflows import participant
from tests.acceptance import running
from tests.acceptance.datasets import Study


@pytest.fixture
def out(analysed: tuple[Study, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(analysed[1], tmp_path / "out"))


def test_a_run_from_start_to_end(analysed: tuple[Study, Path], out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The results are there already, and the validator is slow."""
    monkeypatch.setattr(log, "EVERY_S", 0.05)
    monkeypatch.setattr(participant, "validate", lambda _: [time.sleep(0.3)][1:])
    study = analysed[0]
    words = [*study.argv(out, **running.ANALYSED), "-w", str(analysed[1].with_name("out-work"))]
    lines = [line.split(" ", 2)[2] for line in running.succeed(running.run_inside(words)).stderr.splitlines()]
    start = "1 participant to analyse (sub-01): 1 fit of 1 recording, 8 networks, 1 processor"
    assert start in lines
    assert any(line.startswith("the BIDS validator: going on for") for line in lines)
    assert "sub-01: participant 1 of 1" in lines
    assert any(line.startswith("sub-01: done in ") for line in lines)
    assert lines[-2] == f"1 of 1 participant done: sub-01.html in {out}"
    assert lines[-1] == f"next, the group: bids_vlint {study.root} {out} group"


def test_what_failed_is_said_last(analysed: tuple[Study, Path], out: Path) -> None:
    how = running.ANALYSED | {"seed": 3, "skip_bids_validation": True, "work_dir": out.with_name("work")}
    words = analysed[0].argv(out, **how)
    result = running.run_inside(words)
    assert result.code == 73
    assert "was made with other settings" in result.stderr.splitlines()[-1]
    assert "next, the group" not in result.stderr


def test_an_estimate_before_the_run(analysed: tuple[Study, Path], tmp_path: Path) -> None:
    result = running.succeed(running.run_inside(analysed[0].argv(tmp_path / "out", dry_run=True, **running.ANALYSED)))
    text = " ".join(result.stdout.split())
    assert "features: all are there" in text
    assert "all 1 participant on 1 processor: about" in text
    assert "GB of memory" in text
    assert "within a factor of two to three" in text
    assert not (tmp_path / "out").exists()
