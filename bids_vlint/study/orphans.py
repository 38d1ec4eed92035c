"""Recordings of which nothing but sidecars is there, or whose signals are in a format that is not read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from glob import escape
from pathlib import Path

from bids_vlint.study.dataset import EXTENSIONS, READ, entities_of, same_label
from bids_vlint.study.ignored import ignored_in

_SUFFIXES = ("ieeg", "events", "channels")


def orphans(root: Path, subjects: Collection[str] = ()) -> list[str]:
    """A sentence for each recording that has files and no signals that can be read: nobody else would miss it.

    Parameters
    ----------
    root : Path
        The data set.
    subjects : collection of str
        Whose; empty: everybody's.
    """
    said, ignored = list[str](), ignored_in(root)
    patterns = [p for s in map(escape, subjects) for p in _folders_of(s)] if subjects else _folders_of("*")
    for folder in sorted(folder for pattern in patterns for folder in root.glob(pattern)):
        try:
            said += _in_folder(folder, root, ignored)
        except OSError:  # one that may not be read is told of where its participant is planned
            continue
    return said


def _folders_of(subject: str) -> list[str]:
    return [f"sub-{subject}/ieeg", f"sub-{subject}/ses-*/ieeg"]


def _in_folder(folder: Path, root: Path, ignored: Callable[[Path], bool]) -> Iterator[str]:
    files = [f for f in folder.iterdir() if not f.name.startswith(".") and not ignored(f)]
    recordings = [entities_of(f) for f in files if f.stem.endswith("_ieeg") and _is_recording(f)]
    alone: dict[str, list[str]] = {}
    for file in files:
        label, _, rest = file.name.rpartition("_")
        suffix, _, extension = rest.partition(".")
        if suffix in _SUFFIXES and extension and not any(_applies(entities_of(file), own) for own in recordings):
            alone.setdefault(label, []).append(rest)
    for label, kinds in sorted(alone.items()):
        yield (f"{folder.relative_to(root).as_posix()}: of {label} there is no recording that can be read "
               f"({', '.join(READ)}), but {', '.join(sorted(kinds))}.")  # fmt: skip


def _is_recording(file: Path) -> bool:
    return file.suffix in EXTENSIONS and (file.suffix == ".mefd" or not file.is_dir())


def _applies(sidecar: dict[str, str], recording: dict[str, str]) -> bool:
    return all(same_label(recording.get(k, ""), v) if k == "run" else recording.get(k) == v for k, v in sidecar.items())
