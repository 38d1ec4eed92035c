"""What the tests of a session share is made once, however many workers ask at the same time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sharing import Shared


def test_it_is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> Path:
        assert not list(folder.iterdir())
        time.sleep(0.05)
        made.append(folder)
        (folder / "file").write_text("content")
        return folder / "file"

    with ThreadPoolExecutor(4) as workers:
        found = set(workers.map(lambda _: Shared(tmp_path).made("a study", make), range(8)))
    assert len(made) == len(found) == 1
    assert found.pop().read_text() == "content"
    assert Shared(tmp_path).made("another", make).parent != made[0]
    assert len(made) == 2


def test_what_failed_is_made_anew(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        Shared(tmp_path).made("a study", fail)
    assert Shared(tmp_path).made("a study", lambda folder: sorted(p.name for p in folder.iterdir())) == []
