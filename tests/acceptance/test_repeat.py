"""Running again: the same numbers with any number of processes, reuse, refusal, settings files, and kills."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from functools import partial
from pathlib import Path

import pytest

from bids_vlint.errors import Exit
from tests.acceptance import datasets, models, running
from tests.acceptance.datasets import Study
from tests.sharing import Shared

QUICK = {"skip_bids_validation": True, "n_bootstraps": 50, "n_shifts": 10}
# as the processes of a run, which make everything
whole = partial(running.run_inside, courses=True, anew=True)


@pytest.fixture(scope="session")
def made(shared: Shared) -> tuple[Study, Path]:
    return shared.made("repeat", two_participants)


def two_participants(folder: Path) -> tuple[Study, Path]:
    study, out = datasets.small_study(folder / "bids", subjects=("01", "02")), folder / "out"
    running.succeed(whole(study.argv(out, seed=3, **QUICK)))
    return study, out


@pytest.fixture
def study(made: tuple[Study, Path]) -> Study:
    """Two participants; nobody may change them."""
    return made[0]


@pytest.fixture
def output(made: tuple[Study, Path], tmp_path: Path) -> Path:
    """A copy of their results."""
    return Path(shutil.copytree(made[1], tmp_path / "output"))


def times(folder: Path) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in running.sites_files(folder) + sorted(folder.rglob("*.h5"))}


def test_two_processes_give_the_same_tables(study: Study, output: Path, tmp_path: Path) -> None:
    other = tmp_path / "out2"
    running.succeed(whole(study.argv(other, seed=3, nprocs=2, **QUICK)))
    for folder in (output, other):
        running.succeed(whole(study.argv(folder, "group")))
    running.same_tables(output, other)


def test_a_participant_alone_gives_the_same_table(study: Study, output: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    running.succeed(whole(study.argv(alone, seed=3, participant_label="sub-02", **QUICK)))
    assert [f.name.split("_")[0] for f in running.sites_files(alone)] == ["sub-02"]
    assert running.sites_files(alone)[0].read_bytes() == running.sites_files(output)[1].read_bytes()


def test_a_second_run_reuses(study: Study, output: Path) -> None:
    before = times(output)
    running.succeed(whole(study.argv(output, seed=3, **QUICK)))
    assert times(output) == before
    assert len([p for p in (output / "logs").iterdir() if p.is_dir()]) >= 2


@pytest.mark.parametrize("other", [{"seed": 4}, {"seed": 3, "reference": "bipolar"}, {"seed": 3, "high_pass": 0.3}])
def test_other_settings_are_refused(study: Study, output: Path, other: dict[str, object]) -> None:
    before = times(output)
    result = whole(study.argv(output, **(QUICK | other)))
    assert result.code == 73
    (said,) = result.stderr.strip().splitlines()[-1:]
    (name,) = [k for k, v in other.items() if v != 3]
    assert f"was made with other settings or from other input ({name})" in said
    assert "--overwrite" in said
    assert "Traceback" not in result.stderr
    assert times(output) == before


def test_overwrite_replaces(study: Study, output: Path) -> None:
    out = output
    first = running.sites_files(out)[0].read_bytes()
    other = {"seed": 3, "participant_label": "01", "reference": "average"}
    running.succeed(whole(study.argv(out, overwrite=True, **(QUICK | other))))
    assert running.sites_files(out)[0].read_bytes() != first
    before = times(out)
    running.succeed(whole(study.argv(out, **(QUICK | other))))
    assert times(out) == before


def test_changed_features_are_noticed(study: Study, output: Path, tmp_path: Path) -> None:
    """Reuse goes by content: a copied study is the same, other features under the same name are not."""
    copy = datasets.copy_of(study, tmp_path)
    before = times(output)
    running.succeed(whole(copy.argv(output, seed=3, **QUICK)))
    assert times(output) == before
    donor = copy.models.parent / "features"
    name = f"{copy.films[0].name}_language"
    (donor / f"{name}_fusion.h5").write_bytes((donor / f"{name}_ear.h5").read_bytes())
    result = whole(copy.argv(output, seed=3, **QUICK))
    assert result.code == 73
    for subject in ("01", "02"):
        (said,) = [line for line in result.stderr.splitlines() if f"sub-{subject}_task-movie_desc-sites" in line]
        assert "was made with other settings or from other input (network fusion)" in said
    assert "Traceback" not in result.stderr
    assert times(output) == before


def test_the_log_reproduces_the_run(study: Study, output: Path, tmp_path: Path) -> None:
    settings = sorted((output / "logs").glob("*/*.toml"))[0]
    assert tomllib.loads(settings.read_text())["seed"] == 3
    out = tmp_path / "again"
    argv = [str(study.root), str(out), "participant", "--config", str(settings)]
    running.succeed(whole(argv))
    assert [f.read_bytes() for f in running.sites_files(out)] == [f.read_bytes() for f in running.sites_files(output)]


def test_dry_run_counts_and_writes_nothing(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = running.succeed(whole(study.argv(out, dry_run=True, **QUICK)))
    said = result.stdout + result.stderr
    for word in ("sub-01", "sub-02", "events", "channels", "targets"):
        assert word in said, word
    assert str(len(study.kinds["01"]) * 161) in said.replace(",", "")
    assert not list(out.rglob("*.tsv"))


@pytest.mark.parametrize("changes", [{}, {"dry_run": True}], ids=["run", "dry run"])
def test_a_device_that_is_not_there_is_refused_before_anything_is_made(
    study: Study, tmp_path: Path, changes: dict[str, bool]
) -> None:
    """Also where all features are there: regressions are computed on it, too."""
    out = tmp_path / "out"
    result = running.run_inside(study.argv(out, device="cuda:99", **QUICK, **changes))
    running.refused(result, Exit.USAGE, out, "--device: 'cuda:99' cannot be used on this machine")


def is_there(folder: Path, pattern: str) -> bool:
    """Whether a file is there, while others come and go."""
    try:
        return any(folder.glob(pattern))
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("there", ["out-work/low_level-*.lock", "out/**/*_encoding.h5"])
def test_a_kill_leaves_the_input_alone(study: Study, tmp_path: Path, there: str) -> None:
    """Killed while it measures the film, and between the results of a participant."""
    before = datasets.checksums(study.root)
    one = models.write_model_set(tmp_path / "one.toml", models.ONE, folder=study.models.parent / "features")
    study = dataclasses.replace(study, models=one)
    out, quick = tmp_path / "out", QUICK | {"alignment": "language"}
    process = subprocess.Popen(
        [sys.executable, "-m", "bids_vlint", *study.argv(out, **quick)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    limit = time.monotonic() + 300
    while not is_there(tmp_path, there):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < limit
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not running.sites_files(out)
    assert datasets.checksums(study.root) == before
    status = json.loads(whole(["status", str(out), "--json"]).stdout)
    assert [one["state"] for one in status["participants"]] == ["interrupted"] * 2
    assert ("while it was worked on" in status["participants"][0]["why"]) == there.endswith(".h5")
    assert "before its turn came" in status["participants"][1]["why"]
    # a lock that the killed run left must not be waited for: that would run into the time limit
    if there.endswith(".lock"):
        running.succeed(running.run_outside(study.argv(out, stop_after="features", **quick)))
    running.succeed(running.run_inside(study.argv(out, **quick)))
    assert datasets.checksums(study.root) == before
    assert len(running.sites_files(out)) == 2
