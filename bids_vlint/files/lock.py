"""One process at a time, and whether a process is still at it."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TextIO

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import cannot_write
from bids_vlint.log import logger

# A sign of life every so many seconds; whoever gave none for so long (another machine's clock may differ) is gone.
_BEAT_S = 30.0
_GONE_S = 180.0
_TRIES_S = 1.0
_SHARED = ".lock"
WORKED_ON = "is being worked on by"


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


@contextmanager
def held(file: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a lock while the body runs; the file says who has it, and the kernel frees it however that process ends.

    Parameters
    ----------
    file : Path
    what : str
        What is locked, for people.
    wait : bool
        Wait for another that holds it; the log says so.

    Raises
    ------
    InputError
        Another holds it (75), or the file cannot be made (73).
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = file.open("a+", encoding="utf-8")
    except OSError as error:
        raise cannot_write(file, error) from error
    with stream:
        _take(stream, what, wait=wait)
        _sign(stream, f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%Y-%m-%d %H:%M:%S')}\n")
        try:
            yield
        finally:
            _sign(stream, "")


def _sign(stream: TextIO, text: str) -> None:
    """Write who holds a lock; a full disk does not keep him from holding it."""
    with suppress(OSError):
        os.ftruncate(stream.fileno(), 0)
        os.write(stream.fileno(), text.encode())


def _take(stream: TextIO, what: str, *, wait: bool) -> None:
    """Lock a file, unless its system knows no locks."""
    end = time.monotonic() + _TRIES_S
    while (free := _locked(stream, fcntl.LOCK_EX)) is False and time.monotonic() < end:
        time.sleep(_TRIES_S / 10)  # somebody may just be looking whether it is free
    if free is not False:
        return
    if not wait:
        raise _busy(stream, what)
    logger.info("waiting for %s, which works on %s", _holder(stream), what)
    fcntl.flock(stream, fcntl.LOCK_EX)


def _locked(stream: IO[Any], how: int) -> bool | None:
    """Lock a file if it is free; whether it was. None: its system knows no locks."""
    try:
        fcntl.flock(stream, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _holder(stream: TextIO) -> str:
    stream.seek(0)
    return stream.read().strip() or "another process"


def _busy(stream: TextIO, what: str) -> InputError:
    wrong = f"{WORKED_ON} {_holder(stream)}"
    return InputError(what, wrong, "try again when that has ended", Exit.TEMPORARY)


def check_free(file: Path, what: str) -> None:
    """Raise InputError (75) where another holds a lock (`held`)."""
    with suppress(OSError), file.open("r", encoding="utf-8") as stream:  # nobody has worked there
        if _locked(stream, fcntl.LOCK_SH) is False:
            raise _busy(stream, what)


@contextmanager
def sharing(folder: Path, alone: Callable[[], None] = lambda: None, *, change: bool = False) -> Iterator[None]:
    """Use a folder beside others while the body runs.

    Parameters
    ----------
    folder : Path
    alone : callable
        Called first where nobody else uses the folder: what killed runs left may be taken away then.
    change : bool
        Wait until nobody else uses it, and let nobody in.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shared = (folder / _SHARED).open("ab")
    except OSError as error:
        raise cannot_write(folder / _SHARED, error) from error
    with shared as stream:
        free = _locked(stream, fcntl.LOCK_EX)
        if free:
            alone()
        if free is not None:
            fcntl.flock(stream, fcntl.LOCK_EX if change else fcntl.LOCK_SH)
        yield


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
