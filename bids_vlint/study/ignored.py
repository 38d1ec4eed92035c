"""What .bidsignore leaves out of a data set."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pathspec import PathSpec

from bids_vlint.files.access import text_in


def is_ignored(file: Path, root: Path) -> bool:
    """Whether the data set's .bidsignore names a file, or a folder that it is in."""
    return ignored_in(root)(file)


def ignored_in(root: Path) -> Callable[[Path], bool]:
    """What tells of each file whether the .bidsignore of a data set, which is looked at once, names it."""
    listed = root / ".bidsignore"
    if not listed.is_file():
        return lambda _: False
    about = listed.stat()
    patterns = _patterns(listed, about.st_size, about.st_mtime_ns)
    return lambda file: file.is_relative_to(root) and patterns.match_file(file.relative_to(root).as_posix())


@lru_cache(maxsize=16)
def _patterns(listed: Path, size: int, mtime_ns: int) -> PathSpec:
    """The patterns of a .bidsignore, as those of .gitignore; an empty file has none."""
    return PathSpec.from_lines("gitignore", text_in(listed).splitlines() if size else [])
