"""Running again: the same numbers with any number of processes, reuse, refusal, settings files, and kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.acceptance import datasets, running
from tests.acceptance.datasets import Study

QUICK = {"skip_bids_validation": True, "n_bootstraps": 50, "n_shifts": 10}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two participants."""
    return datasets.small_study(tmp_path_factory.mktemp("repeat") / "bids", subjects=("01", "02"))


@pytest.fixture(scope="module")
def output(study: Study) -> Path:
    """A participant-level result."""
    out = study.root.parent / "out"
    running.succeed(running.run_inside(study.argv(out, seed=3, **QUICK)))
    return out


def times(folder: Path) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in running.sites_files(folder) + sorted(folder.rglob("*.h5"))}


def test_two_processes_give_the_same_tables(study: Study, output: Path) -> None:
    other = study.root.parent / "out2"
    running.succeed(running.run_outside(study.argv(other, seed=3, nprocs=2, **QUICK)))
    for folder in (output, other):
        running.succeed(running.run_inside(study.argv(folder, "group")))
    running.same_tables(output, other)


def test_a_participant_alone_gives_the_same_table(study: Study, output: Path) -> None:
    alone = study.root.parent / "alone"
    running.succeed(running.run_inside(study.argv(alone, seed=3, participant_label="sub-02", **QUICK)))
    assert [f.name.split("_")[0] for f in running.sites_files(alone)] == ["sub-02"]
    assert running.sites_files(alone)[0].read_bytes() == running.sites_files(output)[1].read_bytes()


def test_a_second_run_reuses(study: Study, output: Path) -> None:
    before = times(output)
    running.succeed(running.run_inside(study.argv(output, seed=3, **QUICK)))
    assert times(output) == before
    assert len([p for p in (output / "logs").iterdir() if p.is_dir()]) >= 2


@pytest.mark.parametrize("other", [{"seed": 4}, {"seed": 3, "reference": "bipolar"}, {"seed": 3, "high_pass": 0.3}])
def test_other_settings_are_refused(study: Study, output: Path, other: dict[str, object]) -> None:
    before = times(output)
    result = running.run_inside(study.argv(output, **(QUICK | other)))
    assert result.code != 0
    assert "--overwrite" in result.stderr
    assert "Traceback" not in result.stderr
    assert times(output) == before


def test_overwrite_replaces(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    running.succeed(running.run_inside(study.argv(out, seed=3, participant_label="01", **QUICK)))
    first = running.sites_files(out)[0].read_bytes()
    other = {"seed": 3, "participant_label": "01", "reference": "average"}
    running.succeed(running.run_inside(study.argv(out, overwrite=True, **(QUICK | other))))
    assert running.sites_files(out)[0].read_bytes() != first
    running.succeed(running.run_inside(study.argv(out, **(QUICK | other))))


def test_changed_features_are_noticed(study: Study, tmp_path: Path) -> None:
    """Reuse goes by content: other features under the same name are not what the results were made from."""
    copy = datasets.small_study(tmp_path / "bids")
    out = tmp_path / "out"
    running.succeed(running.run_inside(copy.argv(out, **QUICK)))
    first = running.sites_files(out)[0].read_bytes()
    donor = copy.models.parent / "features"
    name = f"{copy.films[0].name}_language"
    (donor / f"{name}_fusion.h5").write_bytes((donor / f"{name}_ear.h5").read_bytes())
    result = running.run_inside(copy.argv(out, **QUICK))
    assert result.code != 0 or running.sites_files(out)[0].read_bytes() != first


def test_the_log_reproduces_the_run(study: Study, output: Path, tmp_path: Path) -> None:
    settings = sorted((output / "logs").glob("*/*.toml"))[0]
    assert tomllib.loads(settings.read_text())["seed"] == 3
    out = tmp_path / "again"
    argv = [str(study.root), str(out), "participant", "--config", str(settings)]
    running.succeed(running.run_inside(argv))
    assert [f.read_bytes() for f in running.sites_files(out)] == [f.read_bytes() for f in running.sites_files(output)]


def test_dry_run_counts_and_writes_nothing(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = running.succeed(running.run_inside(study.argv(out, dry_run=True, **QUICK)))
    said = result.stdout + result.stderr
    for word in ("sub-01", "sub-02", "events", "channels", "targets"):
        assert word in said, word
    assert str(len(study.kinds["01"]) * 161) in said.replace(",", "")
    assert not list(out.rglob("*.tsv"))


@pytest.mark.parametrize("after_s", [4.0, pytest.param(8.0, marks=pytest.mark.full)])
def test_a_kill_leaves_the_input_alone(study: Study, tmp_path: Path, after_s: float) -> None:
    before = datasets.checksums(study.root)
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "bids_vlint", *study.argv(out, **QUICK)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert datasets.checksums(study.root) == before
    # a lock that the killed run left must not be waited for: that would run into the time limit
    running.succeed(running.run_outside(study.argv(out, **QUICK)))
    assert datasets.checksums(study.root) == before
    assert len(running.sites_files(out)) == 2
