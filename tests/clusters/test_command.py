"""What `bids_vlint slurm` makes of a data set and a command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance import datasets, models, running
from tests.acceptance.datasets import Study
from tests.clusters import slurm
from tests.sharing import Shared


@pytest.fixture(scope="session")
def small_study(shared: Shared) -> Study:
    """One participant; the one of the acceptance tests."""
    return shared.made("small study", lambda folder: datasets.small_study(folder / "bids"))


def job(script: str, name: str) -> str:
    """A job's text."""
    (text,) = re.findall(rf"^{name}_job\(\) \{{.*?^\}}$", script, re.DOTALL | re.MULTILINE)
    return text


def call(text: str) -> str:
    """The program's call, in one line."""
    return " ".join(text[text.index('"${program[@]}" ') :].replace("\\\n", " ").split("END_OF_JOB")[0].split())


def test_the_jobs_of_a_study(small_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.toml").write_text('n_shifts = 10\ntask = ["movie"]\noffline = true\nn_bootstraps = 20\n')
    argv = small_study.argv(tmp_path / "out", config="settings.toml", participant_label="sub-01", n_bootstraps="30",
                            nprocs=2, work_dir="kept", bins="0.2:1")  # fmt: skip
    argv.remove("participant")
    more = ["--container", "image.sif", "--bind", "/weights", "--participants-directive", "time=9:00:00"]
    result = running.succeed(running.run_inside(["slurm", *argv, *more]))
    assert not (tmp_path / "out").exists()
    script = result.stdout
    where = f"{small_study.root} {tmp_path / 'out'}"
    common = ("--task movie --models {} --n-bootstraps 30 --bins 0.2:1 --n-shifts 10 --offline --nprocs 2 "
              f"--work-dir {tmp_path / 'kept'}").format  # fmt: skip
    features, participants, group = (job(script, name) for name in ("features", "participants", "group"))
    assert call(features).startswith(
        f'"${{program[@]}}" features {where} --participant-label 01 {common(small_study.models)} '
        "--stop-after features || code=$?"
    )
    assert f'participant --participant-label "$label" {common(small_study.models)}' in call(participants)
    assert call(group).endswith(f'exec "${{program[@]}}" {where} group --participant-label 01 --task movie --offline')
    assert "#SBATCH --time=9:00:00" in participants
    assert "#SBATCH --cpus-per-task=2" in participants
    assert "#SBATCH --cpus-per-task=1" in group
    for bind in (f"{small_study.root}:{small_study.root}:ro", f"{tmp_path / 'kept'}:{tmp_path / 'kept'}", "/weights",
                 f"{small_study.models.parent}:{small_study.models.parent}:ro"):  # fmt: skip
        assert f"--bind {bind}\n" in participants
    assert participants.count("--bind") == 5
    assert f"    {tmp_path / 'image.sif'})" in participants
    assert "--nv" not in script


def test_features_in_an_image_of_their_own(small_study: Study, tmp_path: Path) -> None:
    argv = small_study.argv(tmp_path / "out", n_shifts=10)
    argv.remove("participant")
    more = ["--features-container", "/networks.sif", "--container", "/small.sif", "--features-directive", "gres=gpu:1"]
    script = running.succeed(running.run_inside(["slurm", *argv, *more])).stdout
    features, participants = job(script, "features"), job(script, "participants")
    written = tmp_path / "out-work" / "features"
    assert f"features {small_study.root} {written} --models {small_study.models}" in call(features)
    assert "--stop-after" not in features
    assert f"--models {written / 'models.toml'}" in call(participants)
    assert "/networks.sif)" in features
    assert "/small.sif)" in participants
    assert ("--nv" in features, "--nv" in participants) == (True, False)


def test_who_cannot_be_analysed_is_left_out(tmp_path: Path) -> None:
    study = datasets.small_study(tmp_path / "bids", subjects=("01", "02"), networks=models.ONE)
    next((study.root / "sub-02").rglob("*.eeg")).unlink()
    argv = study.argv(tmp_path / "out", n_shifts=10)
    argv.remove("participant")
    result = running.run_inside(["slurm", *argv])
    assert result.code == 1
    assert "sub-02: " in result.stderr
    assert re.search(r"^participants=\(\n    01\n\)$", result.stdout, re.MULTILINE)
    next((study.root / "sub-01").rglob("*.eeg")).unlink()
    none = running.run_inside(["slurm", *argv])
    assert (none.code, none.stdout) == (66, "")


@pytest.mark.parametrize(("words", "said"), [
    (["--dry-run"], "--dry-run: has no meaning for a script that is printed"),
    (["--at-a-time", "0"], "--at-a-time: 0 is below 1"),
    (["--directive", "output=/x"], "--output is set by the script itself"),
    (["--setup", "a\nEND_OF_JOB"], "is no single line"),
    (["--bind", "/x"], "--bind: has no meaning without a container"),
])  # fmt: skip
def test_words_that_would_spoil_the_script(small_study: Study, words: list[str], said: str, tmp_path: Path) -> None:
    argv = [str(small_study.root), str(tmp_path / "out"), "--models", str(small_study.models), *words]
    running.refused(running.run_inside(["slurm", *argv]), 64, tmp_path / "out", said)


def test_features_that_stay_in_the_work_folder(small_study: Study, tmp_path: Path) -> None:
    out, work = tmp_path / "out", tmp_path / "work"
    argv = ["features", str(small_study.root), str(out), "--models", str(small_study.models), "-w", str(work)]
    running.refused(running.run_inside([*argv, "--stop-after", "encoding"]), 64, out, "does not make")
    running.succeed(running.run_inside([*argv, "--stop-after", "features"]))
    assert [file.name for file in out.iterdir()] == ["logs"]
    assert list(work.glob("low_level-*"))


@pytest.mark.full
def test_the_tables_of_a_serial_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real program, each task a process; one is killed in the middle, and goes on where it was."""
    study = datasets.small_study(tmp_path / "my bids", subjects=("01", "02"), networks=models.ONE)
    how: dict[str, object] = {"n_shifts": 10, "n_bootstraps": 20, "skip_bids_validation": True,
                               "alignment": "language"}  # fmt: skip
    out, serial, work = tmp_path / "out put", tmp_path / "serial", tmp_path / "out put-work"
    slurm.install(tmp_path / "slurm", tmp_path / "bin")
    program = tmp_path / "bin" / "bids_vlint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bids_vlint "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    argv = study.argv(out, **how)
    argv.remove("participant")
    script = tmp_path / "submit.sh"
    script.write_text(running.succeed(running.run_outside(["slurm", *argv])).stdout)

    def kill_the_second(one: dict, tasks: list[subprocess.Popen]) -> None:
        if one["options"]["job-name"].endswith("participants"):
            while not list(work.glob("stages/sub-02*/responses-*.h5")):
                assert tasks[1].poll() is None
                time.sleep(0.1)
            tasks[1].kill()

    subprocess.run(["bash", str(script)], check=True)
    assert slurm.drain(tmp_path / "slurm", kill_the_second)[-1] == "bids_vlint-group"
    assert slurm.read_jobs(tmp_path / "slurm")["101"]["codes"] == [0, -9]
    made = {file: file.stat().st_mtime_ns for file in work.glob("*.npz")}
    assert made
    subprocess.run(["bash", str(script), "again"], check=True)
    assert slurm.drain(tmp_path / "slurm") == ["bids_vlint-participants", "bids_vlint-group"]
    assert {file: file.stat().st_mtime_ns for file in work.glob("*.npz")} == made
    assert "responses: reused" in (out / "logs" / "slurm" / "participants-103_1.log").read_text()
    status = json.loads(running.run_outside(["status", str(out), "--json"]).stdout)
    assert (status["done"], status["group"]["state"]) == (True, "done")
    running.succeed(running.run_outside(study.argv(serial, **how)))
    running.succeed(running.run_outside(study.argv(serial, "group")))
    running.same_tables(serial, out)
