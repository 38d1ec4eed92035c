"""The folders of a data set that cannot be gone into: links that lead back up, and what may not be read."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bids_vlint.errors import Exit, InputError

_Identity = tuple[int, int]  # device and inode


class Folder(NamedTuple):
    """A folder of a data set.

    Attributes
    ----------
    path : str
    inside : tuple of str
        The names of what is in it, folders among them; empty where it is closed.
    folders : frozenset of str
        Those of them that are folders.
    closed : str | None
        Why it cannot be gone into: "" for a link to a folder that it lies in (what is there is there already),
        otherwise what the system said. None where it can.
    """

    path: str
    inside: tuple[str, ...] = ()
    folders: frozenset[str] = frozenset()
    closed: str | None = None


def walked(root: Path, skip: Callable[[str], bool]) -> Iterator[Folder]:
    """Go through a data set once, links included, by names alone.

    Parameters
    ----------
    root : Path
    skip : callable
        Whether a folder, as /sub-01/ieeg/ below the root, is of no interest.

    Yields
    ------
    Folder
        Each before what is in it, in order of their names.
    """
    above = [_identity(os.stat(folder)) for folder in Path(os.path.realpath(root)).parents]
    yield from _below(os.fspath(root), "/", frozenset(above), skip)


def closed_folders(root: Path, skip: Callable[[str], bool]) -> Iterator[tuple[Path, str]]:
    """The folders of a data set that have to be left out, with `Folder.closed`; arguments as of `walked`."""
    return ((Path(folder.path), folder.closed) for folder in walked(root, skip) if folder.closed is not None)


def _below(folder: str, name: str, above: frozenset[_Identity], skip: Callable[[str], bool]) -> Iterator[Folder]:
    try:
        own = _identity(os.stat(folder))
        if own in above:
            yield Folder(folder, closed="")
            return
        if not os.access(folder, os.R_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with os.scandir(folder) as entries:
            inside = sorted((entry.name, _is_folder(entry)) for entry in entries)
    except OSError as error:
        yield Folder(folder, closed=str(error.strerror or error).lower())
        return
    folders = [entry for entry, is_folder in inside if is_folder]
    yield Folder(folder, tuple(entry for entry, _ in inside), frozenset(folders))
    for entry in folders:
        if not skip(f"{name}{entry}/"):
            yield from _below(os.path.join(folder, entry), f"{name}{entry}/", above | {own}, skip)


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
