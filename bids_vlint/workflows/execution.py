"""Participants one after another or in parallel; one that fails does not stop the others."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bids_vlint import log
from bids_vlint.errors import Exit, InputError
from bids_vlint.files import offline
from bids_vlint.log import logger

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Outcome:
    """What became of a participant: the exit code, and the sentence of a failure."""

    subject: str
    code: Exit
    message: str = ""


def run_all(
    work: Callable[[_T, int], None],
    items: Sequence[tuple[str, _T]],
    nprocs: int,
    verbose: bool,
    done: Callable[[Outcome], None],
) -> list[Outcome]:
    """Run a function for every participant.

    Parameters
    ----------
    work : callable
        Takes an item and the number of threads that it may use.
    items : sequence of (participant, item)
    nprocs : int
        Processors; participants run in parallel, what is left over goes to threads inside each.
    verbose : bool
        Log tracebacks.
    done : callable
        Called with each outcome as it is known.
    """
    workers = max(1, min(nprocs, len(items)))
    threads = max(1, nprocs // workers)
    if workers == 1:
        outcomes = []
        for subject, item in items:
            outcomes.append(_attempt(work, subject, item, threads, verbose))
            done(outcomes[-1])
        return outcomes
    from joblib import Parallel, delayed

    level = logger.level
    stream = Parallel(n_jobs=workers, backend="loky", return_as="generator")(
        delayed(_in_worker)(work, subject, item, threads, verbose, level) for subject, item in items
    )
    outcomes = []
    for outcome, lines in stream:
        for handler in logger.handlers:
            if isinstance(handler, logging.FileHandler):  # the terminal has them already
                for record in lines:
                    handler.handle(record)
        outcomes.append(outcome)
        done(outcome)
    return outcomes


def attempt_each(items: Mapping[str, _T], work: Callable[[_T], _R]) -> tuple[dict[str, _R], dict[str, InputError]]:
    """Call a function for every participant; those whose input cannot be used are told apart."""
    done: dict[str, _R] = {}
    failed: dict[str, InputError] = {}
    for subject, item in items.items():
        try:
            done[subject] = work(item)
        except InputError as error:
            failed[subject] = error
    return done, failed


def failure(subject: str, error: InputError) -> Outcome:
    """The outcome of a participant whose input cannot be used."""
    return Outcome(subject, error.code, str(error))


def report_outcome(outcome: Outcome) -> None:
    """Log what became of a participant."""
    if outcome.code == Exit.OK:
        logger.info("sub-%s: done", outcome.subject)
    else:
        logger.error("sub-%s: %s", outcome.subject, outcome.message)


def report_failures(outcomes: Sequence[Outcome]) -> None:
    """Log failures, those of one cause (a file that all participants need) in one sentence."""
    for message in dict.fromkeys(o.message for o in outcomes):
        subjects = [f"sub-{o.subject}" for o in outcomes if o.message == message]
        shown = ", ".join(subjects[:5]) + (f" and {len(subjects) - 5} more" if len(subjects) > 5 else "")
        logger.error("%s: %s", shown, message)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0; 1 where a participant failed while others succeeded; the first failure's own code where all failed."""
    failures = sorted((o for o in outcomes if o.code != Exit.OK), key=lambda o: o.subject)
    if not failures:
        return int(Exit.OK)
    return int(Exit.FAILURE if len(failures) < len(outcomes) else failures[0].code)


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
    work: Callable[[_T, int], None], subject: str, item: _T, threads: int, verbose: bool, level: int
) -> tuple[Outcome, list[logging.LogRecord]]:
    offline.stay_offline()
    handler = _Lines()
    log.setup(verbose=level <= logging.DEBUG, stream=open(2, "w", closefd=False))  # noqa: SIM115 (lines, no bars)
    logger.addHandler(handler)
    return _attempt(work, subject, item, threads, verbose), handler.lines


def _attempt(work: Callable[[_T, int], None], subject: str, item: _T, threads: int, verbose: bool) -> Outcome:
    try:
        work(item, threads)
    except InputError as error:
        if verbose:
            logger.debug("%s", traceback.format_exc())
        return failure(subject, error)
    except MemoryError as error:
        return Outcome(subject, Exit.TEMPORARY, f"memory ran out ({error}); use fewer --nprocs.")
    except OSError as error:
        return Outcome(subject, Exit.IO, f"reading or writing failed: {error}.")
    except Exception as error:
        logger.debug("%s", traceback.format_exc())
        return Outcome(subject, Exit.FAILURE, f"an error of the program's own: {type(error).__name__}: {error} "
                       "(--verbose shows where).")  # fmt: skip
    return Outcome(subject, Exit.OK)
