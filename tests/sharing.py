"""What is made once per session and shared by its workers: a folder for each thing, under a lock."""

from __future__ import annotations

import fcntl
import hashlib
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Shared:
    """The folder that the workers of a session share.

    Nobody may change what was made: tests that spoil take a copy (a study with its features is 2 MB).
    """

    folder: Path

    def made(self, name: str, make: Callable[[Path], T]) -> T:
        """What `make` returned for an empty folder of its own, when the first worker asked for this name."""
        place = self.folder / hashlib.sha256(name.encode()).hexdigest()[:16]
        value = place / "value.pkl"
        with place.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not value.is_file():
                shutil.rmtree(place, ignore_errors=True)  # of a maker that failed
                place.mkdir()
                found = make(place)
                value.write_bytes(pickle.dumps(found))
                return found
        return pickle.loads(value.read_bytes())  # type: ignore[no-any-return]
