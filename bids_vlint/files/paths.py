"""Paths as another machine wrote them: with backslashes, in another case, in another form of Unicode."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from bids_vlint.log import remark


def path_there(root: Path, name: str) -> Path:
    r"""The file or folder below a folder that a name means.

    As it is written, where that is there; else with / for \; else whatever its case and its form of Unicode, where one
    alone fits. A remark says so where it is another.

    Parameters
    ----------
    root : Path
        From where a relative name is read.
    name : str

    Returns
    -------
    Path
        `root / name` where nothing fits.

    Examples
    --------
    >>> path_there(Path("bids"), "stimuli/film.mp4").as_posix()
    'bids/stimuli/film.mp4'
    """
    written = root / name
    if _is_there(written):
        return written
    found = _like(root, name.replace("\\", "/"))
    if found is None:
        return written
    remark(f"{name} is {found.relative_to(root) if found.is_relative_to(root) else found} here.")
    return found


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)  # a link whose content was not fetched is there, too


def _like(root: Path, name: str) -> Path | None:
    """Follow a path folder by folder."""
    path = Path("/") if name.startswith("/") else root
    for part in Path(name.lstrip("/")).parts:
        if part == ".." or _is_there(path / part):
            path = path / part
            continue
        try:
            alike = [p for p in path.iterdir() if _folded(p.name) == _folded(part)]
        except OSError:
            return None
        if len(alike) != 1:
            return None
        path = alike[0]
    return path


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
