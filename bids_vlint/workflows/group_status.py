"""Whether the group's tables are those of the results that are on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import fit_values
from bids_vlint.derivatives.columns import FIT_COLUMNS
from bids_vlint.derivatives.whole import fault_of, is_sealed
from bids_vlint.errors import InputError
from bids_vlint.files.json_file import read_json
from bids_vlint.files.tables import read_tsv
from bids_vlint.group.export import said_of_exports
from bids_vlint.group.exports.group_sites import GROUP_SITES
from bids_vlint.study.fits import FitName

GROUP_STATES = ("missing", "damaged", "outdated", "partial", "done")
_OF_TESTS = ("_p", "_diff", "_low", "_high")
_KEYS = [column.name for column in FIT_COLUMNS]


def group_status(out: Path) -> dict[str, Any]:
    """The group's state: `missing`, `damaged`, `outdated`, `partial` (some fits are not in it) or `done`, and why."""
    files = [*said_of_exports(), layout.GROUP_REPORT]
    there = [name for name in files if layout.group_file(out, name).is_file()]
    if not there:
        return _state("missing", "The group level was not run.")
    if absent := [name for name in files if name not in there]:
        return _state("damaged", f"{', '.join(absent)} not there.")
    for tsv in (layout.group_file(out, name) for name in said_of_exports()):
        try:
            content = read_json(layout.sidecar(tsv))
            wrong = fault_of(tsv, content.get("Table"))
        except InputError as error:
            return _state("damaged", f"{layout.sidecar(tsv).name} {error.wrong}.")
        if not is_sealed(content):
            return _state("damaged", f"{layout.sidecar(tsv).name} is not as it was written.")
        if wrong:
            return _state("damaged", f"{tsv.name} {wrong}.")
    try:
        rows = read_tsv(layout.group_file(out, GROUP_SITES.file))
    except InputError as error:
        return _state("damaged", f"{GROUP_SITES.file} {error.wrong}.")
    if not {*_KEYS, "name"} <= set(rows.columns):
        return _state("damaged", f"{GROUP_SITES.file} has no rows of electrodes.")
    return _beside(out, rows)


def _state(state: str, why: str = "", fits: int | None = None) -> dict[str, Any]:
    return {"state": state, "why": why, "fits": fits, "report": None if state == "missing" else layout.GROUP_REPORT}


def _beside(out: Path, rows: pd.DataFrame) -> dict[str, Any]:
    """The group's electrodes beside those of every fit on disk."""
    own: dict[tuple[Any, ...], pd.DataFrame] = {tuple(_plain(k)): part for k, part in
                                                rows.groupby(_KEYS, dropna=False, sort=False)}  # fmt: skip
    names = layout.find_fits(out)
    known = {tuple(fit_values(name).values()): name for name in names}
    gone = [key for key in own if key not in known]
    other = [known[key].stem for key, part in own.items() if key in known and not _same(out, known[key], part)]
    if gone or other:
        why = [f"{stem} was made again since." for stem in other]
        why += [f"{key[0]} has no such results any more." for key in gone]
        return _state("outdated", " ".join(why), len(own))
    left = [name.stem for key, name in known.items() if key not in own]
    return _state("partial", f"Not in it: {', '.join(left)}.", len(own)) if left else _state("done", "", len(own))


def _plain(key: Any) -> list[str | None]:
    return [None if pd.isna(value) else str(value) for value in key]


def _same(out: Path, name: FitName, part: pd.DataFrame) -> bool:
    """Whether the rows of a fit hold the names, numbers and verdicts of its tests that its own table does."""
    try:
        table = read_tsv(layout.sites_tsv(out, name))
    except InputError:
        return True  # it is damaged, which is said of the fit
    columns = ["name", *(c for c in table.columns if c.endswith(_OF_TESTS) or f"{c}_q" in table)]
    if not set(columns) <= set(part.columns):
        return False
    first, second = (t[columns].reset_index(drop=True).astype(str) for t in (table, part))
    return first.equals(second)
