"""Checks of the folders on the command line, before anything is read or written."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.json_file import read_object


def check_bids_dir(bids_dir: Path) -> None:
    """Raise InputError (16) unless the folder holds a dataset_description.json."""
    description = bids_dir / "dataset_description.json"
    if not bids_dir.is_dir():
        wrong = "is a file, not a folder" if bids_dir.exists() else "is not there"
        raise InputError(bids_dir, wrong, "give the folder of a BIDS data set", Exit.NO_BIDS)
    if not description.is_file():
        if description.is_symlink():
            raise InputError(description, "has not been fetched", f"run datalad get {description}", Exit.NO_BIDS)
        raise InputError(bids_dir, "is no BIDS data set (it has no dataset_description.json)",
                         "give the folder that holds dataset_description.json and the sub- folders",
                         Exit.NO_BIDS)  # fmt: skip
    try:
        read_object(description)
    except InputError as error:
        raise InputError(description, error.wrong, error.do, Exit.NO_BIDS) from None


def check_output_dir(output_dir: Path, bids_dir: Path, *, level: str) -> None:
    """Raise InputError (73) unless results can be written there and the input stays untouched.

    The group level only reads BIDS_DIR's name, so it does not ask where the input is.
    """
    if level != "participant":
        check_results_dir(output_dir)
        return
    _check_apart(output_dir, bids_dir)
    parent = nearest_existing(output_dir)
    if not parent.is_dir():
        raise InputError(output_dir, f"cannot be made ({parent} is a file)", "give a folder", Exit.CANNOT_CREATE)
    if not _writable(parent, bids_dir):
        raise InputError(output_dir, "cannot be written", "give a folder that you may write to", Exit.CANNOT_CREATE)
    _check_not_raw(output_dir)


def check_results_dir(output_dir: Path) -> None:
    """Raise InputError unless results are there (66) and can be added to (73)."""
    if not output_dir.is_dir():
        raise InputError(output_dir, "holds no participant results (it is not there)",
                         "run the participant level first", Exit.NO_INPUT)  # fmt: skip
    if not _writable(output_dir):
        raise InputError(output_dir, "cannot be written", "give a folder that you may write to", Exit.CANNOT_CREATE)
    _check_not_raw(output_dir)


def check_work_dir(folder: Path, bids_dir: Path, *, option: str) -> None:
    """Raise InputError (73) where a folder of the program's own would change the input or cannot be written."""
    inside = _relative(folder, bids_dir)
    if inside is not None and inside.parts[:1] != ("derivatives",):
        raise InputError(folder, "lies inside the input data set", f"give another folder with {option}",
                         Exit.CANNOT_CREATE)  # fmt: skip
    parent = nearest_existing(folder)
    if not parent.is_dir() or not _writable(parent, bids_dir):
        raise InputError(folder, "cannot be written", f"give another folder with {option}", Exit.CANNOT_CREATE)


def default_work(output_dir: Path) -> dict[str, Path]:
    """The work folder where none is given, if it is not the one of `Settings`: a container's current folder is lost."""
    return {"work_dir": output_dir / "work"} if os.environ.get("BIDS_VLINT_CONTAINER") else {}


def _check_apart(output_dir: Path, bids_dir: Path) -> None:
    inside = _relative(output_dir, bids_dir)
    if inside is not None and inside.parts[:1] != ("derivatives",):
        raise InputError(output_dir, "lies inside the input data set",
                         f"use {bids_dir / 'derivatives' / 'bids_vlint'} or a folder elsewhere",
                         Exit.CANNOT_CREATE)  # fmt: skip


def _check_not_raw(output_dir: Path) -> None:
    description = output_dir / "dataset_description.json"
    if not description.is_file():
        return
    try:
        content = read_object(description)
        kind = content.get("DatasetType", "raw")
        makers = [maker.get("Name") for maker in content.get("GeneratedBy", [])]
    except InputError as error:
        do = f"put it right, take it away if the results are yours ({error.do}), or give an empty folder"
        raise InputError(description, error.wrong, do, Exit.CANNOT_CREATE) from None
    except (AttributeError, TypeError):
        kind, makers = "raw", []
    if kind != "derivative" or "bids_vlint" not in makers:
        raise InputError(output_dir, "holds another data set", "give an empty folder", Exit.CANNOT_CREATE)


def _writable(folder: Path, bids_dir: Path | None = None) -> bool:
    """Whether files can be made there; a try, since to the superuser permissions say yes to a read-only disk."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    if bids_dir is not None and _relative(folder, bids_dir) is not None:
        return True  # the input is not touched, not even for a try
    try:
        trial = tempfile.mkdtemp(prefix=".bids_vlint-", dir=folder)
        with suppress(FileNotFoundError):  # another run took it for one that was left
            os.rmdir(trial)
    except OSError:
        return False
    return True


def nearest_existing(path: Path) -> Path:
    """The folder itself, or the one above it in which it would be made."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _relative(path: Path, root: Path) -> Path | None:
    """The path below root, as written and with links followed, or None."""
    for one, other in ((path.absolute(), root.absolute()), (path.resolve(), root.resolve())):
        normal, base = Path(os.path.normpath(one)), Path(os.path.normpath(other))
        if normal.is_relative_to(base):
            return normal.relative_to(base)
    return None
