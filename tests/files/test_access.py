"""Files that cannot be opened are told apart, and what could hang its reader is not opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.files import access
from bids_vlint.files.access import check_file, check_recording
from bids_vlint.files.digest import digest_of
from bids_vlint.files.json_file import read_object
from bids_vlint.files.tables import read_table
from bids_vlint.files.toml_file import read_toml
from bids_vlint.film.sound import samples
from bids_vlint.film.video import probe
from bids_vlint.networks.checkpoints import read_checkpoint

READERS = [check_file, check_recording, digest_of, read_object, read_table, probe, read_checkpoint,
           lambda file: read_toml(file, "model set"), lambda file: next(samples(file, 1.0))]  # fmt: skip


def spoilt(folder: Path, kind: str) -> Path:
    file = folder / "thing.tsv"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "has not been fetched":
        file.symlink_to(folder / ".git" / "annex" / "gone")
    elif kind == "loop":
        file.symlink_to(file)
    return file


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("read", READERS)
def test_what_could_hang_is_not_opened(tmp_path: Path, kind: str, read: object) -> None:
    file = spoilt(tmp_path, kind)
    with pytest.raises(InputError, match=f"is a {kind} and no file") as caught:
        read(file)  # type: ignore[operator]
    assert caught.value.where == str(file)
    assert caught.value.code == 66


@pytest.mark.parametrize("kind, said", [("is not there", "is not there"), ("loop", "symbolic links"),
                                        ("has not been fetched", "datalad get")])  # fmt: skip
def test_what_is_not_there(tmp_path: Path, kind: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        check_file(spoilt(tmp_path, kind))
    assert caught.value.code == 66


def test_what_may_not_be_read_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sub-01_ieeg.json"
    file.write_text("{}")
    monkeypatch.setattr(access.os, "access", lambda *_: False)  # the superuser may read everything
    with pytest.raises(InputError, match=r"cannot be read \(permission denied\)") as caught:
        read_object(file)
    assert caught.value.code == 66


def test_a_pipe_within_a_recording_that_is_a_folder(tmp_path: Path) -> None:
    spoilt(tmp_path, "pipe")
    with pytest.raises(InputError, match="is a pipe"):
        check_recording(tmp_path)


@pytest.mark.parametrize("text", ['{"a": ' * 100_000, "[" * 100_000, "3", "", "{"])
def test_json_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "thing.json"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_object(file)
    assert (caught.value.where, caught.value.code) == (str(file), 65)
