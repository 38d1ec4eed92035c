"""One process at a time, and whether a process is still at it."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bids_vlint.errors import Exit, InputError

# A sign of life every so many seconds; whoever gave none for so long (another machine's clock may differ) is gone.
_BEAT_S = 30.0
_GONE_S = 180.0


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


def machine() -> str:
    """Name this machine until it is started again; empty where it cannot be told from others."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


@contextmanager
def alive(file: Path) -> Iterator[None]:
    """Show with a file that this process lives, as `is_alive` sees it.

    The file is locked, which this machine's kernel undoes whatever ends the process, and touched now and then, which
    other machines see.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT_S):
            try:
                os.utime(file)
            except OSError:
                return  # it was taken away

    with file.open("ab") as held:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        threading.Thread(target=beat, daemon=True).start()
        try:
            yield
        finally:
            ended.set()


def is_alive(file: Path, where: str) -> bool:
    """Whether the process that showed itself with a file (`alive`) lives.

    Parameters
    ----------
    file : Path
    where : str
        The `machine` that it ran on. Numbers of processes say nothing: containers and machines have their own.
    """
    try:
        with file.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        free = True
    except BlockingIOError:
        return True
    except OSError:
        free = False
    if free and where and where == machine():
        return False
    try:
        return time.time() - file.stat().st_mtime < _GONE_S
    except OSError:
        return False
