"""What is said: messages and progress (a bar on a terminal, plain lines otherwise), and remarks for the reader."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TextIO, TypeVar

from tqdm import tqdm

_T = TypeVar("_T")
logger = logging.getLogger("bids_vlint")


def setup(*, verbose: bool, stream: TextIO | None = None) -> None:
    """Send the program's messages to a stream, standard error unless another is given."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logger.handlers[:] = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.propagate = False


def _terminal() -> bool:
    """Whether messages go to a terminal (those of a worker go to its parent)."""
    return any(getattr(h, "stream", None) is sys.stderr for h in logger.handlers) and sys.stderr.isatty()


# Nothing is silent for longer.
EVERY_S = 30.0


@dataclass(eq=False)
class Ongoing:
    """A part of the work that is going on: what it is, how much of it is done, and the bar that shows it."""

    label: str
    total: int | None
    start: float
    done: int = 0
    bar: tqdm | None = None  # type: ignore[type-arg]


# What this process is at, the innermost last.
_STEPS: list[Ongoing] = []


@contextmanager
def step(label: str, total: int | None = None) -> Iterator[Ongoing]:
    """Say every 30 s that a part of the work goes on, and how far the innermost of such parts is.

    Parameters
    ----------
    label : str
    total : int | None
        How much there is to do, if that is known; the body counts in `done`.
    """
    own, ended = Ongoing(label, total, time.monotonic()), threading.Event()
    _STEPS.append(own)
    if outermost := len(_STEPS) == 1:
        threading.Thread(target=_say_until, args=(ended,), daemon=True).start()
    try:
        yield own
    finally:
        _STEPS.remove(own)
        if outermost:
            ended.set()


def _say_until(ended: threading.Event) -> None:
    """Say, from a thread of its own, how far the innermost step is."""
    while not ended.wait(EVERY_S):
        for current in _STEPS[-1:]:  # none, where the last one ends at this moment
            if current.bar is not None:
                current.bar.refresh()
            else:
                logger.info("%s", _so_far(current))


def _so_far(current: Ongoing) -> str:
    """How far a step is, and how long the rest takes if it goes on like this."""
    seconds = time.monotonic() - current.start
    if not current.done:
        return f"{current.label}: going on for {duration(seconds)}"
    if not current.total:
        return f"{current.label}: {current.done} after {duration(seconds)}"
    rest = seconds / current.done * (current.total - current.done)
    return f"{current.label}: {current.done} of {current.total} after {duration(seconds)}, about {duration(rest)} left"


def counted(n: int, noun: str) -> str:
    """A count and its noun: 1 site, 2 sites."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def duration(seconds: float) -> str:
    """A time in words.

    Examples
    --------
    >>> [duration(s) for s in (0.2, 44.6, 600, 9000)]
    ['1 s', '45 s', '10 min', '2.5 h']
    """
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def progress(items: Iterable[_T], *, total: int | None, label: str) -> Iterator[_T]:
    """Yield the items, showing how far it is: a bar on a terminal, a line every 30 s elsewhere."""
    with step(label, total) as own:
        if _terminal():
            items = own.bar = tqdm(items, total=total, desc=label, leave=False)
        for item in items:
            yield item
            own.done += 1


class Remarks:
    """What reports say of a fit besides its numbers: sentences in the order in which they were said, each once."""

    def __init__(self, said: Iterable[str] = ()) -> None:
        self._said = dict.fromkeys(said)

    def add(self, sentence: str) -> None:
        """Add a sentence that was not said yet."""
        self._said.setdefault(sentence)

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)


_COLLECTOR: ContextVar[Remarks | None] = ContextVar("remarks", default=None)


@contextmanager
def remarks(said: Iterable[str] = ()) -> Iterator[Remarks]:
    """Collect what `remark` says while the body runs, after what was said before; the innermost collector gets it.

    Examples
    --------
    >>> with remarks(["Nobody spoke."]) as told:
    ...     remark("The film has no picture.", "Nobody spoke.")
    >>> list(told)
    ['Nobody spoke.', 'The film has no picture.']
    """
    told = Remarks(said)
    before = _COLLECTOR.set(told)
    try:
        yield told
    finally:
        _COLLECTOR.reset(before)


# How a remark begins that must not be missed.
WARNING = "Warning: "


def say_remark(where: str, sentence: str) -> None:
    """Log a remark on something: as a warning, where it is one."""
    if sentence.startswith(WARNING):
        logger.warning("%s: %s", where, sentence.removeprefix(WARNING))
    else:
        logger.info("%s: %s", where, sentence)


def remark(*sentences: str) -> None:
    """Tell the reader of the reports something; where nothing collects remarks, it is logged."""
    told = _COLLECTOR.get()
    for sentence in sentences:
        if told is None:
            logger.info("%s", sentence)
        else:
            told.add(sentence)
