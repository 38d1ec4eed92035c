"""The folders of a data set that cannot be gone into: links that lead back up, and what may not be read."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from bids_vlint.errors import Exit, InputError

_Identity = tuple[int, int]  # device and inode


def closed_folders(root: Path, skip: Callable[[str], bool]) -> Iterator[tuple[Path, str]]:
    """Go through a data set, links included, and name the folders that have to be left out.

    Parameters
    ----------
    root : Path
    skip : callable
        Whether a folder, as /sub-01/ieeg/ below the root, is of no interest.

    Yields
    ------
    folder : Path
    why : str
        "" for a link to a folder that it lies in: what is there is there already. Otherwise what the system said.
    """
    above = [_identity(os.stat(folder)) for folder in Path(os.path.realpath(root)).parents]
    yield from _below(root, root, frozenset(above), skip)


def _below(
    root: Path, folder: Path, above: frozenset[_Identity], skip: Callable[[str], bool]
) -> Iterator[tuple[Path, str]]:
    try:
        own = _identity(os.stat(folder))
        if own in above:
            yield folder, ""
            return
        if not os.access(folder, os.R_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with os.scandir(folder) as entries:
            inside = sorted(entry.path for entry in entries if _is_folder(entry))
    except OSError as error:
        yield folder, str(error.strerror or error).lower()
        return
    for path in inside:
        if not skip(f"/{Path(path).relative_to(root).as_posix()}/"):
            yield from _below(root, Path(path), above | {own}, skip)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link to itself is no folder
            return False
        raise


def check_readable(folder: Path, skip: Callable[[str], bool]) -> None:
    """Raise InputError (66) where a folder, or one in it that is not to be skipped, may not be read."""
    for closed, why in closed_folders(folder, skip):
        if why:
            raise InputError(closed, f"cannot be read ({why})", "give yourself the right to", Exit.NO_INPUT)


def _identity(about: os.stat_result) -> _Identity:
    return about.st_dev, about.st_ino
