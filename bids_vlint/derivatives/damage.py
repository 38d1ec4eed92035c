"""What on disk cannot be trusted: files of a fit that are missing, cut, doubled or unreadable."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.evidence_tables import read_published, read_tests
from bids_vlint.derivatives.inference_file import read_inference
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.errors import InputError
from bids_vlint.files.tables import read_tsv
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS


def damage_of(out: Path, name: FitName) -> dict[str, str]:
    """Read every file of a fit.

    Parameters
    ----------
    out : Path
        The output folder.
    name : FitName

    Returns
    -------
    dict
        File name -> what is wrong with it, in a sentence; empty for a fit that is whole.
    """
    found: dict[str, str] = {}

    def tried(path: Path, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except InputError as error:
            found[path.name] = f"{error.wrong}."
            return None

    sites_tsv, tests_tsv = layout.sites_tsv(out, name), layout.statistics_tsv(out, name)
    read = tried(sites_tsv, partial(read_sites, out, name))
    sites = read[0] if read is not None else None
    tests = tried(tests_tsv, partial(read_tests, out, name))
    tried(layout.published_tsv(out, name), partial(read_published, out, name))
    if sites is not None and (wrong := _rows(sites, ["name"])):
        found[sites_tsv.name] = wrong
    if tests is not None and tests_tsv.is_file() and (wrong := _rows(tests, ["name", "alignment", "test"])):
        found[tests_tsv.name] = wrong
    for alignment in (a for a in ALIGNMENTS if layout.events_tsv(out, name, a).is_file()):
        events = layout.events_tsv(out, name, alignment)
        if (table := tried(events, partial(read_tsv, events))) is not None and not len(table):
            found[events.name] = "has no rows."
        dense = layout.encoding_h5(out, name, alignment)
        scores = tried(dense, partial(read_encoding, out, name, alignment))
        named = None if scores is None else [str(name) for name in scores["electrode"].values]
        if named is not None and sites is not None and named != list(sites["name"]):
            found.setdefault(sites_tsv.name, f"has other electrodes than {dense.name}.")
        inference = layout.inference_h5(out, name, alignment)
        if inference.is_file():
            tried(inference, partial(read_inference, out, name, alignment))
    return found


def _rows(table: pd.DataFrame, keys: list[str]) -> str:
    """What is wrong with a table's rows; empty where nothing is."""
    if not set(keys) <= set(table.columns):
        return f"has no column {next(k for k in keys if k not in table.columns)!r}."
    if not len(table):
        return "has no rows."
    return f"has {table.duplicated(keys).sum()} rows twice." if table.duplicated(keys).any() else ""
