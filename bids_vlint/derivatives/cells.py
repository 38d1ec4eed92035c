"""Cells of tables in the kind that their column says, on the way to a file and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.derivatives.columns import carried
from bids_vlint.errors import InputError
from bids_vlint.files.column import Column
from bids_vlint.files.tables import once_for_equals

_TRUTH = {"true": True, "false": False, None: pd.NA}


def as_table(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The columns asked for, in order and each of its kind; what is absent is missing throughout."""
    return pd.DataFrame({c.name: cells_of(table, c) for c in columns}, columns=[c.name for c in columns])


def cells_of(table: pd.DataFrame, column: Column) -> Sequence[Any] | np.ndarray:
    """The cells of a column in its kind; absent or missing is None."""
    if column.name not in table:
        return [None] * len(table)
    values = table[column.name]
    if column.kind == "number" and values.dtype == float and values.notna().any():
        return values.to_numpy()  # as it is
    return once_for_equals(values.tolist(), lambda value: None if _is_missing(value) else _cast(value, column.kind))


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value or value in ("", "n/a")


def _cast(value: Any, kind: str) -> Any:
    if kind == "boolean" and not isinstance(value, str):
        return bool(value)
    if kind == "integer" and not isinstance(value, str):
        return int(value)
    if kind == "number" and not isinstance(value, str):
        return float(value)
    return value


def typed(table: pd.DataFrame, sidecar: dict[str, Any], where: Path) -> pd.DataFrame:
    """Give each column of a table of text the type that its sidecar's `Format` says."""
    kinds = {name: _kind(name, sidecar.get(name)) for name in map(str, table.columns)}
    numbers = [name for name, kind in kinds.items() if kind in ("number", "integer")]
    columns: dict[str, Any] = {name: table[name] for name in kinds} | _numbers(table[numbers])
    for name in (name for name, kind in kinds.items() if kind == "boolean"):
        try:
            columns[name] = pd.Series([_TRUTH[value] for value in table[name]], table.index, dtype="boolean")
        except KeyError as error:
            raise InputError(where, f"column {name} holds what is no boolean ({error})", "make it again") from error
    return pd.DataFrame(columns, index=table.index)


def _kind(name: str, definition: Any) -> str:
    return str(definition.get("Format") if isinstance(definition, dict) else carried(name).kind)


def _numbers(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Columns of text as float, all at once: a call for each is dear. What is no number (of columns that are carried
    along, which may hold remarks) is missing."""
    cells = pd.to_numeric(pd.Series(table.to_numpy(object).T.ravel(), dtype=object), errors="coerce")
    return dict(zip(map(str, table.columns), cells.to_numpy(float).reshape(table.shape[::-1])))
