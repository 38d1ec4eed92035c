"""What is said: messages and progress (a bar on a terminal, plain lines otherwise), and remarks for the reader."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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


def progress(items: Iterable[_T], *, total: int | None, label: str, every_s: float = 30.0) -> Iterator[_T]:
    """Yield the items, showing how far it is: a bar on a terminal, a line every `every_s` seconds elsewhere."""
    if _terminal():
        yield from tqdm(items, total=total, desc=label, leave=False)
        return
    start = last = time.monotonic()
    for k, item in enumerate(items, 1):
        yield item
        if time.monotonic() - last > every_s:
            last = time.monotonic()
            logger.info("%s: %d of %s after %.0f s", label, k, total if total is not None else "?", last - start)


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


def remark(*sentences: str) -> None:
    """Tell the reader of the reports something; where nothing collects remarks, it is logged."""
    told = _COLLECTOR.get()
    for sentence in sentences:
        if told is None:
            logger.info("%s", sentence)
        else:
            told.add(sentence)
