"""Locks that say who has them, and what killed runs left."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.files.leftovers import take_away
from bids_vlint.files.lock import check_free, held, sharing

ROOT = Path(__file__).parents[2]


def take(file: Path) -> None:
    with held(file, "sub-01"):
        pass


def test_a_lock_says_who_has_it(tmp_path: Path) -> None:
    file = tmp_path / "logs" / ".sub-01.lock"
    check_free(file, "sub-01")
    with held(file, "sub-01"):
        for ask in (lambda: check_free(file, "sub-01"), lambda: take(file)):
            with pytest.raises(InputError, match=f"sub-01: is being worked on by process {os.getpid()} on") as caught:
                ask()
            assert caught.value.code == 75
    assert file.read_text() == ""
    take(file)


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from bids_vlint.files.lock import held\n"
        "with held(Path(sys.argv[1]), 'sub-01'):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    file = tmp_path / ".sub-01.lock"
    subprocess.run([sys.executable, "-c", code, str(file)], cwd=ROOT, check=False)
    assert file.read_text().startswith("process ")
    take(file)


def test_others_wait_where_that_is_asked(tmp_path: Path) -> None:
    order = []

    def late() -> None:
        with held(tmp_path / "lock", "sub-01", wait=True):
            order.append("late")

    with held(tmp_path / "lock", "sub-01"):
        waiting = threading.Thread(target=late)
        waiting.start()
        waiting.join(1.3)
        order.append("early")
    waiting.join(30)
    assert order == ["early", "late"]


def test_who_is_alone_takes_away_what_was_left_and_only_that(tmp_path: Path) -> None:
    key = "0123456789abcdef" * 2
    left = [".README.ab_d3f9h.tmp", ".sub-01.abcd3f9h.tmp.html", f".low_level-{key}.abcd3f9h.tmp.npz",
            f"{key}.{key}.tmp", f"stages/sub-01_task-film/.responses-{key}.abcd3f9h.tmp.h5"]  # fmt: skip
    kept = [f"{key}.h5", "notes.tmp", ".hidden", ".a.tmp", "cache/.x.abcd3f9h.tmp", "stages/sub-01_task-film/x.h5"]
    for name in (*left, *kept):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".bids_vlint-abcd3f9h").mkdir()

    def sweep() -> None:
        take_away(tmp_path, ("*", "stages/*/*"))

    with sharing(tmp_path / "lock"), sharing(tmp_path / "lock", sweep):
        assert (tmp_path / left[0]).exists(), "another may be writing it"
    with sharing(tmp_path / "lock", sweep):
        there = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    assert there == {*kept, "lock/.lock"}
    assert not (tmp_path / ".bids_vlint-abcd3f9h").exists()
