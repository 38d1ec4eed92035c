"""What can go wrong with what a user gave: one sentence and an exit code (BIDS-Apps execution specification 2.0).

An `InputError` carries the file, what is wrong with it and what to do; the command line prints it without a
traceback and exits with its code.
"""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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


def few(names: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more there are.

    Examples
    --------
    >>> few(["DC4", "DC10"]), few(list("abcdefg"))
    ('DC4, DC10', 'a, b, c, d, e and 2 more')
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


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
    listing = f"known: {few(names, 20)}" if names else "none is known"
    return f"did you mean {nearest}? ({listing})" if nearest else listing


# What libraries say where they pass on no number: of memory, of the disk.
_SAID_MEMORY = ("allocate memory", "unable to allocate", "out of memory", "bad_alloc", "memory allocation failed",
                "failed to map segment")  # fmt: skip
_SAID_FULL = ("no space left", "disk quota exceeded")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_MORE = (errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_FAILED = (errno.EIO, errno.ESTALE, errno.EROFS, errno.ENXIO, errno.ETIMEDOUT, errno.EREMOTEIO)
_ENOUGH_MEMORY = "use fewer --nprocs, or a machine with more memory"


def cannot_use(where: str | Path, error: BaseException, wrong: str, do: str, code: Exit = Exit.DATA) -> InputError:
    """The sentence for a file that a reader failed on, whatever the reader raised.

    Parameters
    ----------
    where : str | Path
    error : exception
        What was raised. Where it, or what it came from, tells of memory (75), the disk (74) or permissions (66), the
        file is not to blame and the sentence says so.
    wrong, do, code
        What is said otherwise.

    Examples
    --------
    >>> cannot_use("a.h5", KeyError("bad header"), "is damaged", "make it again").code.name
    'DATA'
    >>> print(cannot_use("a.h5", MemoryError(), "is damaged", "make it again"))
    a.h5: memory ran out; use fewer --nprocs, or a machine with more memory.
    """
    return of_the_machine(where, error) or InputError(where, wrong, do, code)


def of_the_machine(where: str | Path, error: BaseException) -> InputError | None:
    """What the machine lacked (memory, disk, permission), if an error, or what it came from, tells of it."""
    for one in _chain(error):
        number, said = one.errno if isinstance(one, OSError) else None, str(one).lower()
        if isinstance(one, MemoryError) or number in _NO_MORE or any(s in said for s in _SAID_MEMORY):
            wrong = "too many files are open" if number in (errno.EMFILE, errno.ENFILE) else "memory ran out"
            return InputError(where, wrong, _ENOUGH_MEMORY, Exit.TEMPORARY)
        if number in _FULL or any(s in said for s in _SAID_FULL):
            return InputError(where, "the disk is full", "free some space and run again", Exit.IO)
        if number in _FAILED or "input/output error" in said:
            return InputError(where, f"reading or writing failed ({one})", "check the disk and run again", Exit.IO)
    if isinstance(error, PermissionError):
        return InputError(where, "cannot be read (permission denied)", "give yourself the right to", Exit.NO_INPUT)
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from."""
    seen, one = set[int](), error
    while one is not None and id(one) not in seen:
        yield one
        seen.add(id(one))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)  # type: ignore[assignment]


@contextmanager
def naming(file: str | Path) -> Iterator[None]:
    """Let whatever goes wrong in the body, and is not a sentence yet, name this file (the innermost is named)."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        error.add_note(str(file))
        raise


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
        number = error.args[0] if error.args and isinstance(error.args[0], int) else signal.SIGINT
        return 128 + number, "stopped; what was finished is kept."
    named = getattr(error, "__notes__", [None])[0] or getattr(error, "filename", None)
    if found := of_the_machine(named or "this machine", error):
        return int(found.code), str(found)
    if isinstance(error, OSError):
        return int(Exit.IO), f"reading or writing failed: {error}."
    at = f" at {named}" if named else ""
    return int(Exit.FAILURE), (f"an error of the program's own{at}: {type(error).__name__}: {error} "
                               "(--verbose shows where).")  # fmt: skip
