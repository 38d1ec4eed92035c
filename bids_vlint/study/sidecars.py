"""The files beside a recording that say what it is: which of them apply to it (inheritance principle)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError
from bids_vlint.files.json_file import read_object
from bids_vlint.study.dataset import Run, entities_of, same_label
from bids_vlint.study.ignored import ignored_in

_MAINS_HZ = (15.0, 500.0)  # of railways, of aircraft


def sidecars(run: Run, suffix: str, extension: str, *, free: Sequence[str] = ()) -> list[Path]:
    """The sidecars that apply to a run, nearest first (inheritance principle).

    A file applies if it lies in the run's folder or above, each of its entities has the run's value, and .bidsignore
    does not name it.

    Parameters
    ----------
    free : sequence of str
        Entities that may differ (`space` for electrodes).
    """
    own = dict(run.entities)
    folders = [run.file.parent]
    while folders[-1] != run.root and folders[-1] != folders[-1].parent:
        folders.append(folders[-1].parent)
    found, ignored = list[tuple[int, int, Path]](), ignored_in(run.root)
    for depth, folder in enumerate(folders):
        for file in (folder / name for name in _names_in(folder) if name.endswith(f"{suffix}{extension}")):
            named = file.name == f"{suffix}{extension}" or file.name.endswith(f"_{suffix}{extension}")
            if not named or file.name.startswith("."):  # macOS leaves ._ files beside the real ones
                continue
            if ignored(file):
                continue
            theirs = {k: v for k, v in entities_of(file).items() if k not in free}
            if all(k in own and (same_label(own[k], v) if k == "run" else own[k] == v) for k, v in theirs.items()):
                found.append((depth, -len(theirs), file))
    return [file for _, _, file in sorted(found, key=lambda f: (f[0], f[1], f[2].name))]


def tables_of(run: Run) -> Iterator[Path]:
    """Every table and sidecar that applies to a run."""
    yield from sidecars(run, "channels", ".tsv")[:1]
    yield from sidecars(run, "events", ".tsv")[:1]
    yield from sidecars(run, "ieeg", ".json")
    for suffix, extension in (("electrodes", ".tsv"), ("coordsystem", ".json")):
        yield from sidecars(run, suffix, extension, free=["space"])


def _names_in(folder: Path) -> list[str]:
    """Of a folder that may be that of thousands of participants; none where it cannot be listed."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def line_frequency(run: Run) -> float | None:
    """The mains frequency that a run's sidecar declares, in Hz; None where it declares none.

    Raises
    ------
    InputError
        No mains has it (65): so many harmonics as one of 1e-9 Hz has fit into no memory.
    """
    value = metadata(run).get("PowerLineFrequency")
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        return None
    if not _MAINS_HZ[0] <= value <= _MAINS_HZ[1]:
        raise InputError(sidecars(run, "ieeg", ".json")[0], f"gives a PowerLineFrequency of {value:g} Hz, which no "
                         "mains has", "write 50 or 60")  # fmt: skip
    return float(value)


def metadata(run: Run, suffix: str = "ieeg") -> dict[str, Any]:
    """The run's JSON metadata, nearer files overruling farther ones.

    Raises
    ------
    InputError
        A sidecar that is not valid JSON (65).
    """
    merged: dict[str, Any] = {}
    for file in reversed(sidecars(run, suffix, ".json")):
        merged |= read_object(file)
    return merged
