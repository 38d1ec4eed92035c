"""From the text of a table to its rows: what stands between its columns is found, or the table is refused in words."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from bids_vlint.errors import InputError
from bids_vlint.log import counted, remark

_Split = Callable[[Iterable[str]], list[list[str]]]


def rows_of_text(text: str, file: Path, known: Collection[str] = ()) -> tuple[list[str], list[list[str]]]:
    """Cut a table's text into a header and rows of as many cells, all without spaces around them.

    Columns are separated by the tabs of the header. A header without any may be separated by commas, semicolons or
    spaces, where every line then has as many cells; of a .tsv, and with spaces, a remark says so. Empty lines are left
    out.

    Parameters
    ----------
    text : str
        With plain line ends.
    file : Path
        For messages; its suffix says whether tabs were to be expected.
    known : collection of str
        Columns of which one may be in the header.

    Raises
    ------
    InputError
        65: nothing but blanks; a header that can be cut, but not like the lines below; a line of more cells.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise InputError(file, "is empty", "give a table with a header line")
    split = _by("\t") if "\t" in lines[0] else _other(lines, file, known)
    header, *rows = _stripped(split, lines, file)
    if n := sum(row == header for row in rows):
        remark(f"{file.name}: its header stands there {n + 1} times, as where tables were joined, and counts once.")
        rows = [row for row in rows if row != header]
    if rows and len(rows[-1]) < len(header) and not text.endswith("\n"):
        remark(f"{file.name}: its last line breaks off after {counted(len(rows[-1]), 'cell')} of {len(header)}: the "
               "file may have been cut.")  # fmt: skip
    for number, row in enumerate(rows, 2):
        if any(row[len(header) :]):
            raise InputError(file, f"has {len(row)} cells in line {number} under a header of {len(header)}",
                             "give every line as many cells")  # fmt: skip
    return header, [(row + [""] * len(header))[: len(header)] for row in rows]


def _stripped(split: _Split, lines: list[str], file: Path) -> list[list[str]]:
    try:
        return [[cell.strip() for cell in row] for row in split(lines)]
    except csv.Error as error:
        raise InputError(file, f"is no table ({error})", "correct it") from None


def _by(separator: str, *, quoted: bool | None = None) -> _Split:
    def split(lines: Iterable[str]) -> list[list[str]]:
        lines = list(lines)
        below = lines[1:] and all(line.startswith('"') for line in lines[1:])  # some programs quote no header
        quotes = ('"' in lines[0] or bool(below)) if quoted is None else quoted
        if not quotes:
            return [line.split(separator) for line in lines]
        return [row for row in csv.reader([f"{line}\n" for line in lines], delimiter=separator, strict=True) if row]

    return split


def _other(lines: list[str], file: Path, known: Collection[str]) -> _Split:
    """How to cut lines whose header has no tab."""
    header, asks_tabs = lines[0], file.suffix.lower() == ".tsv"
    marks = {",": "commas", ";": "semicolons"}
    for mark in [m for m in (";", ",") if m in header]:
        split = _by(mark, quoted=True)
        if mark == ";" and "," in header and not asks_tabs:
            continue
        if not asks_tabs:
            return split
        if _even(split, lines):
            remark(f"{file.name}: its columns are separated by {marks[mark]}, not by tabs, and were read so.")
            return split
    for gap in (r"\s{2,}", r"\s+"):
        split = _by_gaps(gap)
        if len(split([header])[0]) > 1 and _even(split, lines):
            remark(f"{file.name}: its columns are separated by spaces and were read so.")
            return split
    if asks_tabs and any(m in header for m in marks):
        raise InputError(file, "is no table: its header has commas or semicolons and no tab, and the lines below do "
                         "not agree with it", "separate its columns by tabs")  # fmt: skip
    if {word.casefold() for word in header.split()} & {name.casefold() for name in known} and len(header.split()) > 1:
        raise InputError(file, "is no table: its columns are separated by spaces, and not every line has as many",
                         "separate its columns by tabs")  # fmt: skip
    return _by("\t", quoted=False)


def _by_gaps(gap: str) -> _Split:
    return lambda lines: [re.split(gap, line.strip()) for line in lines]


def _even(split: _Split, lines: list[str]) -> bool:
    """Whether every line has as many cells as the first."""
    try:
        return len({len(row) for row in split(lines)}) == 1
    except csv.Error:
        return False
