"""Files that cannot be opened are told apart, and what could hang its reader is not opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.files import access
from bids_vlint.files.access import bytes_in, check_fetched, check_file, check_recording, text_in, why_absent
from bids_vlint.files.digest import digest_of
from bids_vlint.files.json_file import read_object
from bids_vlint.files.tables import read_table
from bids_vlint.files.toml_file import read_toml
from bids_vlint.film.scenes import scene_cuts
from bids_vlint.film.sound import samples
from bids_vlint.film.video import probe
from bids_vlint.networks.checkpoints import read_checkpoint
from bids_vlint.study.speech import read_speech

READERS = [check_file, check_recording, digest_of, read_object, read_table, probe, read_checkpoint, bytes_in, text_in,
           scene_cuts,
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


def test_all_that_is_to_be_fetched_is_named_at_once(tmp_path: Path) -> None:
    links = [tmp_path / name for name in ("a b.eeg", "c.vmrk")]
    for link in links:
        link.symlink_to(".git/annex/objects/gone")
    pointer, there = tmp_path / "film.mp4", tmp_path / "there.tsv"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    there.write_text("onset\n1\n")
    check_fetched([there, tmp_path / "absent.tsv"])  # which is to be put there, and not fetched
    with pytest.raises(InputError, match=rf"c\.vmrk: has not been fetched; run datalad get {links[1]}\.$"):
        check_fetched([there, links[1], links[1]])
    with pytest.raises(InputError) as caught:
        check_fetched([*links, there, pointer])
    assert str(caught.value) == (
        f"{links[0]} and 2 more: have not been fetched; run datalad get '{links[0]}' {links[1]}, and git lfs pull "
        "--include film.mp4."
    )
    assert caught.value.code == 66


def test_what_may_not_be_read_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sub-01_ieeg.json"
    file.write_text("{}")
    monkeypatch.setattr(access.os, "access", lambda *_: False)  # the superuser may read everything
    with pytest.raises(InputError, match=r"cannot be read \(permission denied\)") as caught:
        read_object(file)
    assert caught.value.code == 66


def test_a_pipe_within_a_recording_that_is_a_folder(tmp_path: Path) -> None:
    for name, said in (("sub-01_ieeg.mefd", "is a pipe"), ("sub-01_ieeg.eeg", "is a folder")):
        (tmp_path / name).mkdir()
        spoilt(tmp_path / name, "pipe")
        with pytest.raises(InputError, match=said):
            check_recording(tmp_path / name)


@pytest.mark.parametrize("text", ['{"a": ' * 100_000, "[" * 100_000, "3", "\n", "{"])
def test_json_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "thing.json"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_object(file)
    assert (caught.value.where, caught.value.code) == (str(file), 65)


POINTERS = {
    "/annex/objects/SHA256E-s174080--0a1b2c.edf\n": "datalad get",
    "../../.git/annex/objects/Xk/9P/MD5E-s408--0a1b2c.json/MD5E-s408--0a1b2c.json": "datalad get",
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n": "git lfs pull",
    "": "datalad get",
}


@pytest.mark.parametrize("content", POINTERS)
@pytest.mark.parametrize("read", [*READERS, "words.srt", "words.TextGrid", "words.json"])
def test_a_pointer_in_place_of_a_file(tmp_path: Path, content: str, read: object) -> None:
    file = tmp_path / (read if isinstance(read, str) else "thing.tsv")
    file.write_text(content)
    if not content and read in (digest_of, READERS[-2]):
        return  # a folder of weights may hold an empty file, and settings may be none
    with pytest.raises(InputError, match=POINTERS[content]) as caught:
        (read_speech if isinstance(read, str) else read)(file)  # type: ignore[operator]
    assert caught.value.where == str(file)
    assert caught.value.code == 66


def test_a_recording_that_is_a_folder(tmp_path: Path) -> None:
    (folder := tmp_path / "sub-01_ieeg.mefd" / "A1.timd").mkdir(parents=True)
    (folder / "A1.ridx").touch()  # no records
    check_recording(folder.parent)
    (folder / "A1.tdat").write_text(next(iter(POINTERS)))
    with pytest.raises(InputError, match=r"A1\.tdat: has not been fetched"):
        check_recording(folder.parent)


def test_what_is_there_is_there(tmp_path: Path) -> None:
    file, link = tmp_path / "README", tmp_path / "link"
    link.symlink_to(file)
    for content in ("onset\tword\n1\t/annex/objects/x\n", "see .git/annex/objects/\tand so on\n", "\n"):
        file.write_text(content)
        assert why_absent(file) is None
        assert why_absent(link) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_text(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes("Käse\r\nund\rWein\n".encode(encoding))
    assert text_in(file) == "Käse\nund\nWein\n"
    file.write_bytes("Käse".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        text_in(file)
