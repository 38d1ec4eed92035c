"""Cells of tables in the kind that their column says, on the way to a file and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.derivatives.columns import carried
from bids_vlint.errors import InputError
from bids_vlint.files.column import Column


def as_table(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The columns asked for, in order and each of its kind; what is absent is missing throughout."""
    return pd.DataFrame({c.name: cells_of(table, c) for c in columns}, columns=[c.name for c in columns])


def cells_of(table: pd.DataFrame, column: Column) -> list[Any]:
    """The cells of a column in its kind; absent or missing is None."""
    if column.name not in table:
        return [None] * len(table)
    values = table[column.name]
    if column.kind == "number" and values.dtype == float and values.notna().any():
        return list(values.tolist())  # as it is
    return [None if _is_missing(value) else _cast(value, column.kind) for value in values]


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
    columns: dict[str, Any] = {}
    for name in table.columns:
        definition = sidecar.get(name)
        kind = definition.get("Format") if isinstance(definition, dict) else carried(name).kind
        try:
            columns[name] = _parsed(table[name], str(kind))
        except (ValueError, KeyError) as error:
            raise InputError(where, f"column {name} holds what is no {kind} ({error})", "make it again") from error
    return pd.DataFrame(columns, index=table.index)


def _parsed(cells: pd.Series, kind: str) -> pd.Series:
    if kind == "boolean":
        truth = {"true": True, "false": False, None: pd.NA}
        return pd.Series([truth[value] for value in cells], index=cells.index, dtype="boolean")
    if kind in ("number", "integer"):
        return pd.to_numeric(cells, errors="coerce").astype(float)  # what is carried along may be a remark
    return cells
