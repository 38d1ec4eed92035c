"""EDF and EDF+ files with time stamps of any kind, written by hand: edfio writes no gaps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np


def write_edf(
    path: Path,
    names: Sequence[str],
    data: np.ndarray,
    sfreq: float,
    *,
    units: Sequence[str] | None = None,
    onsets: Sequence[float] | None = None,
    kind: str = "",
    n_records: int | None = None,
    notes: Sequence[tuple[float, float, str]] = (),
) -> Path:
    """Write (n_channels, n_times) in records of 1 s.

    Parameters
    ----------
    data : in the units, within ±1000
    onsets : when each record begins, seconds (EDF+); None: plain EDF
    kind : EDF+C or EDF+D
    n_records : what the header says, if not the truth
    notes : onset, duration and text of annotations, in the first record
    """
    n = round(sfreq)
    records = data.shape[1] // n
    stamped = onsets is not None
    k = len(names) + stamped
    stamp_samples = 60

    def text(value: object, width: int) -> bytes:
        return str(value).encode("latin-1")[:width].ljust(width)

    def column(values: Sequence[object], width: int, of_stamps: object) -> bytes:
        return b"".join(text(v, width) for v in [*values, *([of_stamps] if stamped else [])])

    each = len(names)
    head = text(0, 8) + text("X X X X", 80) + text("Startdate X X X X", 80) + text("01.01.85", 8)
    head += text("00.00.00", 8) + text(256 * (k + 1), 8) + text(kind, 44)
    head += text(records if n_records is None else n_records, 8) + text(1, 8) + text(k, 4)
    head += column(names, 16, "EDF Annotations") + column([""] * each, 80, "")
    head += column(units or ["uV"] * each, 8, "") + column([-1000] * each, 8, -1) + column([1000] * each, 8, 1)
    head += column([-32768] * each, 8, -32768) + column([32767] * each, 8, 32767) + column([""] * each, 80, "")
    head += column([n] * each, 8, stamp_samples) + column([""] * each, 32, "")
    digital = np.round((data + 1000) / 2000 * 65535 - 32768).astype("<i2")
    blocks = [head]
    for r in range(records):
        blocks.append(digital[:, r * n : (r + 1) * n].tobytes())
        if onsets is not None:
            stamp = f"+{onsets[r]:g}\x14\x14\0"
            stamp += "".join(f"+{a:g}\x15{b:g}\x14{what}\x14\0" for a, b, what in notes) if r == 0 else ""
            blocks.append(stamp.encode().ljust(2 * stamp_samples, b"\0"))
    path.write_bytes(b"".join(blocks))
    return path
