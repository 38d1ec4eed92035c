"""Are the numbers of a BrainVision file of the format that its header says? Any bytes can be read as any of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bids_vlint.signals.finding import REFUSED, Finding

_FLOAT = "IEEE_FLOAT_32"
_BLOCKS, _BLOCK_BYTES = 4, 1 << 14
# Of bytes that are no floats, one in ten or more are outside of these; signals in any unit lie within.
_SMALLEST, _LARGEST = 1e-25, 1e25
_FEW = 0.01
_NAN = 0x7FC00000
# What signals in µV are, and integers read as floats hardly ever are.
_LIKELY = (1e-9, 1e9)


def some_of(file: Path) -> bytes:
    """Some blocks of a file, each of whole samples."""
    size = file.stat().st_size
    starts = np.unique(np.linspace(0, max(0, size - _BLOCK_BYTES), _BLOCKS).astype(int) // 8 * 8)
    with file.open("rb") as stream:
        blocks = []
        for start in starts.tolist():
            stream.seek(start)
            blocks.append(stream.read(_BLOCK_BYTES))
    content = b"".join(blocks)
    return content[: len(content) // 8 * 8]


def judge_numbers(kind: str, big_endian: bool, content: bytes) -> Finding:
    """Whether bytes may be numbers of a format.

    Parameters
    ----------
    kind : str
        BinaryFormat of the header.
    big_endian : bool
        UseBigEndianOrder of the header, which the reader of these files does not know.
    content : bytes
        Some of the data.

    Examples
    --------
    >>> judge_numbers("IEEE_FLOAT_32", False, np.array([-3, 40, 2, -7] * 9, "<i2").tobytes()).verdict
    'refused'
    >>> judge_numbers("INT_16", False, np.array([-3.3, 40.1, 2.7, -7.1] * 9, "<f4").tobytes()).verdict
    'refused'
    """
    what, told, own = "numbers", f"{kind}{', high bytes first' if big_endian else ''}", f"{len(content)} bytes of them"
    do = "correct BinaryFormat or UseBigEndianOrder in the header, or convert the file"
    with np.errstate(invalid="ignore"):
        size = np.abs(np.frombuffer(content, "<f4").astype(float))
    if kind == _FLOAT:
        gone = np.isin(np.frombuffer(content, "<u4") & 0x7FFFFFFF, _NAN)  # samples that a program took out
        odd = ~gone & (~(size <= _LARGEST) | ((size > 0) & (size < _SMALLEST)))
        if odd.size and odd.mean() > _FEW:
            said = f"{100 * odd.mean():.0f} % of its numbers are none, or of no size that is ever measured"
            return Finding(what, told, own, REFUSED, f"holds no signals as {kind}: {said}", do)
    elif big_endian:
        return Finding(what, told, own, REFUSED, f"holds {kind} with high bytes first, which is not read", do)
    elif _may_be_floats(size, content):
        return Finding(what, told, own, REFUSED, f"holds {_FLOAT}, as it seems, but its header says {kind}", do)
    return Finding(what, told, own)


def _may_be_floats(size: np.ndarray, content: bytes) -> bool:
    """Whether nearly all numbers are likely floats, whose lower halves are as those of no integers of one size."""
    given = size[size > 0]
    if len(given) < len(size) / 2 or not len(size):
        return False
    likely = np.mean((given > _LIKELY[0]) & (given < _LIKELY[1]))
    high = np.abs(np.frombuffer(content, "<i2").astype(int)).reshape(-1, 2)
    alike = np.mean(np.abs(high[:, 0] - np.median(high[:, 1])) <= np.ptp(np.percentile(high[:, 1], (1, 99))))
    return bool(likely > 1 - _FEW / 10 and alike < 0.8)
