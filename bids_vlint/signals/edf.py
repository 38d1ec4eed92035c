"""EDF and EDF+: what a header says, and when its records were made. Signals themselves are read by mne.

Kemp et al. 1992 (10.1016/0013-4694(92)90009-7), Kemp and Olivan 2003 (10.1016/S1388-2457(03)00123-8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bids_vlint.errors import InputError

_ANNOTATIONS = "EDF Annotations"
_ONSET = re.compile(rb"^([+-]\d+(?:\.\d*)?)(?:\x15\d*(?:\.\d*)?)?\x14")
_SAMPLE_BYTES = 2
_JITTER_S = 0.025  # one step of a track


@dataclass(frozen=True)
class EdfHeader:
    """What the header of an EDF file says.

    Attributes
    ----------
    plus : str
        "EDF+C", "EDF+D", or "" for plain EDF.
    n_records : int
        As the header says; -1 where the recorder was stopped before it knew.
    record_s : float
        Seconds of a record.
    labels, units : tuple of str
        Of all signals, annotations among them.
    n_samples : tuple of int
        Of each signal in a record.
    header_bytes, file_bytes : int
    """

    plus: str
    n_records: int
    record_s: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    n_samples: tuple[int, ...]
    header_bytes: int
    file_bytes: int

    @property
    def record_bytes(self) -> int:
        """Bytes of a record."""
        return _SAMPLE_BYTES * sum(self.n_samples)

    @property
    def records(self) -> float:
        """Records that the file's bytes hold; not whole where it was cut, or has bytes to spare."""
        return (self.file_bytes - self.header_bytes) / self.record_bytes


def read_edf_header(file: Path) -> EdfHeader:
    """Read the header of an EDF file.

    Raises
    ------
    InputError
        65 where it is no such header.
    """
    with file.open("rb") as stream:
        head = stream.read(256)
        try:
            n = int(head[252:256])
            rest = stream.read(256 * n)
            if len(rest) < 256 * n or n < 1:
                raise ValueError(f"it ends within the header of {n} signals")
            widths = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
            starts = np.cumsum((0, *widths)) * n

            def column(k: int) -> list[str]:
                block, w = rest[starts[k] : starts[k + 1]], widths[k]
                return [block[i * w : (i + 1) * w].decode("latin-1").strip(" \0") for i in range(n)]

            labels, units, samples = column(0), column(2), [int(text) for text in column(8)]
            if min(samples) < 0 or not sum(samples):
                raise ValueError("its records hold no samples")
            kind = head[192:236].decode("latin-1").strip()[:5].upper()
            header = EdfHeader(kind if kind in ("EDF+C", "EDF+D") else "", int(head[236:244]), float(head[244:252]),
                               tuple(labels), tuple(units), tuple(samples), int(head[184:192]),
                               file.stat().st_size)  # fmt: skip
        except ValueError as error:
            raise InputError(file, f"has no header of EDF ({error})", "check the file") from None
    return header


def record_onsets(file: Path, header: EdfHeader) -> np.ndarray | None:
    """When each whole record begins, by its own time stamp in EDF+: (n_records,) seconds since the time of the header;
    None in plain EDF.

    Raises
    ------
    InputError
        65 where a record has no time stamp, or begins before the one before it has ended.
    """
    if not header.plus or _ANNOTATIONS not in header.labels or header.record_s <= 0:
        return None
    at = header.labels.index(_ANNOTATIONS)
    start = _SAMPLE_BYTES * sum(header.n_samples[:at])
    n = int(header.records)
    found = np.empty(n)
    with file.open("rb") as stream:
        for k in range(n):
            stream.seek(header.header_bytes + k * header.record_bytes + start)
            match = _ONSET.match(stream.read(min(64, _SAMPLE_BYTES * header.n_samples[at])))
            if match is None:
                raise InputError(file, f"record {k + 1} of {n} says no time ({header.plus})",
                                 "convert it with a program that writes whole EDF+")  # fmt: skip
            found[k] = float(match[1])
    if (np.diff(found) <= 0).any():
        k = int(np.argmax(np.diff(found) <= 0))
        raise InputError(file, f"goes back in time: record {k + 1} begins at {found[k]:g} s, the next at "
                         f"{found[k + 1]:g} s", "put its records in order")  # fmt: skip
    early = found[:-1] + header.record_s - found[1:] > _JITTER_S
    if early.any():
        k = int(np.argmax(early))
        raise InputError(file, f"has records that overlap: record {k + 1} lasts from {found[k]:g} to "
                         f"{found[k] + header.record_s:g} s, the next begins at {found[k + 1]:g} s",
                         "correct its time stamps")  # fmt: skip
    return found
