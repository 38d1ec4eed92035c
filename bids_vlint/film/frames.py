"""The frames of a film on their way to the networks: decoded once, in order of time, ahead of those who wait."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from bids_vlint.film.video import frames_at

T = TypeVar("T")
AHEAD = 8  # frames that wait


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
    yield from ahead(_with_digest(frames_at(video, times)), AHEAD)


def _with_digest(shown: Iterable[tuple[int, np.ndarray]]) -> Iterator[tuple[int, np.ndarray, bytes]]:
    last, digest = None, b""
    for index, frame in shown:
        if frame is not last:
            last, digest = frame, hashlib.blake2b(frame.data, digest_size=16).digest()
        yield index, frame, digest


def ahead(items: Iterable[T], depth: int) -> Iterator[T]:
    """Yield the items while a thread already makes the next ones; its errors are raised here."""
    waiting: queue.Queue[tuple[str, T | BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(kind: str, value: T | BaseException | None) -> bool:
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


class Clips:
    """Frames that belong together: the clip of each event, whole once its last frame has come.

    Parameters
    ----------
    n_frames : int
        Of a clip.
    """

    def __init__(self, n_frames: int) -> None:
        self.n_frames = n_frames
        self.waiting: dict[int, dict[int, tuple[np.ndarray, bytes]]] = {}

    def add(self, event: int, k: int, frame: np.ndarray, digest: bytes) -> tuple[Sequence[np.ndarray], bytes] | None:
        """Add frame `k` of an event's clip; return the clip and its digest when it is whole."""
        parts = self.waiting.setdefault(event, {})
        parts[k] = (frame, digest)
        if len(parts) < self.n_frames:
            return None
        whole = [parts[j] for j in range(self.n_frames)]
        del self.waiting[event]
        return [frame for frame, _ in whole], b"".join(d for _, d in whole)
