"""Which label of an image is which region: tables as they lie beside atlases."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.access import text_in

_ENDINGS = (".tsv", ".csv", ".txt", ".lut", ".xml", ".json")
_INDEX = ("index", "value", "id", "labelid", "label_id", "no", "no.", "number", "key")
_NAME = ("name", "label", "labelname", "label_name", "region", "structure", "roi")
_FSL = re.compile(r'<label\b[^>]*\bindex="(\d+)"[^>]*>([^<]+)</label>')
_AAL = re.compile(r"<index>\s*(\d+)\s*</index>\s*<name>\s*([^<]+?)\s*</name>")
_ITK_SNAP = re.compile(r'(\d+)\s.*"([^"]*)"\s*')
_COLOURS = re.compile(r"(\s+\d+){3,4}\s*$")


def table_of(image: Path) -> Path:
    """The table of an image's labels: of its own name, or as BIDS shares one among images (`tpl-X_atlas-Y_dseg.tsv`).

    Raises
    ------
    InputError
        There is none (66).
    """
    stem = re.sub(r"\.nii(\.gz)?$|\.mg[hz]$", "", image.name)
    own = (image.with_name(stem + ending) for ending in _ENDINGS)
    shared = (table for table in sorted(image.parent.glob("*_dseg.tsv"), key=lambda t: (-len(t.name), t.name))
              if set(table.stem.split("_")) <= set(stem.split("_")))  # fmt: skip
    found = next((table for table in (*own, *shared) if table.is_file() and _may_be_table(table)), None)
    if found is None:
        ways = ", ".join(stem + ending for ending in _ENDINGS[:3])
        raise InputError(image, "has no table of its labels beside it",
                         f"put one there, of number and name: {ways} or .json", Exit.NO_INPUT)  # fmt: skip
    return found


def _may_be_table(table: Path) -> bool:
    """A JSON file beside an image may be its sidecar, which names no label."""
    return table.suffix != ".json" or bool(_of_json(table, refuse=False))


def label_names(table: Path) -> dict[int, str]:
    """The names of labels.

    Parameters
    ----------
    table : Path
        .tsv or .csv with a column of numbers (index, value, id ...) and one of names (name, label, region ...), or of
        two columns without a header; .txt or .lut as FreeSurfer, ITK-SNAP and SPM write them; .xml of FSL (whose
        labels are one more than its index) or of AAL; .json, {"1": "name"} or a list of {"index": 1, "name": ...}.

    Raises
    ------
    InputError
        It is not there (66) or names no label (65).
    """
    if table.suffix == ".json":
        return _of_json(table)
    text = text_in(table)
    if table.suffix in (".tsv", ".csv"):
        names = _of_cells([line.split("\t" if table.suffix == ".tsv" else ",") for line in text.splitlines()])
    elif table.suffix == ".xml":
        names = {int(k) + 1: n.strip() for k, n in _FSL.findall(text)} or {int(k): n for k, n in _AAL.findall(text)}
    else:
        names = dict(found for line in text.splitlines() if (found := _of_line(line.strip())))
    if not names:
        raise _no_names(table)
    return names


def _of_cells(rows: list[list[str]]) -> dict[int, str]:
    """Of a table with a header, or with two columns and none."""
    rows = [[cell.strip().strip('"') for cell in row] for row in rows if any(cell.strip() for cell in row)]
    header = [cell.lower() for cell in rows[0]] if rows else []
    number = next((header.index(c) for c in _INDEX if c in header), None)
    name = next((header.index(c) for c in _NAME if c in header and header.index(c) != number), None)
    if number is None or name is None:
        number, name = 0, 1
    cells = [(row[number], row[name]) for row in rows if len(row) > max(number, name)]
    return {int(float(k)): n for k, n in cells if re.fullmatch(r"\d+(\.0*)?", k) and n}


def _of_line(line: str) -> tuple[int, str] | None:
    """Of a line of text: a number and a name, perhaps with colours behind."""
    if found := _ITK_SNAP.fullmatch(line):
        return int(found[1]), found[2]
    number, _, name = _COLOURS.sub("", line).partition("\t" if "\t" in line else " ")
    name = name.split("\t")[0].strip()
    if not number.isdigit() or not name:
        return None
    one_word = re.fullmatch(r"(\S*[A-Za-z]\S*)\s+\d+", name)  # SPM repeats a number behind
    return int(number), one_word[1] if one_word and "_" in one_word[1] else name


def _of_json(table: Path, *, refuse: bool = True) -> dict[int, str]:
    """Of a JSON file; nothing where it is none and that is no fault."""
    try:
        content = json.loads(text_in(table))
    except ValueError as error:
        raise InputError(table, f"is no JSON ({error})", "correct it") from None
    names = dict(_pairs(content))
    if not names and refuse:
        raise _no_names(table)
    return names


def _pairs(content: Any) -> list[tuple[int, str]]:
    if isinstance(content, dict):
        pairs = [(k, v) for k, v in content.items() if str(k).isdigit() and isinstance(v, str)]
        if content and all(type(v) is int for v in content.values()):  # a sidecar holds numbers, too
            pairs = [(v, k) for k, v in content.items()]
        inner: Any = next((content[k] for k in ("labels", "Labels", "regions") if k in content), [])
        return [(int(k), str(v)) for k, v in pairs] or (_pairs(inner) if inner else [])
    rows = [row for row in content if isinstance(row, dict)] if isinstance(content, list) else []
    return list(
        _of_cells([["index", "name"], *([str(_first(r, _INDEX)), str(_first(r, _NAME))] for r in rows)]).items()
    )


def _first(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    lower = {k.lower(): v for k, v in row.items()}
    return next((lower[name] for name in names if name in lower), "")


def _no_names(table: Path) -> InputError:
    return InputError(table, "names no label", "write a line for each label: its number and its name")
