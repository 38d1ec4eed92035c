"""A column of a table: its name, kind, unit and meaning, as its JSON sidecar says them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Q = "{q}"  # in a meaning: the level of false discoveries that the table was made with
Kind = Literal["string", "number", "integer", "boolean"]


@dataclass(frozen=True)
class Column:
    """A column of a table and what its sidecar says of it."""

    name: str
    kind: Kind
    meaning: str
    units: str | None = None
    levels: dict[str, str] = field(default_factory=dict)

    def definition(self, q: str) -> dict[str, Any]:
        """The column's object in a JSON sidecar of a table that was made with this q."""
        content: dict[str, Any] = {"Description": self.meaning.replace(Q, q), "Format": self.kind}
        if self.units:
            content["Units"] = self.units
        if self.levels:
            content["Levels"] = dict(self.levels)
        return content


def sidecar_of(columns: Iterable[Column], *q: float) -> dict[str, Any]:
    """The content of a JSON sidecar; `q` are the levels of false discoveries that the table's verdicts were made with
    (one, unless a group's fits differ; none where it has no verdict)."""
    said = " or ".join(f"{level:g}" for level in sorted(set(q)))
    return {column.name: column.definition(said) for column in columns}
