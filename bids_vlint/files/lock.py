"""One process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bids_vlint.errors import Exit, InputError


@contextmanager
def only_one(store: Path, key: str) -> Iterator[None]:
    """Let one process at a time compute what `key` names; the others wait and then find it."""
    from filelock import FileLock

    try:
        store.mkdir(parents=True, exist_ok=True)
        lock = FileLock(store / f"{key}.lock")
        lock.acquire()
    except OSError as error:
        wrong = f"this folder cannot be written ({error.strerror})"
        raise InputError(store, wrong, "name another work directory with -w", Exit.CANNOT_CREATE) from error
    try:
        yield
    finally:
        lock.release()
