"""The group level: from the derivatives alone, without the data set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from bids_vlint.derivatives.collection import (
    all_columns,
    every_test,
    levels_of,
    read_fits,
    read_scores,
    stack_sites,
    stack_tests,
)
from bids_vlint.derivatives.column import Column, sidecar_of
from bids_vlint.derivatives.columns import FIT_COLUMNS, MODEL_COLUMNS, region_columns
from bids_vlint.derivatives.layout import GROUP_MODELS, GROUP_REGIONS, GROUP_SITES, GROUP_TESTS, group_file, sidecar
from bids_vlint.derivatives.statistics_columns import TEST_COLUMNS
from bids_vlint.files.json_file import write_json
from bids_vlint.files.tables import write_tsv
from bids_vlint.group.networks import model_table
from bids_vlint.group.regions import region_table
from bids_vlint.reports.pages.group import group_report


def run_group(out: Path) -> Path:
    """Put all participants' results together.

    Parameters
    ----------
    out : Path
        The output folder of the participant level.

    Returns
    -------
    Path
        The group's report.

    Raises
    ------
    InputError
        No participant has results (66), or a result cannot be read (65).
    """
    fits = read_fits(out)
    tests = every_test(fits)
    sites, q = stack_sites(fits), levels_of(fits)
    said = "All electrodes of all participants."
    _write(group_file(out, GROUP_SITES), sites, all_columns(fits), q, said)
    said = "Every test of all participants."
    _write(group_file(out, GROUP_TESTS), stack_tests(fits), [*FIT_COLUMNS, *TEST_COLUMNS], q, said)
    said = "Electrodes and sites per atlas and region."
    _write(group_file(out, GROUP_REGIONS), region_table(sites, tests), region_columns(tests), q, said)
    said = "How well each network predicts, trained and random."
    _write(group_file(out, GROUP_MODELS), model_table(read_scores(out, fits)), MODEL_COLUMNS, q, said)
    return group_report(out)


def _write(tsv: Path, table: pd.DataFrame, columns: Iterable[Column], q: Sequence[float], description: str) -> None:
    write_json(sidecar(tsv), {"Description": description, **sidecar_of(columns, *q)})
    write_tsv(tsv, table)
