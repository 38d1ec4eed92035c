"""The frames of a film on their way to the networks: decoded once, in order of time, ahead of those who wait."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from bids_vlint.film.video import frames_at

_T = TypeVar("_T")
_AHEAD = 8  # frames that wait


def frames(video: Path, times: np.ndarray) -> Iterator[tuple[int, np.ndarray, bytes]]:
    """Decode the frame shown at each time, with a digest of its pixels.

    Yields
    ------
    index : int
        Into `times`; in order of time.
    frame : (height, width, 3) uint8
    digest : bytes
        Frames that look the same have the same.
    """
    yield from ahead(_with_digest(frames_at(video, times)), _AHEAD)


def _with_digest(shown: Iterable[tuple[int, np.ndarray]]) -> Iterator[tuple[int, np.ndarray, bytes]]:
    last, digest = None, b""
    for index, frame in shown:
        if frame is not last:
            last, digest = frame, hashlib.blake2b(frame.data, digest_size=16).digest()
        yield index, frame, digest


def ahead(items: Iterable[_T], depth: int) -> Iterator[_T]:
    """Yield the items while a thread already makes the next ones; its errors are raised here."""
    waiting: queue.Queue[tuple[str, _T | BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(kind: str, value: _T | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                waiting.put((kind, value), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not put("item", item):
                    return
            put("end", None)
        except BaseException as error:
            put("error", error)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "error":
                assert isinstance(value, BaseException)
                raise value
            if kind == "end":
                return
            yield value  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()
