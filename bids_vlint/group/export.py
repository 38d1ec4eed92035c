"""The tables that the group level writes: one file of this package each, or a package of others (`registry`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from bids_vlint.derivatives.layout import group_file, sidecar
from bids_vlint.derivatives.whole import mark_of, sealed
from bids_vlint.files.column import Column, sidecar_of
from bids_vlint.files.json_file import write_json
from bids_vlint.files.tables import write_tsv
from bids_vlint.group.collected import Collected
from bids_vlint.registry import Registry


@dataclass(frozen=True)
class Export:
    """A table that is made of all fits, and what its sidecar and the README say of it.

    Attributes
    ----------
    name : str
        The file's, without .tsv. It starts with group_, as everything of the group level does (.bidsignore says so).
    description : str
        Of the sidecar; {whose} becomes whose electrodes they are.
    said : str
        What it holds, for the README, in a few words.
    columns : Collected -> iterable of Column
        In order, with their meanings.
    table : Collected -> DataFrame
    place : int
        Where it stands among the others.
    """

    name: str
    description: str
    said: str
    columns: Callable[[Collected], Iterable[Column]]
    table: Callable[[Collected], pd.DataFrame]
    place: int = 100

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.tsv"


def _wrong(found: Export) -> str | None:
    return None if found.name.startswith("group_") else "does not start with group_, as files of the group level do"


EXPORTS = Registry("export", Export, "bids_vlint.group.exports", "bids_vlint.exports", "export", _wrong)


def write_exports(collected: Collected) -> None:
    """Write every table of the group, and its sidecar with the mark that tells whether the table is whole.

    Raises
    ------
    InputError
        An export of another package cannot be loaded, or a result cannot be read (65).
    """
    for export in EXPORTS.everything:
        tsv = group_file(collected.out, export.file)
        description = export.description.format(whose=collected.whose)
        columns = sidecar_of(export.columns(collected), *collected.levels)
        write_tsv(tsv, export.table(collected))
        write_json(sidecar(tsv), sealed({"Description": description, **columns, "Table": mark_of(tsv)}))


def said_of_exports() -> dict[str, str]:
    """What each file holds, for the README and the docs."""
    return {export.file: export.said for export in EXPORTS.everything}
