"""Folders that lead back up or may not be read stop nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.study import dataset, folders
from bids_vlint.study.dataset import check_subject, find_runs, unreadable_subjects
from bids_vlint.study.validation import validate

EDF = "ieeg/sub-{0}_task-film_ieeg.edf"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "bids"
    for subject in ("01", "02"):
        file = root / f"sub-{subject}" / EDF.format(subject)
        file.parent.mkdir(parents=True)
        file.touch()
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')
    return root


def found(root: Path) -> list[str]:
    return [run.file.relative_to(root).as_posix() for run in find_runs(root)]


BOTH = [f"sub-{s}/{EDF.format(s)}" for s in ("01", "02")]


@pytest.mark.parametrize("target", ["..", ".", "../..", "/"])
def test_links_that_lead_up_are_not_followed(root: Path, target: str) -> None:
    (root / "sub-01" / "again").symlink_to(target)
    (root / "sub-01" / "itself").symlink_to("itself")
    (root / "also").symlink_to(".")
    assert found(root) == BOTH


def test_folders_that_link_to_each_other(root: Path) -> None:
    (root / "sub-01" / "other").symlink_to(root / "sub-02")
    (root / "sub-02" / "other").symlink_to(root / "sub-01")
    assert len(found(root)) <= 4


def test_a_participant_who_lies_elsewhere_is_followed(root: Path) -> None:
    elsewhere = root.parent / "disk"
    (root / "sub-02").rename(elsewhere)
    (root / "sub-02").symlink_to(elsewhere)
    assert found(root) == BOTH


@pytest.mark.parametrize("closed", ["sub-02", "sub-02/ieeg"])
def test_what_may_not_be_read_concerns_its_participant_alone(
    root: Path, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = os.access  # the superuser may read everything
    for module in (folders, dataset):
        monkeypatch.setattr(module.os, "access", lambda path, mode: Path(path) != root / closed and may(path, mode))
    assert found(root) == BOTH[:1]
    check_subject(root, "01")
    with pytest.raises(InputError, match=r"cannot be read \(permission denied\)") as caught:
        check_subject(root, "02")
    assert (caught.value.where, caught.value.code) == (str(root / closed), 66)
    assert unreadable_subjects(root) == (["02"] if closed == "sub-02" else [])


def test_a_database_is_there_whole_or_not_at_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = root.parent / "db"
    with monkeypatch.context() as patch:
        patch.setattr(dataset.os, "replace", lambda *_: 1 / 0)
        with pytest.raises(InputError):
            find_runs(root, database=database)
    left = [file.name for file in database.iterdir() if file.name == "layout_index.sqlite"]
    assert not left
    for _ in range(2):
        assert [run.file.relative_to(root).as_posix() for run in find_runs(root, database=database)] == BOTH
    assert sorted(file.name for file in database.iterdir()) == ["index.lock", "layout_index.sqlite"]


def test_what_leads_up_is_not_validated(root: Path) -> None:
    (root / "sub-01" / "again").symlink_to("/")
    (said,) = validate(root)
    assert str(root / "sub-01" / "again") in said
