"""A column of a table: its name, kind, unit and meaning, as its JSON sidecar says them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["string", "number", "integer", "boolean"]


@dataclass(frozen=True)
class Column:
    """A column of a table and what its sidecar says of it."""

    name: str
    kind: Kind
    meaning: str
    units: str | None = None
    levels: dict[str, str] = field(default_factory=dict)

    @property
    def definition(self) -> dict[str, Any]:
        """The column's object in a JSON sidecar."""
        content: dict[str, Any] = {"Description": self.meaning, "Format": self.kind}
        if self.units:
            content["Units"] = self.units
        if self.levels:
            content["Levels"] = dict(self.levels)
        return content


def sidecar_of(columns: Iterable[Column]) -> dict[str, Any]:
    """The content of a JSON sidecar."""
    return {column.name: column.definition for column in columns}
