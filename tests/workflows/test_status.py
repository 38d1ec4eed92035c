"""What `status` says of a study with one participant done, one failed, one interrupted and one damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bids_vlint.derivatives.whole import sealed
from bids_vlint.files.json_file import write_json
from bids_vlint.files.lock import WORKED_ON, alive, machine
from bids_vlint.workflows import status as module
from bids_vlint.workflows.status import status_of
from tests.acceptance import running
from tests.acceptance.datasets import Study

ROOT = Path(__file__).parents[2]


@pytest.fixture
def out(analysed: tuple[Study, Path], tmp_path: Path) -> Path:
    """Results of one participant, to spoil."""
    return Path(shutil.copytree(analysed[1], tmp_path / "out"))


def copy_participant(out: Path, subject: str) -> None:
    """The results of sub-01 under another name."""
    for file in sorted((out / "sub-01").rglob("*.*")):
        to = out / f"sub-{subject}" / file.parent.name / file.name.replace("sub-01", f"sub-{subject}")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to)
        if to.name.endswith("_desc-sites_channels.json"):  # the marks in it go by name
            content = json.loads(to.read_text().replace("sub-01_", f"sub-{subject}_"))
            content.pop("Digest")
            write_json(to, sealed(content))


def write_log(out: Path, name: str, planned: dict[str, list[str]], ended: int | None, **attempts: dict) -> Path:
    """A run's folder, as a run leaves it."""
    folder = out / "logs" / name
    folder.mkdir(parents=True)
    (folder / "log.txt").touch()
    about = {"format": 1, "level": "participant", "command": "bids_vlint bids out participant", "machine": machine(),
             "participants": planned, "start": "2030-01-01T10:00:00.000+00:00", "end": None, "seconds": None,
             "exit_code": ended, "message": ""}  # fmt: skip
    about |= {"end": "2030-01-01T11:00:00.000+00:00", "seconds": 3600.0} if ended is not None else {}
    (folder / "run.json").write_text(json.dumps(about))
    for subject, attempt in attempts.items():
        who = subject.replace("sub", "sub-")
        (folder / f"{who}.json").write_text(json.dumps({"participant": who} | attempt))
    return folder


def state_of(out: Path, who: str) -> dict:
    return next(p for p in status_of(out)["participants"] if p["participant"] == who)


def test_one_done_one_failed_one_interrupted_one_damaged(out: Path) -> None:
    copy_participant(out, "04")
    tests = next((out / "sub-04").rglob("*_desc-tests_statistics.tsv"))
    tests.write_text(tests.read_text() * 2)
    fits = {f"sub-0{k}": [f"sub-0{k}_task-movie"] for k in (2, 3)}
    failed = {"state": "failed", "exit_code": 65, "message": "events.tsv: has no column 'onset'; add it."}
    write_log(out, "20300101-participant", fits, None, sub02=failed, sub03={"state": "running"})

    result = running.run_inside(["status", str(out), "--json"])
    status = json.loads(result.stdout)
    assert result.code == 1
    assert not status["done"]
    assert status["counts"] == {"failed": 1, "interrupted": 1, "damaged": 1, "done": 1}
    states = {p["participant"]: p for p in status["participants"]}
    assert {k: p["state"] for k, p in states.items()} == {
        "sub-01": "done", "sub-02": "failed", "sub-03": "interrupted", "sub-04": "damaged"
    }  # fmt: skip
    assert states["sub-02"]["why"] == failed["message"]
    assert "2030-01-01T10:00" in states["sub-03"]["why"]
    assert tests.name in states["sub-04"]["why"]
    assert list(states["sub-04"]["fits"][0]["damaged_files"]) == [tests.name]
    assert states["sub-01"]["fits"][0]["electrodes"] == 5

    table = running.run_inside(["status", str(out)])
    assert table.code == 1
    for who, one in states.items():
        (line,) = [line for line in table.stdout.splitlines() if line.startswith(who)]
        assert one["state"] in line
        assert one["why"] in line
    assert "4 participants: 1 failed, 1 interrupted, 1 damaged, 1 done" in table.stdout
    names = running.succeed(running.run_inside(["status", str(out), "--state", "done", "failed", "missing"]))
    assert names.stdout.split() == ["sub-01", "sub-02", "group"]
    running.refused(running.run_inside(["status", str(out), "--state", "finished"]), 64, out / "no", "is unknown")


