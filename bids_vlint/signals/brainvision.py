"""BrainVision headers: which files are a recording's, and what they say of the shape of its data.

A header names its data and its markers. It names others where the three were renamed in a file manager, where it holds
the paths of the recording machine, or the key of an annexed file; then the files of its own name are meant. Signals
themselves are read by mne.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bids_vlint.files.access import bytes_in

_LINE = re.compile(rb"^([ \t]*(DataFile|MarkerFile)[ \t]*=[ \t]*)([^\r\n]*?)([ \t]*)$", re.MULTILINE)
_SUFFIXES = {"DataFile": (".eeg", ".dat"), "MarkerFile": (".vmrk",)}
_SEGMENT = re.compile(r"^Mk\d+=New Segment,[^,\r\n]*,(\d+),[^,]*,[^,]*,(\d{20})", re.MULTILINE)
_SAMPLE_BYTES = {"INT_16": 2, "UINT_16": 2, "INT_32": 4, "IEEE_FLOAT_32": 4}


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


@dataclass(frozen=True)
class BrainVisionHeader:
    """What a .vhdr file says; None where it does not.

    Attributes
    ----------
    n_channels : int | None
    interval : str | None
        Microseconds between samples, as written: its last digit is rounded.
    n_points : int | None
        Samples of each channel.
    sample_bytes : int | None
        None also where the data are text.
    binary_format : str
        In upper case; "" where it does not say.
    big_endian : bool
        Whether the high bytes come first.
    orientation : str
        DataOrientation, in upper case.
    """

    n_channels: int | None
    interval: str | None
    n_points: int | None
    sample_bytes: int | None
    binary_format: str = ""
    big_endian: bool = False
    orientation: str = "MULTIPLEXED"

    @property
    def rates(self) -> tuple[float, float] | None:
        """Sampling rates that the interval may be of, rounded or cut after its last digit, Hz: from, to.

        Examples
        --------
        >>> low, high = BrainVisionHeader(1, "7812", None, None).rates
        >>> low < 128 < high
        True
        """
        interval = float(self.interval) if self.interval else 0.0
        if interval <= 0:
            return None
        assert self.interval is not None
        step = 10.0 ** -len(self.interval.partition(".")[2])
        return 1e6 / (interval + step), 1e6 / (interval - step / 2)


def read_brainvision_header(file: Path) -> BrainVisionHeader:
    """Read a .vhdr file; what cannot be found in it is None."""
    text = bytes_in(file).decode("utf-8", "replace")

    def said(key: str, pattern: str) -> str | None:
        match = re.search(rf"^\s*{key}\s*=\s*({pattern})\s*$", text, re.MULTILINE | re.IGNORECASE)
        return match[1] if match else None

    n_channels, points = said("NumberOfChannels", r"\d+"), said("DataPoints", r"\d+")
    binary = (said("DataFormat", r"\w+") or "BINARY").upper() == "BINARY"
    kind = (said("BinaryFormat", r"\w+") or "").upper()
    size = _SAMPLE_BYTES.get(kind) if binary else None
    big = (said("UseBigEndianOrder", r"\w+") or "NO").upper() == "YES"
    orientation = (said("DataOrientation", r"\w+") or "MULTIPLEXED").upper()
    return BrainVisionHeader(int(n_channels) if n_channels else None, said("SamplingInterval", r"\d+(?:\.\d*)?"),
                             int(points) if points else None, size, kind, big, orientation)  # fmt: skip


def segment_starts(markers: Path) -> list[tuple[int, float]]:
    """Where the segments of a .vmrk file begin, if each has its time of day: sample from 0, seconds since the first."""
    text = bytes_in(markers).decode("utf-8", "replace")
    found = []
    for sample, stamp in _SEGMENT.findall(text):
        try:
            found.append((int(sample) - 1, datetime.strptime(stamp, "%Y%m%d%H%M%S%f")))
        except ValueError:
            return []  # a date that is none, as where it was taken out
    return [(sample, (time - found[0][1]).total_seconds()) for sample, time in found]
