"""Recordings are found by their names: the same as pybids finds, without going through other participants' folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.settings import Settings
from bids_vlint.study import folders
from bids_vlint.study.dataset import find_runs
from bids_vlint.workflows import study

NAMES = (
    "sub-01/ieeg/sub-01_task-film_run-2_ieeg.vhdr",
    "sub-01/ieeg/sub-01_task-film_run-10_ieeg.edf",
    "sub-01/ieeg/._sub-01_task-film_ieeg.edf",
    "sub-01/ieeg/sub-01_task-film_ieeg.json",
    "sub-01/ieeg/sub-01_task-film_ieeg.old.edf",
    "sub-01/ieeg/sub-01_task-film_channels.tsv",
    "sub-01/ieeg/ieeg.edf",
    "sub-01/ieeg/sub-01_task-big_ieeg.EDF",
    "sub-01/eeg/sub-01_task-film_ieeg.edf",
    "sub-01/ieeg/sub-01_task-mef_ieeg.mefd/A1.timd",
    "sub-02/ses-a/ieeg/sub-02_ses-a_task-film_acq-x_ieeg.set",
    "sub-02/ses-a/sub-02_ses-a_task-film_ieeg.set",
    "sub-02/ses-a/ieeg/more/sub-02_ses-a_task-film_ieeg.set",
    "sub-02/ses-b/ieeg/sub-02_ses-b_task-film_ieeg.nwb",
    "sub-02b/ieeg/sub-02b_task-film_ieeg.edf",
    "derivatives/sub-03/ieeg/sub-03_task-film_ieeg.edf",
    "sourcedata/sub-03/ieeg/sub-03_task-film_ieeg.edf",
)
DROPPED = "sub-02/ses-a/ieeg/sub-02_ses-a_task-film_acq-y_ieeg.edf"  # a link of which the content is not here


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "bids"
    for name in NAMES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / DROPPED).symlink_to("../../../.git/annex/objects/none")
    (root / "sub-01/ieeg/sub-01_task-folder_ieeg.edf").mkdir()
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')
    return root


def test_names_tell_what_pybids_tells(root: Path) -> None:
    found = find_runs(root)
    assert [run.label for run in found] == [
        "sub-01_task-big", "sub-01_task-film_run-2", "sub-01_task-film_run-10", "sub-01_task-mef",
        "sub-02_ses-a_task-film_acq-x", "sub-02_ses-a_task-film_acq-y", "sub-02_ses-b_task-film", "sub-02b_task-film",
    ]  # fmt: skip
    assert find_runs(root, database=root.parent / "db") == found
    assert find_runs(root, filters={"task": ["film", "mef"]}) == [r for r in found if r.get("task") != "big"]
    assert [r.label for r in find_runs(root, filters={"run": "2"}, subjects=["01", "02"])] == ["sub-01_task-film_run-2"]


def test_other_participants_are_not_looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    scan = os.scandir
    monkeypatch.setattr(folders.os, "scandir", lambda path: listed.append(os.path.relpath(path, root)) or scan(path))
    assert {run.subject for run in find_runs(root, subjects=["02"])} == {"02"}
    assert [folder for folder in listed if folder.startswith("sub-")] == [
        "sub-02", "sub-02/ses-a", "sub-02/ses-a/ieeg", "sub-02/ses-a/ieeg/more", "sub-02/ses-b", "sub-02/ses-b/ieeg",
    ]  # fmt: skip


def test_what_is_wrong_with_labels_is_said_in_view_of_everybody(root: Path) -> None:
    def selected(label: str, task: str) -> list[str]:
        settings = Settings(bids_dir=root, output_dir=root / "out", participant_label=(label,), task=(task,))
        return [run.label for run in study._selected(settings)]

    assert selected("02b", "film") == ["sub-02b_task-film"]
    with pytest.raises(InputError, match="no recording has all the labels asked for"):
        selected("02b", "big")
    with pytest.raises(InputError, match=r"no such task .*film"):
        selected("02b", "filn")
    with pytest.raises(InputError, match="no such subject"):
        selected("9", "film")