def test_what_a_run_leaves(out: Path) -> None:
    """Time, memory and exit code of the shared study's real run."""
    result = running.run_inside(["status", str(out), "--json"])
    status = json.loads(result.stdout)
    assert result.code == 0
    assert status["done"]
    (one,) = status["participants"]
    assert one["exit_code"] == 0
    assert one["seconds"] > 0.1
    assert 5e7 < one["peak_memory_bytes"] < 2e10
    assert one["start"] < one["end"]
    (run,) = status["runs"]
    assert (run["state"], run["exit_code"], run["level"]) == ("ended", 0, "participant")
    assert run["seconds"] >= one["seconds"]
    assert one["run"] == run["folder"]


def test_every_key_is_documented(out: Path) -> None:
    text = (ROOT / "docs" / "status.md").read_text(encoding="utf-8")
    status = status_of(out)
    places = [status, *status["participants"], *status["participants"][0]["fits"], status["group"], *status["runs"]]
    for key in {key for place in places for key in place} | set(module.STATES):
        assert f"`{key}`" in text, key


def test_a_run_that_goes_on(out: Path) -> None:
    folder = write_log(out, "20300101-participant", {"sub-02": ["sub-02_task-movie"], "sub-03": []}, None,
                       sub02={"state": "running"})  # fmt: skip
    with alive(folder / "log.txt"):
        assert {p["participant"]: p["state"] for p in status_of(out)["participants"]} == {
            "sub-01": "done", "sub-02": "running", "sub-03": "waiting"
        }  # fmt: skip
    assert state_of(out, "sub-03")["state"] == "interrupted"


def test_a_run_on_another_machine_lives_while_its_log_is_touched(out: Path) -> None:
    import os

    folder = write_log(out, "20300101-participant", {"sub-02": ["sub-02_task-movie"]}, None, sub02={"state": "running"})
    file = folder / "run.json"
    file.write_text(file.read_text().replace(machine(), "another"))
    assert state_of(out, "sub-02")["state"] == "running"
    os.utime(folder / "log.txt", (1e9, 1e9))
    assert state_of(out, "sub-02")["state"] == "interrupted"


def test_a_run_that_found_another_at_work_is_no_failure(out: Path) -> None:
    busy = {"state": "failed", "exit_code": 75, "message": f"sub-01 in out: {WORKED_ON} process 7 on a; try again."}
    write_log(out, "20300101-b", {"sub-01": ["sub-01_task-movie"]}, 75, sub01=busy)
    assert state_of(out, "sub-01")["state"] == "done"


def test_jobs_of_an_array_have_logs_of_their_own(out: Path) -> None:
    """Two sessions in two jobs: the one that failed is not hidden by the one that ended well; a third try mends it."""
    done = {"state": "done", "exit_code": 0, "made": ["sub-01_task-movie"]}
    write_log(out, "20300101-a", {"sub-01": ["sub-01_ses-b_task-movie"]}, 1,
              sub01={"state": "failed", "exit_code": 74, "message": "the disk is full."})  # fmt: skip
    write_log(out, "20300101-b", {"sub-01": ["sub-01_task-movie"]}, 0, sub01=done)
    one = state_of(out, "sub-01")
    assert (one["state"], one["why"]) == ("failed", "the disk is full.")
    assert {f["fit"]: f["state"] for f in one["fits"]} == {
        "sub-01_ses-b_task-movie": "failed", "sub-01_task-movie": "done"
    }  # fmt: skip
    write_log(out, "20300101-c", {"sub-01": ["sub-01_ses-b_task-movie"]}, 0, sub01=done)
    assert state_of(out, "sub-01")["state"] == "missing"  # its table is not there


def test_tables_of_the_group(out: Path) -> None:
    group = {"state": "missing", "why": "The group level was not run.", "fits": None, "report": None}
    assert status_of(out)["group"] == group
    running.succeed(running.run_inside(["bids", str(out), "group"], reports=True))
    assert status_of(out)["group"] | {"why": ""} == {"state": "done", "why": "", "fits": 1, "report": "group.html"}
    sites = out / "group_sites.tsv"
    text = sites.read_text()
    copy_participant(out, "02")
    assert status_of(out)["group"]["state"] == "partial"
    for spoilt in (text * 2, text[: text.index("\n") + 1], ""):
        sites.write_text(spoilt)
        assert status_of(out)["group"]["state"] == "damaged"
        assert not status_of(out)["done"]
    sites.write_text(text)
    shutil.rmtree(out / "sub-01")
    assert status_of(out)["group"]["state"] == "outdated"


def test_no_folder_of_results(tmp_path: Path) -> None:
    running.refused(running.run_inside(["status", str(tmp_path)]), 66, tmp_path, "neither results nor logs")
    running.refused(running.run_inside(["status"]), 64, tmp_path, "OUTPUT_DIR")
