"""The channels of a recording that share a sampling rate, read from one file after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Piece:
    """Channels of one file.

    Attributes
    ----------
    raw : mne.io.BaseRaw, not preloaded
    picks : index of each channel in raw
    scale : factor of each to volts
    """

    raw: Any
    picks: np.ndarray
    scale: np.ndarray

    @property
    def n_times(self) -> int:
        """Samples."""
        return int(self.raw.n_times)


@dataclass(frozen=True)
class Device:
    """Channels of one recording that share a sampling rate.

    Attributes
    ----------
    names : as in channels.tsv
    pieces : tuple of Piece
        One per file, in order.
    sfreq : Hz
    """

    names: tuple[str, ...]
    pieces: tuple[Piece, ...]
    sfreq: float

    @property
    def n_times(self) -> int:
        """Samples."""
        return sum(piece.n_times for piece in self.pieces)

    def read(self, names: Sequence[str], start: int = 0, stop: int | None = None) -> np.ndarray:
        """Signals of some channels in volts, (n_channels, n_times) float64."""
        at = [self.names.index(n) for n in names]
        stop, begin, pieces = self.n_times if stop is None else stop, 0, []
        for piece in self.pieces:
            first, last = max(start - begin, 0), min(stop - begin, piece.n_times)
            if first < last:
                data = piece.raw.get_data(picks=piece.picks[at], start=first, stop=last, verbose="error")
                pieces.append(data * piece.scale[at][:, None])
            begin += piece.n_times
        if not pieces:
            return np.empty((len(at), 0))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def close(self) -> None:
        """Close the files."""
        for piece in self.pieces:
            piece.raw.close()
