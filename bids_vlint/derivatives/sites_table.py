"""The table of a fit's sites and its sidecar, which holds the fit's record; written, and read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.cells import as_table, typed
from bids_vlint.derivatives.columns import sites_columns
from bids_vlint.derivatives.record import FitRecord, level_of
from bids_vlint.derivatives.whole import mark_of, sealed
from bids_vlint.files.column import sidecar_of
from bids_vlint.files.json_file import plain, read_json, write_json
from bids_vlint.files.tables import read_tsv, write_tsv
from bids_vlint.study.fits import FitName


def write_sites(
    out: Path, name: FitName, sites: pd.DataFrame, record: FitRecord, comparisons: Sequence[str] = ()
) -> None:
    """Write a fit's sites table and its sidecar.

    Parameters
    ----------
    out : Path
        The output folder.
    name : FitName
        The fit.
    sites : DataFrame
        A row per electrode, `name` a column or the index; columns in any order, those absent become n/a, those unknown
        come last.
    record : FitRecord
        What the reports say of the fit; kept under `Fit` in the sidecar, with the mark of the table.
    comparisons : sequence of str
        Names of the model set's comparisons.
    """
    sites = sites.reset_index() if sites.index.name == "name" and "name" not in sites else sites
    columns = sites_columns(comparisons, map(str, sites.columns))
    table = as_table(sites, columns)
    tsv = layout.sites_tsv(out, name)
    description = "Electrodes of a fit: where networks of vision and language together predict the response best."
    write_tsv(tsv, table)
    record = replace(record, files=dict(sorted({**record.files, tsv.name: mark_of(tsv)}.items())))
    content = {"Description": description, **sidecar_of(columns, level_of(record.settings)), "Fit": plain(record)}
    write_json(layout.sidecar(tsv), sealed(content | {"Comparisons": list(comparisons)}))


def read_sites(out: Path, name: FitName) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a fit's sites.

    Returns
    -------
    sites : DataFrame
        Numbers as float, truth values as pandas' nullable boolean, text as str or None.
    record : dict
        The fit's record (`FitRecord` as JSON); the comparisons' names are under `comparisons`.

    Raises
    ------
    InputError
        A file is not there (66) or unreadable (65).
    """
    tsv = layout.sites_tsv(out, name)
    sidecar = read_json(layout.sidecar(tsv))
    record = sidecar.get("Fit")
    record = dict(record) if isinstance(record, dict) else {}
    return typed(read_tsv(tsv), sidecar, tsv), record | {"comparisons": list(sidecar.get("Comparisons", []))}
