"""The files of a BrainVision recording, wherever its header says they are.

A header names its data and its markers. It names others where the three were renamed in a file manager, where it holds
the paths of the recording machine, or the key of an annexed file; then the files of its own name are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bids_vlint.files.access import bytes_in

_LINE = re.compile(rb"^([ \t]*(DataFile|MarkerFile)[ \t]*=[ \t]*)([^\r\n]*?)([ \t]*)$", re.MULTILINE)
_SUFFIXES = {"DataFile": (".eeg", ".dat"), "MarkerFile": (".vmrk",)}


def named_files(header: Path) -> dict[str, tuple[str, Path]]:
    """The data and the markers of a header.

    Returns
    -------
    dict
        DataFile and MarkerFile, as far as it has them, to the name in the header and the file that is meant: the named
        one where it is there, else the one of the header's own name where that is there.
    """
    found = {}
    for _, key, value, _ in _LINE.findall(_content(header)):
        name = value.decode("utf-8", "replace").replace("$b", header.stem)
        found[key.decode()] = name, _meant(header, name, _SUFFIXES[key.decode()])
    return found


def _meant(header: Path, name: str, suffixes: Iterable[str]) -> Path:
    plain = re.split(r"[\\/]", name)[-1]  # the folders of another machine say nothing here
    own = [header.with_suffix(suffix) for suffix in suffixes]
    places = [header.parent / name, header.parent / plain, *own]
    there = (file for file in places if file.is_file() or file.is_symlink())
    return next(there, own[0] if plain != name else header.parent / plain)


def notes_on(header: Path) -> list[str]:
    """A sentence for each file that is not where the header says."""
    return [f"{header.name} names {name}, which is not there; {file.name} was read."
            for name, file in named_files(header).values() if file != header.parent / name]  # fmt: skip


def mended_header(header: Path) -> bytes:
    """The header's content with the names of the files that are meant, all in its own folder."""
    found = named_files(header)
    return _LINE.sub(lambda line: line[1] + found[line[2].decode()][1].name.encode() + line[4], _content(header))


def _content(header: Path) -> bytes:
    return bytes_in(header).replace(b"\r\n", b"\n")
