"""The files of a recovery, in a folder of its own beside the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.derivatives.layout import FIGURE_ENDINGS
from bids_vlint.errors import Exit, InputError
from bids_vlint.figures.style import save_figure
from bids_vlint.files.atomic import write_text
from bids_vlint.files.column import Column, sidecar_of
from bids_vlint.files.json_file import read_json, write_json
from bids_vlint.files.tables import read_tsv, write_tsv
from bids_vlint.recovery.figure import recovery_figure
from bids_vlint.recovery.summary import FALSE_COLUMNS, RECOVERY_COLUMNS, SMALLEST_COLUMNS, TRIAL_COLUMNS
from bids_vlint.recovery.trial import EITHER

RECOVERY_FOLDER, STUDY = "recovery", "study"
RECOVERY_TABLES: Mapping[str, tuple[str, Sequence[Column]]] = {
    "recovery": ("What was found of what was planted: a row per kind, source, size, claim and alignment.",
                 RECOVERY_COLUMNS),
    "smallest": ("The smallest size that is found with 80 % power.", SMALLEST_COLUMNS),
    "false": ("How often each claim is made where it is false, and whether it is to be believed.", FALSE_COLUMNS),
}  # fmt: skip
_TRIALS = "trials"


def recovery_file(out: Path, who: str, what: str, ending: str = "tsv") -> Path:
    """A file of a participant's recovery (who: sub-01), or of the study's."""
    return out / RECOVERY_FOLDER / f"{who}_{what}.{ending}"


def write_trials(out: Path, who: str, trials: pd.DataFrame, about: Mapping[str, Any]) -> None:
    """Write what became of every electrode in every replicate; `about` says how it was made."""
    file = recovery_file(out, who, _TRIALS)
    write_tsv(file, trials[[c.name for c in TRIAL_COLUMNS]])
    write_json(file.with_suffix(".json"), {"Description": "Every electrode in every replicate, and every claim.",
                                           **sidecar_of(TRIAL_COLUMNS), "Recovery": about})  # fmt: skip


def read_trials(out: Path, who: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read what `write_trials` wrote; the trials with a column `minutes` more, of the film of their fit.

    Raises
    ------
    InputError
        It is not there (66) or no such table (65).
    """
    file = recovery_file(out, who, _TRIALS)
    table, about = read_tsv(file), read_json(file.with_suffix(".json")).get("Recovery")
    names = [c.name for c in TRIAL_COLUMNS]
    minutes = about.get("minutes") if isinstance(about, dict) else None
    if not isinstance(about, dict) or not isinstance(minutes, dict) or set(names) - set(table):
        raise InputError(file, "is no table of trials", "run bids_vlint recover again")
    table = table[names].copy()
    for column in TRIAL_COLUMNS:
        if column.kind in ("number", "integer"):
            table[column.name] = pd.to_numeric(table[column.name], errors="coerce")
    table["minutes"] = table["fit"].map(minutes).astype(float)
    table["found"] = [None if value is None else value == "true" for value in table["found"]]
    return table, about


def recovered(out: Path) -> list[str]:
    """The participants with trials on disk, in the order of their names.

    Raises
    ------
    InputError
        There is none (66).
    """
    found = sorted(f.name.removesuffix(f"_{_TRIALS}.tsv") for f in (out / RECOVERY_FOLDER).glob(f"sub-*_{_TRIALS}.tsv"))
    if not found:
        raise InputError(out / RECOVERY_FOLDER, "holds no participant's trials", "run bids_vlint recover first",
                         Exit.NO_INPUT)  # fmt: skip
    return found


def write_recovery(
    out: Path, who: str, tables: Mapping[str, pd.DataFrame], words: str, about: Mapping[str, Any]
) -> Path:
    """Write the tables with their sidecars, the figures and the paragraph; return the table of what was found."""
    for name, (said, columns) in RECOVERY_TABLES.items():
        file = recovery_file(out, who, name)
        write_tsv(file, tables[name])
        write_json(file.with_suffix(".json"), {"Description": said, **sidecar_of(columns), "Recovery": about})
    alignments = set(tables["recovery"]["alignment"].dropna())
    figure = recovery_figure(tables["recovery"], EITHER if EITHER in alignments else sorted(alignments)[0])
    for ending in FIGURE_ENDINGS:
        save_figure(figure, recovery_file(out, who, "recovery", ending))
    write_text(recovery_file(out, who, "methods", "md"), words)
    return recovery_file(out, who, "recovery")
