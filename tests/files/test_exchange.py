"""Files that change together: all old or all new, whenever a run is killed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.files import exchange
from bids_vlint.files.exchange import as_they_stand, claimed, exchanged, finish_all

OLD = {"sub-1/a.tsv": "old a", "sub-1/b.tsv": "old b", "sub-1/same.tsv": "same", "sub-1/gone.tsv": "old"}
NEW = {"sub-1/a.tsv": "new a", "sub-1/b.tsv": "new b", "sub-1/same.tsv": "same", "sub-1/ses-1/c.tsv": "new c"}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def read(folder: Path) -> dict[str, str]:
    return {f.relative_to(folder).as_posix(): f.read_text() for f in folder.rglob("*.tsv")}


def change(out: Path) -> None:
    with claimed(out, "sub-1"), exchanged(out, "sub-1") as new:
        write(new.folder, NEW)
        new.gone |= {out / name for name in OLD}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    write(tmp_path / "out", OLD)
    return tmp_path / "out"


def test_all_change_and_what_stays_is_not_touched(out: Path) -> None:
    before = (out / "sub-1/same.tsv").stat().st_mtime_ns
    change(out)
    assert read(out) == NEW
    assert (out / "sub-1/same.tsv").stat().st_mtime_ns == before
    assert {p.name for p in out.iterdir()} - {"logs"} == {"sub-1"}


def test_an_error_leaves_the_old(out: Path) -> None:
    def fail() -> None:
        with exchanged(out, "sub-1") as new:
            write(new.folder, NEW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert read(out) == OLD
    assert {p.name for p in out.iterdir()} - {"logs"} == {"sub-1"}


def killed_at(moment: int, work: Callable[[], None]) -> bool:
    """Run it in a child that ends at once at its nth step on disk; whether it came so far."""
    child = os.fork()
    if child:
        return bool(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9)
    steps = iter(range(moment))

    def counted(step: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*words: object, **named: object) -> object:
            if next(steps, None) is None:
                os._exit(9)
            return step(*words, **named)

        return wrapped

    for owner, name in ((os, "replace"), (Path, "unlink"), (Path, "mkdir"), (Path, "write_text")):
        setattr(owner, name, counted(getattr(owner, name)))
    try:
        work()
    finally:
        os._exit(0)


def test_killed_at_every_moment(tmp_path: Path) -> None:
    seen = []
    for moment in range(100):
        out = tmp_path / f"{moment}"
        write(out, OLD)
        if not killed_at(moment, lambda out=out: change(out)):  # type: ignore[misc]
            break
        finish_all(out)
        seen.append(read(out))
        assert seen[-1] in (OLD, NEW), moment
        assert {p.name for p in out.iterdir()} - {"logs"} == {"sub-1"}
        change(out)
        assert read(out) == NEW
    assert moment > 10
    first = seen.index(NEW)
    assert 0 < first < len(seen) - 3, "killed while files are renamed, all are new once it is finished"
    assert all(found == NEW for found in seen[first:])


def test_what_another_run_is_at_work_on_stays(out: Path) -> None:
    with claimed(out, "sub-1"), exchanged(out, "sub-1") as new:
        write(new.folder, NEW)
        finish_all(out)
        with (
            pytest.raises(
                InputError, match=rf"sub-1 in .* worked on by process {os.getpid()} on .* since 20"
            ) as caught,
            claimed(out, "sub-1"),
        ):
            pass
        assert caught.value.code == 75
        with claimed(out, "sub-2"):
            pass
        assert read(new.folder) == NEW
    assert read(out)["sub-1/a.tsv"] == "new a"


@pytest.mark.parametrize("said", ["", "{", "[]", "{}", '{"new": [1], "gone": []}', '{"new": [], "gone": ["../keep"]}'])
def test_a_journal_that_is_none(out: Path, said: str) -> None:
    (out.parent / "keep").touch()
    left = out / ".sub-1.abcdefgh.new"
    left.mkdir()
    (left / "journal.json").write_text(said)
    finish_all(out)
    assert not left.exists()
    assert read(out) == OLD
    assert (out.parent / "keep").is_file()


def test_nothing_changes_while_somebody_reads(out: Path) -> None:
    with as_they_stand(out):
        changing = threading.Thread(target=change, args=(out,))
        changing.start()
        changing.join(0.5)
        assert changing.is_alive()
        assert {name: text for name, text in read(out).items() if name.startswith("sub-1")} == OLD
    changing.join(30)
    assert read(out) == NEW


def test_a_change_that_fails_half_way_is_finished_by_the_next(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(exchange.os, "replace", lambda a, b: full() if str(b).endswith("b.tsv") else os.rename(a, b))
        with pytest.raises(InputError, match="No space left"):
            change(out)
    with claimed(out, "sub-2"):
        assert read(out) != NEW
    finish_all(out)
    assert read(out) == NEW
