"""What killed runs left: files under temporary names, recognised by these names and taken away by who is alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# The names of `atomic`, of the store of features, and of the trial whether a folder can be written.
_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}\.tmp(\.\w+)?|[0-9a-f]{32}\.[0-9a-f]{32}\.tmp|\.bids_vlint-[a-z0-9_]{8}")


def take_away(folder: Path, patterns: Iterable[str] = ("*",)) -> None:
    """Take temporary files away, and empty folders of a trial.

    Parameters
    ----------
    folder : Path
    patterns : iterable of str
        Where they are looked for: "*" in the folder itself, "logs/*/*" in those of runs.
    """
    for file in [f for pattern in patterns for f in folder.glob(pattern) if _TEMPORARY.fullmatch(f.name)]:
        with suppress(OSError):
            file.rmdir() if file.is_dir() else file.unlink()


def empty(folder: Path, *, but: str) -> None:
    """Take everything in a folder away, but for one name."""
    for inside in (f for f in folder.iterdir() if f.name != but):
        if inside.is_dir() and not inside.is_symlink():
            shutil.rmtree(inside, ignore_errors=True)
        else:
            with suppress(OSError):
                inside.unlink()
