"""TOML files of a user's: settings, model sets, stimuli."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from bids_vlint.errors import Exit, InputError, cannot_use
from bids_vlint.files.access import text_in


def read_toml(file: Path, what: str) -> dict[str, Any]:
    """Read a TOML file; a byte-order mark is no obstacle.

    Parameters
    ----------
    file : Path
    what : str
        What it is, for the sentence about a file that is not there.

    Raises
    ------
    InputError
        Where it is not there or cannot be read (66), or is no TOML (65).
    """
    if not file.exists() and not file.is_symlink():
        raise InputError(file, f"this {what} is not there", "give the path of a TOML file", Exit.NO_INPUT)
    text = text_in(file, empty=True)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError, OSError, MemoryError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise cannot_use(file, error, f"is not valid TOML ({why})", "correct that line") from error


def is_toml_path(value: str) -> bool:
    """Whether a value that may be a TOML file or a name of the program's own is a file: .toml, or with a slash."""
    return value.endswith(".toml") or "/" in value
