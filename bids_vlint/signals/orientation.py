"""Do the numbers of a BrainVision file stand in the order that its header says? Either can be read as the other.

Where samples of all channels alternate (MULTIPLEXED), numbers that stand as many places apart as there are channels
are neighbours in time of one channel: no numbers nearer to each other differ so little, and how much a number differs
from the next depends, all through the file, on which channel's it is. Where channels follow each other (VECTORIZED),
the next numbers differ least, and neither is so. Mains of whole periods in as many samples make VECTORIZED files
"either".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bids_vlint.signals.finding import REFUSED, Finding

MULTIPLEXED, VECTORIZED = "MULTIPLEXED", "VECTORIZED"
_TYPES = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4"}
# With fewer channels the places that are compared are all near each other in time.
_FEWEST_CHANNELS, _MOST_CHANNELS = 6, 2048
_BLOCKS, _ROWS, _DISTANCES = 16, 64, 128
# Numbers a row apart, of MULTIPLEXED data, are at most this much of those of any places nearer.
_LEAST = 0.8
# A rhythm whose period is a row dips there, too, but not sharply: of MULTIPLEXED data the places beside are as any.
_SHARP = 0.7
# The next number, of VECTORIZED data, differs at most by this much of one a row apart.
_NEXT = 0.6
# Correlation over places in a row of what is found in both halves of the blocks: high, and none.
_KEPT, _NONE = 0.6, 0.4


@dataclass(frozen=True)
class _Row:
    """What a file looks like when it is cut into rows of as many numbers as there are channels.

    Attributes
    ----------
    apart : (n_distances,)
        Mean absolute difference of numbers some places apart: 1, 2, and more up to one beyond a row.
    kept : float
        Correlation over places in a row, between even and odd blocks, of the difference to the next number.
    """

    apart: np.ndarray
    kept: float

    @property
    def order(self) -> str | None:
        """MULTIPLEXED, VECTORIZED, or None where it looks like neither."""
        *nearer, own, after = self.apart.tolist()
        beside = min(nearer[-1], after)
        if self.kept >= _KEPT and own <= _LEAST * min(nearer) and beside >= _SHARP * np.median(nearer):
            return MULTIPLEXED
        if self.kept <= _NONE and nearer[0] < nearer[1] and nearer[0] <= _NEXT * own:
            return VECTORIZED
        return None


def judge_orientation(data: Path, kind: str, declared: str, n_channels: int) -> Finding | None:
    """Compare the declared order with how much numbers differ that stand some places apart.

    Parameters
    ----------
    data : Path
        Binary, low bytes first.
    kind : str
        BinaryFormat of the header.
    declared : str
        DataOrientation of the header.
    n_channels : int

    Returns
    -------
    Finding | None
        Refused where the numbers look like those of the other order; None where they cannot be compared.
    """
    row = _row_of(data, kind, n_channels)
    if row is None:
        return None
    found = row.order or "could be either"
    if row.order in (None, declared):
        return Finding("order of numbers", declared, found)
    return Finding("order of numbers", declared, found, REFUSED,
                   f"says DataOrientation={declared}, but its numbers stand as {found} ones do (those next to each "
                   f"other differ by {row.apart[0] / row.apart[-2]:.2g} of those {n_channels} apart)",
                   "correct DataOrientation in the header, or convert the file")  # fmt: skip


def _row_of(data: Path, kind: str, n_channels: int) -> _Row | None:
    """Look at some blocks of rows. Numbers are squeezed, so that no channel counts for all."""
    size = (_ROWS + 2) * n_channels
    n = data.stat().st_size // np.dtype(_TYPES.get(kind, "<f4")).itemsize
    if kind not in _TYPES or not _FEWEST_CHANNELS <= n_channels <= _MOST_CHANNELS or n < 2 * size:
        return None
    values = np.memmap(data, _TYPES[kind], "r", shape=(n,))
    starts = np.unique(np.linspace(0, (n - size) // n_channels, _BLOCKS).astype(int)) * n_channels
    blocks = np.stack([values[start : start + size] for start in starts.tolist()]).astype(float)
    typical = np.median(np.abs(blocks))
    if not np.isfinite(blocks).all() or typical == 0:
        return None
    blocks = np.arcsinh(blocks / typical)
    first = blocks[:, : _ROWS * n_channels]
    some = np.unique(np.linspace(2, n_channels - 1, min(n_channels - 2, _DISTANCES)).astype(int)).tolist()
    places = [1, *some, n_channels, n_channels + 1]
    apart = np.array([np.abs(blocks[:, k : k + first.shape[1]] - first).mean() for k in places])
    following = np.abs(blocks[:, 1 : 1 + first.shape[1]] - first).reshape(len(blocks), _ROWS, n_channels)
    halves = [np.log(following[half::2].mean((0, 1)) + 1e-6) for half in (0, 1)]
    if not (apart > 0).all() or min(half.std() for half in halves) == 0:
        return None
    return _Row(apart, float(np.corrcoef(*halves)[0, 1]))
