"""Tables: a user's TSV or CSV read as text with the ways of saying nothing, and tables of our own with one of them.

What says nothing is one list, `MISSING`: the empty cell and n/a of BIDS, what pandas reads as missing by default
(NA, NaN, null, None, <NA>, ...), and the lone dash of spreadsheets; letters count in either case. It holds for every
column of codes, numbers and labels: a region NA is no region. It does not hold for what was said: na, nan, null and
none are words of some language, so that words, sentences and translations are missing where BIDS says so alone
(`UNSPOKEN`). Names of channels and contacts are names, whatever they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.errors import Exit, InputError, cannot_use, did_you_mean
from bids_vlint.files.access import text_in
from bids_vlint.files.atomic import write_text
from bids_vlint.files.rows import rows_of_text
from bids_vlint.log import remark

NOT_AVAILABLE = "n/a"  # how a missing value is written: BIDS knows no other
UNSPOKEN = frozenset({"", NOT_AVAILABLE})
MISSING = UNSPOKEN | {"-", "na", "nan", "-nan", "null", "none", "<na>", "#na", "#n/a", "#n/a n/a"}
MISSING |= {f"{sign}1.#{kind}" for sign in ("", "-") for kind in ("ind", "qnan")}  # NaN as C writes it
_ONCE = {str, bool, type(None), type(pd.NA)}  # not numbers: 1, 1.0 and True are equal, and are not alike


def read_table(file: Path, known: Collection[str] = ()) -> pd.DataFrame:
    """Read a TSV or CSV, every cell as text without spaces around it ("n/a" stays "n/a").

    Columns without a name are left out.

    Parameters
    ----------
    file : Path
    known : collection of str
        Columns that mean something: one that is there in another spelling (case, spaces or hyphens for underscores) and
        no other gets the name known here; a remark says so.

    Raises
    ------
    InputError
        Where it has no content (66), is no table or has two columns of one name (65).
    """
    return table_of_text(text_in(file), file, known)


def table_of_text(text: str, file: Path, known: Collection[str] = ()) -> pd.DataFrame:
    """As `read_table`, of text with plain line ends that was read from a file already (or from inside an archive)."""
    header, rows = rows_of_text(text, file, known)
    named = [k for k, name in enumerate(header) if name]
    if len({header[k] for k in named}) < len(named):
        raise InputError(file, "has two columns of one name", "give each column its own name")
    cells = {header[k]: [row[k] for row in rows] for k in named}
    return pd.DataFrame(cells, dtype=str).rename(columns=_respelled(list(cells), file, known))


def _respelled(there: list[str], file: Path, known: Collection[str]) -> dict[str, str]:
    """Columns -> the known ones that they are in another spelling."""
    found = {}
    for name in known:
        like = [c for c in there if _folded(c) == _folded(name)]
        if name not in there and len(like) == 1:
            found[like[0]] = name
    if found:
        was = "was" if len(found) == 1 else "were"
        remark(f"{file.name}: {', '.join(found)} {was} read as {', '.join(found.values())}.")
    return found


def _folded(name: str) -> str:
    """A name without case; units that BIDS asks for anyway (seconds, Hz) are no part of it, others are."""
    plain = re.sub(r"[\s-]+", "_", name.strip().casefold())
    return re.sub(r"(_?\[|_?\(|_)(s|secs?|seconds?|hz)[\])]?$", "", plain)


def says_nothing(cells: pd.Series, missing: frozenset[str] = MISSING) -> np.ndarray:
    """Which cells are missing: (n,) bool.

    Parameters
    ----------
    cells : Series of str
    missing : frozenset of str
        In lower case: `MISSING`, or `UNSPOKEN` for what was said.

    Examples
    --------
    >>> says_nothing(pd.Series(["insula", "NA", "n/a", ""])).tolist()
    [False, True, True, True]
    >>> says_nothing(pd.Series(["na", "n/a"]), UNSPOKEN).tolist()
    [False, True]
    """
    return cells.str.strip().str.lower().isin(missing).to_numpy(bool)


def column(table: pd.DataFrame, name: str, file: Path) -> pd.Series:
    """A column as text.

    Raises
    ------
    InputError
        Where there is none of that name (65; the nearest is named).
    """
    if name not in table.columns:
        if any(re.fullmatch(r"-?\d+([.,]\d+)?", str(c)) for c in table.columns):
            first = ", ".join(map(str, table.columns[:4]))
            raise InputError(file, f"has no column {name!r}, nor a header line, as it seems: it begins with {first}",
                             "add a first line with the names of its columns")  # fmt: skip
        raise InputError(file, f"has no column {name!r}", did_you_mean(name, list(table.columns)))
    return table[name]


def numbers(table: pd.DataFrame, name: str, file: Path) -> np.ndarray:
    """A column as float64, NaN where it says nothing.

    Raises
    ------
    InputError
        Where there is none of that name, or a cell is no number (65).

    Examples
    --------
    >>> numbers(pd.DataFrame({"onset": ["1.5", "n/a"]}), "onset", Path("events.tsv")).tolist()
    [1.5, nan]
    """
    text = column(table, name, file)
    nothing = says_nothing(text)
    if _has_decimal_commas(text[~nothing]):
        remark(f"{file.name}: the commas in column {name} were read as decimal points.")
        text = text.str.replace(",", ".", regex=False)
    values = pd.to_numeric(text.where(~nothing), errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(np.isnan(values) & ~nothing)
    if len(wrong):
        cell = text.iloc[wrong[0]]
        raise InputError(file, f"column {name!r} holds {cell!r} in row {wrong[0] + 2}, which is no number",
                         "correct it, or write n/a")  # fmt: skip
    return values


def _has_decimal_commas(cells: pd.Series) -> bool:
    """Whether numbers have a decimal comma; 1,234 alone may be a thousand and more, and is no number."""
    commas = cells[cells.str.contains(",", regex=False)]
    plain = cells.str.fullmatch(r"[+-]?\d+(,\d+)?")
    return bool(len(commas) and plain.all() and not commas.str.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}").all())


def write_tsv(path: Path, table: pd.DataFrame) -> None:
    """Write a table: n/a for what is missing, true and false, numbers by `cell`; the index is left out."""
    lines = ["\t".join(map(str, table.columns))]
    columns = [cells(table.iloc[:, k]) for k in range(table.shape[1])]
    lines += ["\t".join(row) for row in zip(*columns)]
    write_text(path, "\n".join(lines) + "\n")


def cells(values: pd.Series) -> list[str]:
    """A column by `cell`."""
    given = values.tolist()
    if values.dtype == float:
        return [NOT_AVAILABLE if x != x else f"{x + 0.0:.6g}" if -10 < x < 10 else _number(x) for x in given]
    return once_for_equals(given, cell)


def once_for_equals(values: Sequence[Any], of: Callable[[Any], Any]) -> list[Any]:
    """A function of every value, called once for words and truths that are equal.

    Examples
    --------
    >>> once_for_equals(["yes", None, "yes"], cell), once_for_equals([1, 1.0, True], cell)
    (['yes', 'n/a', 'yes'], ['1', '1', 'true'])
    """
    known = {value: of(value) for value in {value for value in values if type(value) in _ONCE}}
    return [known[value] if type(value) in _ONCE else of(value) for value in values]


def cell(value: Any) -> str:
    """Show one value: the only formatter of tables.

    Floats have 6 significant digits, and never fewer than 4 decimals: an onset late in a film stays exact to 0.1 ms.

    Examples
    --------
    >>> [cell(value) for value in (0.1234567, 5873.123456, True, None, float("nan"))]
    ['0.123457', '5873.1235', 'true', 'n/a', 'n/a']
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return NOT_AVAILABLE
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return _number(float(value))
    text = " ".join(str(value).split())
    return text or NOT_AVAILABLE


