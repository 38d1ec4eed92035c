"""channels.tsv: which channels are intracranial, which are good."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import NOT_AVAILABLE, column, read_table, says_nothing
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import sidecars

_TYPES = ("SEEG", "ECOG")
_OPTIONAL = ("units", "low_cutoff", "high_cutoff", "sampling_frequency", "status")


@dataclass(frozen=True)
class Channels:
    """The intracranial channels of a run.

    Attributes
    ----------
    table : DataFrame
        Index: name; columns type (upper case), units, low_cutoff, high_cutoff, sampling_frequency, status (good or
        bad), as text.
    file : Path
    no_status : tuple of str
        Channels whose status is missing or n/a, counted as good.
    names : tuple of str
        Of all channels, whatever their type.
    """

    table: pd.DataFrame
    file: Path
    no_status: tuple[str, ...]
    names: tuple[str, ...] = ()

    @property
    def good(self) -> list[str]:
        """Names of the good channels, in the file's order."""
        return list(self.table.index[self.table["status"] != "bad"])


def read_channels(run: Run) -> Channels:
    """Read the channels.tsv that applies to a run.

    Raises
    ------
    InputError
        Where there is none (66), it lacks a column or names a channel twice (65), or no channel is typed SEEG or
        ECOG (18).
    """
    found = sidecars(run, "channels", ".tsv")
    if not found:
        raise InputError(run.file, "has no channels.tsv, which says which channels are intracranial",
                         f"add {run.label}_channels.tsv", Exit.NO_INPUT)  # fmt: skip
    file = found[0]
    table = read_table(file, ("name", "type", *_OPTIONAL))
    names, types = column(table, "name", file), column(table, "type", file).str.upper()
    out = pd.DataFrame({"name": names, "type": types})
    for key in _OPTIONAL:
        values = table[key] if key in table.columns else pd.Series("", index=table.index)
        out[key] = values.where(~says_nothing(values), NOT_AVAILABLE)
    out = out[out["type"].isin(_TYPES)].set_index("name")
    if out.empty:
        raise InputError(file, "types no channel SEEG or ECOG", "correct the type column", Exit.NOTHING_SELECTED)
    twice = out.index[out.index.duplicated()]
    if len(twice):
        raise InputError(file, f"names the channel {twice[0]!r} twice", "give every channel one row")
    status = out["status"].str.lower()
    no_status = tuple(out.index[status == NOT_AVAILABLE])
    out["status"] = ["bad" if s == "bad" else "good" for s in status]
    return Channels(out, file, no_status, tuple(names))
