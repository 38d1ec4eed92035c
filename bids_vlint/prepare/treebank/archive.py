"""Folders, wheels and zip files looked into alike, without unpacking or importing anything."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from bids_vlint.errors import Exit, InputError, cannot_use
from bids_vlint.files.access import bytes_in, check_file
from bids_vlint.files.tables import table_of_text

Opened = Path | zipfile.Path
_ZIPS = (".whl", ".zip")


def opened(path: Path) -> Opened:
    """A folder as it is; a wheel or zip file as the folder that it holds.

    Raises
    ------
    InputError
        It is not there (66), or is neither (65).
    """
    if path.is_dir():
        return path
    check_file(path)
    if path.suffix.lower() not in _ZIPS:
        raise InputError(path, "is neither a folder nor a wheel nor a zip file", "give one of these")
    try:
        return zipfile.Path(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise cannot_use(path, error, f"cannot be opened ({error})", "fetch it again") from error


def named(place: Opened) -> Path:
    """How a place is called in messages."""
    return Path(str(place))


def content(place: Opened) -> bytes:
    """What a file holds.

    Raises
    ------
    InputError
        It is not there or may not be read (66), or is damaged (65).
    """
    if isinstance(place, Path):
        return bytes_in(place)
    if not place.is_file():
        raise InputError(named(place), "is not there", "fetch the whole file again", Exit.NO_INPUT)
    try:
        return place.read_bytes()
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise cannot_use(named(place), error, f"cannot be read ({error})", "fetch the file again") from error


def text(place: Opened) -> str:
    """What a file holds, as text with plain line ends; errors as `content`, 65 where it is not UTF-8."""
    try:
        return content(place).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise InputError(named(place), "is not UTF-8 text", "fetch it again") from None


def table(place: Opened, known: Collection[str] = ()) -> pd.DataFrame:
    """A file as a table, every cell as text; errors as `text`, 65 where it is none."""
    return table_of_text(text(place), named(place), known)
