"""How a run ends that is told to: TERM, INT and HUP alike, and workers whose parent is gone.

The first signal raises KeyboardInterrupt, so that whatever is being written is put away; later ones change nothing. A
process that has not ended some seconds after it was told, since it waits for a library or a disk, ends at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection, parent_process
from typing import Any

_HEEDED = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
_GRACE_S = 7.0
_PR_SET_PDEATHSIG = 1


@contextmanager
def heeding_signals() -> Iterator[None]:
    """Let TERM, INT and HUP end the body by KeyboardInterrupt, whose argument is the signal's number.

    As process 1 of a container, to which signals mean nothing otherwise, too. Those that the parent has ignored
    (nohup) stay ignored; outside of the main thread nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _HEEDED}
    heeded = [number for number, how in before.items() if how != signal.SIG_IGN]
    told, ended = threading.Event(), threading.Event()

    def stop(number: int, _frame: Any) -> None:
        if not told.is_set():
            told.set()
            raise KeyboardInterrupt(number)

    receiver, sender = os.pipe()
    os.set_blocking(sender, False)
    earlier = signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
    threading.Thread(target=_end_late, args=(receiver, heeded, ended), daemon=True).start()
    for number in heeded:
        signal.signal(number, stop)
    try:
        yield
    finally:
        told.set()
        for number in heeded:
            signal.signal(number, before[number])
        signal.set_wakeup_fd(earlier)
        ended.set()
        os.close(sender)


def _end_late(receiver: int, heeded: list[signal.Signals], ended: threading.Event) -> None:
    """End the process some time after a signal came, if it has not ended: also where no Python code runs meanwhile."""
    while came := os.read(receiver, 1):
        if came[0] in heeded:
            if not ended.wait(_GRACE_S):
                os._exit(128 + came[0])
            break
    os.close(receiver)


def killed_with_parent() -> None:
    """Let the kernel (of Linux) kill this process, and whatever program it becomes, when its parent is gone."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def end_with_parent() -> None:
    """End this worker when its parent is gone, however that ended: nothing is left that may still write."""
    killed_with_parent()
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
