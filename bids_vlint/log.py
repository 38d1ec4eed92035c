"""Progress: a bar on a terminal, plain log lines otherwise."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
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
