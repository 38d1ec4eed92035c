"""What participants left behind, put together: all fits on disk, and one table of all electrodes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bids_vlint.atlas.shafts import shafts
from bids_vlint.derivatives.cells import as_table
from bids_vlint.derivatives.columns import FIT_COLUMNS, GROUP_Q, SHAFT_COLUMNS, group_q, sites_columns
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.evidence_tables import read_published, read_tests
from bids_vlint.derivatives.layout import encoding_h5, find_fits, sites_tsv
from bids_vlint.derivatives.meanings import all_tests
from bids_vlint.derivatives.record import level_of
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.derivatives.statistics_columns import TEST_COLUMNS
from bids_vlint.derivatives.whole import check_whole
from bids_vlint.errors import Exit, InputError, naming
from bids_vlint.files.column import Column
from bids_vlint.inference.calibrated.claims import family_q
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class FitResult:
    """A fit as it stands on disk: its sites (`read_sites`), its record as JSON, its tests as a long table
    (without rows where they were not made), and the published inference (None where it was not)."""

    name: FitName
    sites: pd.DataFrame
    record: dict[str, Any]
    tests: pd.DataFrame
    published: pd.DataFrame | None


def read_fits(out: Path, subject: str | None = None, names: Sequence[FitName] | None = None) -> list[FitResult]:
    """All fits on disk, or one participant's, or those that are named (`selection.select_fits`).

    Raises
    ------
    InputError
        There is none (66), or a file of one is not there (66) or not as it was written (65).

    Examples
    --------
    >>> for fit in read_fits(Path("out")):
    ...     print(fit.name.stem, len(fit.sites), sorted(fit.tests["test"].unique())[:2])
    sub-01_task-movie 5 ['beats_low_level', 'fusion_beats_eye']
    """
    found = find_fits(out) if names is None else names
    names = [name for name in found if subject in (None, name.subject)]
    if not names:
        whose = "no participant's results" if subject is None else f"no results of sub-{subject}"
        raise InputError(out, f"holds {whose}", "run the participant level first", Exit.NO_INPUT)
    fits, known = [], dict[tuple[str, str], str]()
    for name in names:
        with naming(sites_tsv(out, name)):
            fits.append(_read_fit(out, name))
            for recording in (str(r.get("file")) for r in fits[-1].record.get("recordings") or []):
                if (first := known.setdefault((name.subject, recording), name.stem)) != name.stem:
                    raise InputError(sites_tsv(out, name), f"has a recording that {first} has, too ({recording})",
                                     "take one of them away: its electrodes would count twice")  # fmt: skip
    return fits


def _read_fit(out: Path, name: FitName) -> FitResult:
    """A fit with every column, also where an earlier version wrote fewer."""
    check_whole(out, name)
    sites, record = read_sites(out, name)
    columns = sites_columns(record["comparisons"], map(str, sites.columns))
    return FitResult(name, _completed(sites, columns), record, read_tests(out, name), read_published(out, name))


def read_scores(
    out: Path, fits: Sequence[FitResult], only: Collection[str]
) -> Iterator[tuple[FitResult, Alignment, xr.Dataset]]:
    """Some variables of the dense scores on disk, one fit and alignment at a time; fits may lack an alignment.

    Raises
    ------
    InputError
        A file cannot be read (65).
    """
    for fit in fits:
        for alignment in ALIGNMENTS:
            if encoding_h5(out, fit.name, alignment).is_file():
                yield fit, alignment, read_encoding(out, fit.name, alignment, only)


def every_test(fits: Sequence[FitResult]) -> list[str]:
    """The built-in tests and every comparison of any fit."""
    return all_tests(dict.fromkeys(c for fit in fits for c in fit.record.get("comparisons", [])))


def all_columns(fits: Sequence[FitResult]) -> list[Column]:
    """The columns of group_sites.tsv, in order: the fit, sites' columns, shafts after names, q of all after q."""
    tests = every_test(fits)
    present = dict.fromkeys(str(c) for fit in fits for c in fit.sites.columns)
    after = {column.name.removesuffix("_group"): column for column in group_q(tests)}
    columns, read_anew = list(FIT_COLUMNS), {column.name for column in SHAFT_COLUMNS}
    for column in sites_columns(tests, present):
        if column.name not in read_anew:
            columns += [column, after[column.name]] if column.name in after else [column]
        if column.name == "name":
            columns += SHAFT_COLUMNS
    return columns


