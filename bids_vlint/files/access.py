"""Whether a file can be opened at all: it is there, is a file, and may be read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bids_vlint.errors import Exit, InputError, cannot_use, missing

_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
          (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))  # fmt: skip


def check_file(file: Path) -> None:
    """See that a file can be opened; a pipe or a device, which could hang whoever opens it, is not.

    Raises
    ------
    InputError
        66: it is not there, has not been fetched, is no plain file, or may not be read; 74: the disk failed.
    """
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise missing(file) from None
    except OSError as error:  # a loop of links among them
        wrong = f"cannot be read ({error.strerror})"
        raise cannot_use(file, error, wrong, "put the file itself there", Exit.NO_INPUT) from error
    if not stat.S_ISREG(mode):
        kind = next((said for is_it, said in _KINDS if is_it(mode)), "something else")
        raise InputError(file, f"is {kind} and no file", "put the file itself there", Exit.NO_INPUT)
    if not os.access(file, os.R_OK):
        raise InputError(file, "cannot be read (permission denied)", "give yourself the right to", Exit.NO_INPUT)


def check_recording(file: Path) -> None:
    """As `check_file`; of a recording that is a folder (MEF3), each file in it."""
    for one in file.rglob("*") if file.is_dir() else [file]:
        if not one.is_dir():
            check_file(one)
