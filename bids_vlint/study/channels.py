"""channels.tsv: which channels are intracranial, which are good."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import NOT_AVAILABLE, column, read_table, says_nothing
from bids_vlint.log import remark
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import sidecars

_TYPES = ("SEEG", "ECOG")
# What records no brain; channels of any other type may be intracranial ones that are called otherwise.
_OTHER_TYPES = {"EOG", "HEOG", "VEOG", "ECG", "EKG", "EMG", "TRIG", "MISC", "AUDIO", "PD", "PUPIL", "SYSCLOCK", "ADC",
                "DAC", "REF", "GND", "GSR", "RESP", "TEMP", "OTHER", "PPG", "FITERR", "EYEGAZE", "N/A", ""}  # fmt: skip
_SAYS_BAD = re.compile(r"bad|.*(nois|reject|art[ei]fact|exclu|broken|disconnect|saturat|unusable|fault|not (good|ok)|"
                       r"poor|dead|discard|omit|remov|ignor|flat|unplug|detach|corrupt|no signal)")  # fmt: skip
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
    other_types : mapping
        Channels of types that may be intracranial by another name, to these.
    """

    table: pd.DataFrame
    file: Path
    no_status: tuple[str, ...]
    names: tuple[str, ...] = ()
    other_types: Mapping[str, str] = field(default_factory=dict)

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

    Remarks: types and statuses in other words than those of BIDS, and what they count as.
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
    others = {str(n): str(t) for n, t in zip(out["name"], out["type"]) if t not in {*_TYPES, *_OTHER_TYPES}}
    listed = ", ".join(f"{kind}: {n}" for kind, n in Counter(others.values()).items())
    out = out[out["type"].isin(_TYPES)].set_index("name")
    if out.empty:
        has = f" (it has {listed})" if listed else ""
        raise InputError(file, f"types no channel SEEG or ECOG{has}", "correct the type column",
                         Exit.NOTHING_SELECTED)  # fmt: skip
    twice = out.index[out.index.duplicated()]
    if len(twice):
        raise InputError(file, f"names the channel {twice[0]!r} twice", "give every channel one row")
    if others:
        remark(f"{file.name}: {len(others)} channels are left out, typed neither SEEG nor ECOG ({listed}).")
    no_status = tuple(out.index[out["status"] == NOT_AVAILABLE])
    out["status"] = _judged(out["status"], file)
    return Channels(out, file, no_status, tuple(names), others)


def _judged(status: pd.Series, file: Path) -> list[str]:
    """Good or bad for each channel; remarks on words that are neither."""
    low = [text.strip().lower() for text in status]
    judged = ["bad" if not text.startswith("good") and _SAYS_BAD.match(text) else "good" for text in low]
    for verdict in ("bad", "good"):
        odd = [text for text, own in zip(status, judged) if own == verdict]
        odd = [text for text in odd if text.strip().lower() not in (verdict, NOT_AVAILABLE)]
        if odd:
            words = ", ".join(repr(word) for word in list(dict.fromkeys(odd))[:5])
            remark(f"{file.name}: {len(odd)} channels count as {verdict} by a status in other words ({words}).")
    return judged
