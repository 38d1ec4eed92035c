"""What can go wrong with what a user gave: one sentence and an exit code (BIDS-Apps execution specification 2.0).

An `InputError` carries the file, what is wrong with it and what to do; the command line prints it without a
traceback and exits with its code.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum
from pathlib import Path


class Exit(IntEnum):
    """Exit codes of the BIDS-Apps execution specification (draft 2.0)."""

    OK = 0
    FAILURE = 1  # a participant failed while others succeeded, or an error of the program's own
    NO_BIDS = 16  # BIDS_DIR is no BIDS data set
    UNKNOWN_LEVEL = 17  # neither participant nor group
    NOTHING_SELECTED = 18  # the filters select nothing
    USAGE = 64  # the command line
    DATA = 65  # wrong content of a file
    NO_INPUT = 66  # a file that is not there
    CANNOT_CREATE = 73  # an output that cannot be made
    IO = 74  # reading or writing failed, a full disk
    TEMPORARY = 75  # memory, a lock that is held: try again


class InputError(Exception):
    """Something a user gave that the program cannot use.

    Parameters
    ----------
    where : str | Path
        The file, folder or option.
    wrong : str
        What is wrong with it.
    do : str
        What to do about it.
    code : Exit
        The exit code.

    Examples
    --------
    >>> print(InputError("events.tsv", "has no column 'onset'", "add it"))
    events.tsv: has no column 'onset'; add it.
    """

    def __init__(self, where: str | Path, wrong: str, do: str, code: Exit = Exit.DATA) -> None:
        super().__init__(where, wrong, do, code)
        self.where, self.wrong, self.do, self.code = str(where), wrong, do, Exit(code)

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.wrong}; {self.do}.".split())


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the nearest of the known words, then all of them: for the `do` of an `InputError`.

    Examples
    --------
    >>> did_you_mean("langauge", ["language", "vision"])
    'did you mean language? (known: language, vision)'
    """
    names = sorted({str(k) for k in known})
    near = get_close_matches(word.lower(), [n.lower() for n in names], n=1, cutoff=0.5)
    nearest = next((n for n in names if near and n.lower() == near[0]), None)
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    listing = f"known: {shown}" if names else "none is known"
    return f"did you mean {nearest}? ({listing})" if nearest else listing


def missing(file: Path) -> InputError:
    """The sentence for a file that is not there: a link whose content was not fetched is told apart."""
    if file.is_symlink():
        return InputError(file, "has not been fetched", f"run datalad get {file}", Exit.NO_INPUT)
    return InputError(file, "is not there", "put it there or correct the name", Exit.NO_INPUT)


def sentence_of(error: BaseException) -> tuple[int, str]:
    """The exit code and the sentence for whatever stopped a run or a participant.

    Examples
    --------
    >>> sentence_of(InputError("events.tsv", "has no column 'onset'", "add it"))
    (65, "events.tsv: has no column 'onset'; add it.")
    >>> sentence_of(KeyboardInterrupt())
    (130, 'stopped; what was finished is kept.')
    """
    if isinstance(error, InputError):
        return int(error.code), str(error)
    if isinstance(error, KeyboardInterrupt):
        return 130, "stopped; what was finished is kept."
    if isinstance(error, MemoryError):
        said = f" ({error})" if str(error) else ""
        return int(Exit.TEMPORARY), f"memory ran out{said}; use fewer --nprocs, or a machine with more memory."
    if isinstance(error, OSError):
        what = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        return int(Exit.IO), f"reading or writing failed: {what}."
    return int(Exit.FAILURE), (f"an error of the program's own: {type(error).__name__}: {error} "
                               "(--verbose shows where).")  # fmt: skip