def _number(value: float) -> str:
    if not math.isfinite(value):
        return NOT_AVAILABLE
    if abs(value) < 10 or abs(value) >= 1e15:
        return f"{value + 0.0:.6g}"
    return f"{value:.4f}".rstrip("0").rstrip(".")


def read_tsv(path: Path) -> pd.DataFrame:
    """Read a table written here, every cell as text; n/a is missing (None).

    Raises
    ------
    InputError
        The file is not there (66) or is no table (65).
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=object, keep_default_na=False, encoding="utf-8-sig", quoting=3)
    except FileNotFoundError:
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT) from None
    except (ValueError, OSError, MemoryError) as error:
        wrong = f"cannot be read as a table ({error})"
        raise cannot_use(path, error, wrong, "run the participant level again") from error
    cells = table.to_numpy(object)
    cells[cells == NOT_AVAILABLE] = None
    return pd.DataFrame(cells, table.index, table.columns, dtype=object)


def given_cells(rows: pd.DataFrame, name: str, missing: frozenset[str] = MISSING) -> list[str] | None:
    """A column's cells, "" where they say nothing; None where there is no such column or it is empty.

    Examples
    --------
    >>> given_cells(pd.DataFrame({"sentence": ["s1", "n/a"]}), "sentence")
    ['s1', '']
    """
    if name not in rows:
        return None
    cells = ["" if nothing else cell for cell, nothing in zip(rows[name], says_nothing(rows[name], missing))]
    return cells if any(cells) else None