def stack_sites(fits: Sequence[FitResult]) -> pd.DataFrame:
    """All electrodes of all fits, a row each, with q over all of them.

    Returns
    -------
    DataFrame
        Columns as `all_columns`; what a fit lacks is missing.

    Examples
    --------
    >>> sites = stack_sites(read_fits(Path("out")))
    >>> sites[["participant_id", "task", "name"]].head(2).to_dict("list")
    {'participant_id': ['sub-01', 'sub-01'], 'task': ['movie', 'movie'], 'name': ['A1', 'A2']}
    """
    columns = all_columns(fits)
    parts = [_rows(fit, columns).assign(**shafts(fit.sites)[["shaft", "shaft_from"]]) for fit in fits]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(**family_q(dict(table), every_test(fits), GROUP_Q))


def fit_values(name: FitName) -> dict[str, str | None]:
    """The values of `FIT_COLUMNS`."""
    acquisition = "_".join([*([name.acquisition] if name.acquisition else []), *(f"{k}-{v}" for k, v in name.others)])
    return {"participant_id": f"sub-{name.subject}", "session": name.session, "task": name.task,
            "acquisition": acquisition or None, "run": name.run}  # fmt: skip


def stack_tests(fits: Sequence[FitResult]) -> pd.DataFrame:
    """The long tables of all fits, one under the other, with the columns of the fit in front.

    Examples
    --------
    >>> tests = stack_tests(read_fits(Path("out")))
    >>> int(tests.groupby(["alignment", "test"]).size()["language", "multimodal_beats_linear"])
    5
    """
    parts = [fit.tests.assign(**fit_values(fit.name)) for fit in fits]
    return as_table(pd.concat(parts, ignore_index=True), [*FIT_COLUMNS, *TEST_COLUMNS])


_DTYPES = {"boolean": "boolean", "number": "float", "integer": "float", "string": "object"}


def _rows(fit: FitResult, columns: Sequence[Column]) -> pd.DataFrame:
    """A fit's rows with every column, each of its kind."""
    own = pd.DataFrame(
        {k: [v] * len(fit.sites) for k, v in fit_values(fit.name).items()}, fit.sites.index, dtype=object
    )
    return _completed(pd.concat([own, fit.sites.drop(columns=list(own), errors="ignore")], axis=1), columns)


def _completed(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """A table with these columns alone, each of its kind; missing throughout where it is absent."""
    there = dict(table.dtypes)
    odd = {c.name: _filled(table.get(c.name), _DTYPES[c.kind], table.index) for c in columns
           if there.get(c.name) != _DTYPES[c.kind]}  # fmt: skip
    whole = pd.concat([table.drop(columns=list(odd), errors="ignore"), pd.DataFrame(odd, table.index)], axis=1)
    return whole[[c.name for c in columns]]


def _filled(values: pd.Series | None, dtype: str, index: pd.Index) -> pd.Series:
    """A column of a kind; missing throughout where it is absent."""
    return _as(
        pd.Series(np.nan if dtype == "float" else None, index, dtype=object) if values is None else values, dtype
    )


def _as(values: pd.Series, dtype: str) -> pd.Series:
    """Values of a kind; what differs between participants (one wrote text, one numbers) becomes text."""
    if values.dtype == dtype:
        return values
    try:
        return values.astype(dtype)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return values.astype(object)


def levels_of(fits: Sequence[FitResult]) -> list[float]:
    """The levels of false discoveries that fits were made with: one, unless they differ."""
    return sorted({level_of(fit.record.get("settings") or {}) for fit in fits})


def settings_differing(fits: Sequence[FitResult]) -> dict[str, dict[str, list[str]]]:
    """The settings that are not the same in every fit: name -> value -> participants."""
    seen: dict[str, dict[str, list[str]]] = {}
    names = dict.fromkeys(k for fit in fits for k in (fit.record.get("settings") or {}))
    for setting in names:
        by_value: dict[str, list[str]] = {}
        for fit in fits:
            value = str((fit.record.get("settings") or {}).get(setting, "n/a"))
            subjects = by_value.setdefault(value, [])
            if f"sub-{fit.name.subject}" not in subjects:
                subjects.append(f"sub-{fit.name.subject}")
        if len(by_value) > 1:
            seen[setting] = by_value
    return seen
