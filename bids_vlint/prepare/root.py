"""A second root of a data set: links to its signals beside new sidecars; it takes its place whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import cannot_write
from bids_vlint.files.json_file import read_object, write_json
from bids_vlint.version import __version__

_MAKER = "bids_vlint prepare"


@contextmanager
def second_root(out: Path, source: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `out` once the body ends well, and is thrown away otherwise.

    Parameters
    ----------
    out : Path
        A folder that is not there, is empty, or that an earlier run made.
    source : Path
        The data set that is never written to.

    Raises
    ------
    InputError
        73: the folder is another's, lies in the source or around it, or cannot be made; 74: it could not be written.
    """
    _check_place(out, source)
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        new = Path(mkdtemp(prefix=f".{out.name}.", suffix=".new", dir=out.absolute().parent))
    except OSError as error:
        raise cannot_write(out, error) from error
    try:
        new.chmod(0o777 & ~_mask())
        yield new
        _take_place(new, out)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def report_root(out: Path, source: Path) -> Path:
    """The folder for a report alone, in which what an earlier run prepared stays; parameters, errors: `second_root`."""
    _check_place(out, source)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error
    return out


def _take_place(new: Path, out: Path) -> None:
    old = new.with_suffix(".old")
    try:
        if out.exists():
            os.rename(out, old)
        os.rename(new, out)
    except OSError as error:
        if old.exists() and not out.exists():
            os.rename(old, out)
        raise cannot_write(out, error) from error
    shutil.rmtree(old, ignore_errors=True)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _check_place(out: Path, source: Path) -> None:
    one, other = Path(os.path.realpath(out)), Path(os.path.realpath(source))
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise InputError(out, f"lies in {source}, or around it", "give a folder elsewhere", Exit.CANNOT_CREATE)
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir() or (any(out.iterdir()) and not _is_ours(out)):
        raise InputError(out, "holds something else", "give an empty folder, or one that is not there",
                         Exit.CANNOT_CREATE)  # fmt: skip


def _is_ours(out: Path) -> bool:
    """Whether an earlier run made a folder, as its description says."""
    try:
        made_by = read_object(out / "dataset_description.json").get("GeneratedBy", [])
        return any(maker.get("Name") == _MAKER for maker in made_by)
    except (InputError, AttributeError, TypeError):
        return False


def describe_root(folder: Path, source: Path, title: str, said: dict[str, Any]) -> None:
    """Write dataset_description.json: the source's, with this program as the last who had a hand in it.

    Parameters
    ----------
    folder, source : Path
    title : str
        Where the source has no name.
    said : dict
        What the sources are (`SourceDatasets` is a list of such).
    """
    theirs: dict[str, Any] = {}
    if (source / "dataset_description.json").is_file():
        theirs = read_object(source / "dataset_description.json")
    made_by = [maker for maker in theirs.get("GeneratedBy") or [] if isinstance(maker, dict)]
    own = {"Name": _MAKER, "Version": __version__, "Description": "links to the signals, with new sidecars"}
    name = f"{theirs.get('Name') or title} (prepared)"
    write_json(folder / "dataset_description.json",
               {"BIDSVersion": "1.10.0"} | theirs | {"Name": name, "DatasetType": "raw", "GeneratedBy": [*made_by, own],
                "SourceDatasets": [said]})  # fmt: skip


def link(place: Path, file: Path) -> None:
    """Put a link to a file of the source, as its path stands, whether its content has been fetched or not."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(file.absolute())
    except OSError as error:
        raise cannot_write(place, error) from error
