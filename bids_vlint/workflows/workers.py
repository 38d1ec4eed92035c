"""Worker processes, each at one item at a time: one that the system kills takes its item with it and no other."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from bids_vlint.stopping import end_with_parent, heeding_signals

_T = TypeVar("_T")
_R = TypeVar("_R")
_PATIENCE_S = 5.0
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Lost:
    """What became of an item whose process ended without an answer: the process's exit code, negative for a signal, and
    what to do where memory ran out; and the error, where it is known."""

    exit_code: int
    do: str = "use fewer --nprocs, or a machine with more memory"
    error: BaseException | None = None


def in_workers(work: Callable[[_T], _R], items: Sequence[_T], n: int) -> Iterator[tuple[int, _R | Lost]]:
    """Call a function for every item in processes of their own.

    Parameters
    ----------
    work : callable
        Of a module; it raises nothing.
    items : sequence
    n : int
        Processes at a time.

    Yields
    ------
    index : int
        Of an item, in the order in which they are done.
    found : what the function returned, or Lost
    """
    waiting = deque(range(len(items)))
    busy: dict[Connection, tuple[BaseProcess, int]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < n:
                pipe, process = _started(work, n)
                busy[pipe] = process, waiting.popleft()
                _send(pipe, items[busy[pipe][1]])
            for pipe in [pipe for pipe in wait(list(busy)) if isinstance(pipe, Connection)]:
                process, index = busy.pop(pipe)
                try:
                    found = pipe.recv()
                except (EOFError, OSError):
                    process.join()
                    pipe.close()
                    yield index, Lost(process.exitcode or 0)
                    continue
                if waiting:
                    busy[pipe] = process, waiting.popleft()
                    _send(pipe, items[busy[pipe][1]])
                else:
                    pipe.close()  # which ends it
                    process.join()
                yield index, found
    finally:
        _end([process for process, _ in busy.values()])


def _send(pipe: Connection, item: object) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it was killed: what it answers tells
        pipe.send(item)


def _started(work: Callable[[Any], Any], n: int) -> tuple[Connection, BaseProcess]:
    context = get_context("spawn")  # a copy of this process would share its threads' locks
    own, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work))
    with _threads(max(1, (os.cpu_count() or 1) // n)):
        process.start()
    theirs.close()
    return own, process


@contextmanager
def _threads(n: int) -> Iterator[None]:
    """Give libraries of linear algebra in a new process their share of the processors, unless the user has."""
    unsaid = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(unsaid, str(n)))
    try:
        yield
    finally:
        for name in unsaid:
            del os.environ[name]


def _serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    """What a worker does: answer until there is nothing more, it is told to end, or its parent is gone."""
    end_with_parent()
    try:
        with heeding_signals(), suppress(EOFError, BrokenPipeError):
            while True:
                pipe.send(work(pipe.recv()))
    except KeyboardInterrupt as told:
        raise SystemExit(128 + told.args[0]) from None


def _end(processes: Sequence[BaseProcess]) -> None:
    """End workers: told first, killed if that is not enough."""
    for process in processes:
        process.terminate()
    end = time.monotonic() + _PATIENCE_S
    for process in processes:
        process.join(max(0.0, end - time.monotonic()))
        if process.exitcode is None:
            process.kill()
            process.join()
