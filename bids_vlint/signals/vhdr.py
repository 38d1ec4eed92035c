"""BrainVision: what a header says of the shape of its data. Signals themselves are read by mne."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_SEGMENT = re.compile(r"^Mk\d+=New Segment,[^,\r\n]*,(\d+),[^,]*,[^,]*,(\d{20})", re.MULTILINE)
_SAMPLE_BYTES = {"INT_16": 2, "UINT_16": 2, "INT_32": 4, "IEEE_FLOAT_32": 4}


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
    """

    n_channels: int | None
    interval: str | None
    n_points: int | None
    sample_bytes: int | None

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
    text = file.read_bytes().decode("utf-8", "replace")

    def said(key: str, pattern: str) -> str | None:
        match = re.search(rf"^\s*{key}\s*=\s*({pattern})\s*$", text, re.MULTILINE | re.IGNORECASE)
        return match[1] if match else None

    n_channels, points = said("NumberOfChannels", r"\d+"), said("DataPoints", r"\d+")
    binary = (said("DataFormat", r"\w+") or "BINARY").upper() == "BINARY"
    size = _SAMPLE_BYTES.get((said("BinaryFormat", r"\w+") or "").upper()) if binary else None
    return BrainVisionHeader(int(n_channels) if n_channels else None, said("SamplingInterval", r"\d+(?:\.\d*)?"),
                             int(points) if points else None, size)  # fmt: skip


def segment_starts(markers: Path) -> list[tuple[int, float]]:
    """Where the segments of a .vmrk file begin, if each has its time of day: sample from 0, seconds since the first."""
    text = markers.read_bytes().decode("utf-8", "replace")
    found = []
    for sample, stamp in _SEGMENT.findall(text):
        try:
            found.append((int(sample) - 1, datetime.strptime(stamp, "%Y%m%d%H%M%S%f")))
        except ValueError:
            return []  # a date that is none, as where it was taken out
    return [(sample, (time - found[0][1]).total_seconds()) for sample, time in found]
