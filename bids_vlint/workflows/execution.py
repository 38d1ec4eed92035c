"""Participants one after another or in parallel; one that fails does not stop the others."""

from __future__ import annotations

import logging
import math
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bids_vlint import log
from bids_vlint.errors import Exit, InputError, sentence_of
from bids_vlint.files import offline
from bids_vlint.log import logger
from bids_vlint.workflows.announce import say_failures
from bids_vlint.workflows.logbook import Attempt, Logbook, note_attempt, now
from bids_vlint.workflows.workers import Lost, in_workers

_T = TypeVar("_T")
_R = TypeVar("_R")
Elsewhere = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[tuple[int, Any]]]
# Whether this process had a participant before.
_HAD: list[str] = []


def run_all(
    work: Callable[[_T, int], Sequence[str]],
    items: Sequence[tuple[str, _T]],
    nprocs: int,
    verbose: bool,
    folder: Path,
    elsewhere: Elsewhere | None = None,
) -> list[Attempt]:
    """Run a function for every participant: here one after another, in processes, or on other machines.

    Parameters
    ----------
    work : callable
        Takes an item and the number of threads that it may use; returns the names of the fits that it made.
    items : sequence of (participant, item)
    nprocs : int
        Processors; participants run in parallel, what is left over goes to threads inside each. Elsewhere: of each.
    verbose : bool
        Log tracebacks.
    folder : Path
        The run's logbook: each participant is noted there as its work begins and ends.
    elsewhere : callable | None
        Has workers of its own, and calls a function for every job on them, as `in_workers` does.
    """
    workers = max(1, min(nprocs, len(items))) if elsewhere is None else len(items)
    threads = max(1, nprocs // workers) if elsewhere is None else nprocs
    attempt = partial(_attempt, work, threads=threads, verbose=verbose, folder=folder)
    places = [f"{k} of {len(items)}" for k in range(1, len(items) + 1)]
    begin, outcomes = time.monotonic(), list[Attempt]()
    if workers == 1 and elsewhere is None:
        for (subject, item), place in zip(items, places):
            outcomes.append(attempt(subject, item, place))
            _report(outcomes, len(items), begin, workers)
        return outcomes
    jobs = [(subject, item, place) for (subject, item), place in zip(items, places)]
    each = elsewhere or partial(in_workers, n=workers)
    for k, found in each(partial(_in_worker, attempt, logger.level), jobs):
        outcome, lines = (_lost(folder, items[k][0], found), []) if isinstance(found, Lost) else found
        for handler in logger.handlers:
            if isinstance(handler, logging.FileHandler):  # the terminal has them already
                for record in lines:
                    handler.handle(record)
        outcomes.append(outcome)
        _report(outcomes, len(items), begin, workers)
    return outcomes


def _lost(folder: Path, subject: str, how: Lost) -> Attempt:
    """The outcome of a participant whose process gave no answer."""
    error: BaseException
    if how.error is not None:
        error = how.error
    elif how.exit_code in (-signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGTERM):
        error = InputError(f"sub-{subject}", "its process was killed, as a system does when memory runs out",
                           how.do, Exit.TEMPORARY)  # fmt: skip
    else:
        name = signal.Signals(-how.exit_code).name if how.exit_code < 0 else f"exit code {how.exit_code}"
        error = InputError(f"sub-{subject}", f"its process broke down ({name}) within a library",
                           "run it alone, and look whether a file of its is damaged", Exit.FAILURE)  # fmt: skip
    code, message = sentence_of(error)
    entry = Attempt(f"sub-{subject}", "failed", code, message, end=now())
    _note(folder, entry)
    return entry


def attempt_each(items: Mapping[str, _T], work: Callable[[_T], _R]) -> tuple[dict[str, _R], dict[str, Exception]]:
    """Call a function for every participant; those that it fails on, for whatever reason, stop no other."""
    done: dict[str, _R] = {}
    failed: dict[str, Exception] = {}
    for subject, item in items.items():
        try:
            done[subject] = work(item)
        except Exception as error:
            logger.debug("sub-%s: %s", subject, error, exc_info=error)
            failed[subject] = error
    return done, failed


def failure(subject: str, error: Exception) -> Attempt:
    """The outcome of a participant that could not be planned or prepared."""
    code, message = sentence_of(error)
    return Attempt(f"sub-{subject}", "failed", code, message)


def _report(outcomes: Sequence[Attempt], n: int, begin: float, workers: int) -> None:
    """Log what became of the last participant, and how long the others will take if they are like those that ended."""
    last, taken = outcomes[-1], time.monotonic() - begin
    rest = f"; {len(outcomes)} of {n} after {log.duration(taken)}" if n > 1 else ""
    if len(outcomes) < n:
        each = sum(one.seconds or 0.0 for one in outcomes) / len(outcomes)
        left = each * math.ceil(n / workers) - taken
        rest += f", about {log.duration(left)} left" if left > 0 else ", the others soon"
    if last.state == "done":
        logger.info("%s: done in %s%s", last.participant, log.duration(last.seconds or 0.0), rest)
        return
    if rest:
        logger.info("%s: failed%s", last.participant, rest)
    logger.error("%s: %s", last.participant, last.message)


def report_failures(outcomes: Sequence[Attempt], book: Logbook) -> None:
    """Log failures, and note each."""
    say_failures(outcomes)
    for outcome in outcomes:
        note_attempt(book.folder, outcome)


def note_skipped(book: Logbook, subjects: Sequence[str]) -> None:
    """Log and note who has nothing to analyse."""
    for subject in subjects:
        logger.info("sub-%s is skipped: no recording shows a film", subject)
        note_attempt(book.folder, Attempt(f"sub-{subject}", "skipped", message="No recording shows a film."))


def exit_code(outcomes: Sequence[Attempt]) -> int:
    """0; 1 where a participant failed while others succeeded; the first failure's own code where all failed."""
    failures = sorted((o for o in outcomes if o.state == "failed"), key=lambda o: o.participant)
    if not failures:
        return int(Exit.OK)
    return int(Exit.FAILURE) if len(failures) < len(outcomes) else int(failures[0].exit_code or Exit.FAILURE)


class _Lines(logging.Handler):
    """Messages of a worker, for the parent's log file."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message, its arguments put in."""
        record.msg, record.args, record.exc_info = record.getMessage(), None, None
        self.lines.append(record)


def _in_worker(
    attempt: Callable[[str, _T, str], Attempt], level: int, job: tuple[str, _T, str]
) -> tuple[Attempt, list[logging.LogRecord]]:
    offline.stay_offline()
    handler = _Lines()
    log.setup(verbose=level <= logging.DEBUG, stream=open(2, "w", closefd=False))  # noqa: SIM115 (lines, no bars)
    logger.addHandler(handler)
    return attempt(*job), handler.lines


def _attempt(
    work: Callable[[_T, int], Sequence[str]],
    subject: str,
    item: _T,
    place: str,
    *,
    threads: int,
    verbose: bool,
    folder: Path,
) -> Attempt:
    """Work on a participant, and note in the run's logbook that it begins, and how it ended."""
    participant, start, begin = f"sub-{subject}", now(), time.monotonic()
    shared = not _forget_peak() and bool(_HAD)
    _HAD.append(participant)
    logger.info("%s: participant %s", participant, place)
    _note(folder, Attempt(participant, "running", start=start))
    code, message, made = int(Exit.OK), "", tuple[str, ...]()
    try:
        with log.step(participant):
            made = tuple(work(item, threads))
    except Exception as error:
        code, message = sentence_of(error)
        if verbose or not isinstance(error, InputError | MemoryError | OSError):
            logger.debug("%s", traceback.format_exc())
    seconds = round(time.monotonic() - begin, 1)
    entry = Attempt(participant, "failed" if code else "done", code, message, start, now(), seconds, _peak(), shared,
                    made)  # fmt: skip
    _note(folder, entry)
    return entry


def _note(folder: Path, entry: Attempt) -> None:
    """A log that cannot be written stops no participant."""
    try:
        note_attempt(folder, entry)
    except InputError as error:
        logger.warning("%s", error)


def _forget_peak() -> bool:
    """Let the kernel measure this process's peak of memory anew; whether it does."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def _peak() -> int:
    """The most memory that this process held, in bytes (of its program; `getrusage` counts its parent's, too)."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
