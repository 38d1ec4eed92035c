"""Whether files are as they were written: the digest and the rows of each stand in the record of its fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bids_vlint.derivatives import layout
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.files.json_file import plain, read_json
from bids_vlint.study.fits import FitName

_SEAL = "Digest"
_CHANGED = "is not as it was written"


def mark_of(file: Path) -> dict[str, Any]:
    """What tells a file's content: its SHA-256 and, of a table, its rows without the header."""
    return {"sha256": digest_of(file), "rows": _rows(file)}


def marks_of(files: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Name -> mark of some files, in the order of their names."""
    return {file.name: mark_of(file) for file in sorted(files)}


def _rows(file: Path) -> int | None:
    return max(file.read_bytes().count(b"\n") - 1, 0) if file.suffix == ".tsv" else None


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a sidecar with its own digest: what a sidecar says is as it was written, or it is refused."""
    return {**content, _SEAL: key_of(plain(content))}


def is_sealed(content: Mapping[str, Any]) -> bool:
    """Whether the content of a sidecar is as it was written; so counts one of a version that did not seal them."""
    own = {key: value for key, value in content.items() if key != _SEAL}
    try:
        return _SEAL not in content or content[_SEAL] == key_of(own)
    except ValueError:  # NaN or an infinite number, which none is written with
        return False


def faults_of(out: Path, name: FitName) -> dict[Path, str]:
    """What is wrong with the files of a fit.

    Parameters
    ----------
    out : Path
        The output folder.
    name : FitName

    Returns
    -------
    file -> what is wrong with it, in words
        Empty where the fit is whole. Of a fit that a version without digests wrote only the sites are looked for.
    """
    sites = layout.sites_tsv(out, name)
    sidecar = layout.sidecar(sites)
    try:
        content = read_json(sidecar)
    except InputError as error:
        return {sidecar: error.wrong}
    if not is_sealed(content):
        return {sidecar: _CHANGED}
    record = content.get("Fit")
    if not isinstance(record, dict):
        return {sidecar: "holds no record of a fit (Fit)"}
    if odd := _odd_part(record):
        return {sidecar: f"holds no record of a fit ({odd})"}
    marks = record.get("files")
    if marks and sites.name not in marks:  # a copy under another name
        return {sidecar: "is of another fit"}
    wrong = {}
    for file, mark in {sites.name: None, **(marks or {})}.items():
        if found := fault_of(sites.parent / file, mark):
            wrong[sites.parent / file] = found
    return wrong


def _odd_part(record: dict[str, Any]) -> str:
    """What of a fit's record cannot be what this program wrote, "" where all can; early versions wrote less."""
    settings = record.get("settings", {})
    q = settings.get("q", 0.0) if isinstance(settings, dict) else None
    if not isinstance(q, int | float):
        return "settings"
    lists = [key for key in ("recordings", "models", "notes") if not isinstance(record.get(key, []), list)]
    return lists[0] if lists else "" if isinstance(record.get("files", {}), dict) else "files"


def fault_of(file: Path, mark: dict[str, Any] | None) -> str:
    """What is wrong with a file of this mark (None: it has none), in words; "" where nothing is."""
    if not file.is_file():
        return "is not there"
    if mark is None or digest_of(file) == mark.get("sha256"):
        return ""
    rows, written = _rows(file), mark.get("rows")
    if rows is not None and written is not None and rows != written:
        return f"has {rows} rows, and {written} were written"
    return _CHANGED


def check_whole(out: Path, name: FitName) -> None:
    """See that all files of a fit are as they were written.

    Raises
    ------
    InputError
        A file is not there (66) or was changed (65); the first is named.
    """
    for file, wrong in faults_of(out, name).items():
        code = Exit.DATA if file.is_file() else Exit.NO_INPUT
        raise InputError(file, wrong, "run the participant level again", code)
