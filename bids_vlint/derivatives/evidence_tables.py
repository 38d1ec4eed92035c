"""The long table of a fit's tests, and the table of its published inference; written, and read again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.cells import as_table, typed
from bids_vlint.derivatives.columns import CHANNEL_COLUMNS
from bids_vlint.derivatives.statistics_columns import TEST_COLUMNS, published_columns, published_tests_of
from bids_vlint.files.column import sidecar_of
from bids_vlint.files.json_file import read_json, write_json
from bids_vlint.files.tables import read_tsv, write_tsv
from bids_vlint.inference.correction import LEVEL
from bids_vlint.study.fits import FitName


def write_tests(out: Path, name: FitName, tests: pd.DataFrame, q: float = LEVEL) -> None:
    """Write the long table of a fit's tests (`sites.correct_participant`, with this q) and its sidecar."""
    tsv = layout.statistics_tsv(out, name)
    about = {"Description": "Every test of a fit: a row per electrode, alignment and test."}
    write_json(layout.sidecar(tsv), about | sidecar_of(TEST_COLUMNS, q))
    write_tsv(tsv, as_table(tests, TEST_COLUMNS))


def read_tests(out: Path, name: FitName) -> pd.DataFrame:
    """Read the long table of a fit's tests: numbers as float, True, False or None, text; without rows: not made.

    Raises
    ------
    InputError
        It is unreadable (65).
    """
    tsv = layout.statistics_tsv(out, name)
    return _read(tsv) if tsv.is_file() else pd.DataFrame(columns=[c.name for c in TEST_COLUMNS])


def write_published(
    out: Path, name: FitName, published: pd.DataFrame, channels: pd.DataFrame, q: float = LEVEL
) -> None:
    """Write the table of a fit's published inference and its sidecar.

    Parameters
    ----------
    out : Path
    name : FitName
    published : DataFrame
        From `published.correct_published`; index: name.
    channels : DataFrame
        Type, unit and cutoffs of the same electrodes; index: name.
    q : float
        The level of false discoveries that the verdicts were made with.
    """
    from bids_vlint.inference.published.rule import RECONSTRUCTED

    tests = published_tests_of(published.columns)
    columns = [*CHANNEL_COLUMNS, *published_columns(tests)]
    own = [c.name for c in CHANNEL_COLUMNS if c.name in channels]
    tsv = layout.published_tsv(out, name)
    about = {"Description": "Electrodes of a fit with the published inference.", "Reconstructed": RECONSTRUCTED}
    write_json(layout.sidecar(tsv), about | sidecar_of(columns, q))
    write_tsv(tsv, as_table(channels[own].join(published).rename_axis("name").reset_index(), columns))


def read_published(out: Path, name: FitName) -> pd.DataFrame | None:
    """Read the table of a fit's published inference (index: name, without the channels' own columns); None: not made.

    Raises
    ------
    InputError
        It is unreadable (65).
    """
    tsv = layout.published_tsv(out, name)
    if not tsv.is_file():
        return None
    return _read(tsv).set_index("name").drop(columns=[c.name for c in CHANNEL_COLUMNS[1:]], errors="ignore")


def _read(tsv: Path) -> pd.DataFrame:
    table = typed(read_tsv(tsv), read_json(layout.sidecar(tsv)), tsv)
    truth = [str(c) for c in table if table[c].dtype == "boolean"]
    return table.assign(**{c: _plain_truth(table[c]) for c in truth})


def _plain_truth(column: pd.Series) -> pd.Series:
    """True, False and None: pandas' nullable kind has a logic of its own."""
    return pd.Series([None if v is pd.NA else bool(v) for v in column], index=column.index, dtype=object)
