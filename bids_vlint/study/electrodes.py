"""Where the electrodes are: electrodes.tsv and coordsystem.json as they stand; frame and unit are never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError
from bids_vlint.files.json_file import read_object
from bids_vlint.files.tables import MISSING, column, numbers, read_table

AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Electrodes:
    """One electrodes.tsv and what its coordsystem.json declares.

    Attributes
    ----------
    table : DataFrame
        Indexed by contact; x, y, z as float (NaN where n/a), every other column as text.
    space : str | None
        iEEGCoordinateSystem as written; None where undeclared.
    units : str | None
        iEEGCoordinateUnits as written; None where undeclared.
    file : Path
        The electrodes.tsv.
    coordsystem : Path | None
        Its coordsystem.json; None where there is none.
    described : str | None
        iEEGCoordinateSystemDescription as written; None where undeclared.
    """

    table: pd.DataFrame
    space: str | None
    units: str | None
    file: Path
    coordsystem: Path | None = None
    described: str | None = None


def read_electrodes(tsv: Path, coordsystem: Path | None = None) -> Electrodes:
    """Read contacts and the frame that is declared for them.

    Parameters
    ----------
    tsv : Path
        An electrodes.tsv. A byte-order mark, spaces around cells and identical repeated rows are no obstacle.
    coordsystem : Path | None
        Its coordsystem.json; None where there is none.

    Raises
    ------
    InputError
        A file is absent (66), or is no such file, lacks the name column, is_repeat a column or a contact with other
        values, or holds a coordinate that is no number (65).
    """
    table = read_table(tsv, ("name", *AXES))
    column(table, "name", tsv)
    for axis in AXES:
        table[axis] = _coordinates(table, axis, tsv)
    table = table[table["name"] != ""].drop_duplicates()
    repeated = sorted(table.loc[table["name"].duplicated(), "name"].unique())
    if repeated:
        raise InputError(tsv, f"lists {', '.join(repeated[:5])} more than once", "keep one row per contact")
    space, units, described = _frame(coordsystem) if coordsystem else (None, None, None)
    return Electrodes(table.set_index("name"), space, units, tsv, coordsystem, described)


def _coordinates(table: pd.DataFrame, axis: str, tsv: Path) -> np.ndarray:
    """One axis as numbers; NaN where the column or the cell is missing."""
    found = numbers(table, axis, tsv) if axis in table else np.full(len(table), np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def _frame(coordsystem: Path) -> tuple[str | None, str | None, str | None]:
    """The declared frame and unit, and the frame's description."""
    content = read_object(coordsystem)
    keys = ("iEEGCoordinateSystem", "iEEGCoordinateUnits", "iEEGCoordinateSystemDescription")
    space, units, described = (_declared(content.get(key)) for key in keys)
    return space, units, described


def _declared(value: Any) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    return None if text.lower() in MISSING else text
