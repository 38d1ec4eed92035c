"""The channels of a recording that share a sampling rate, read from one file after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import cannot_use


@dataclass(frozen=True)
class Piece:
    """Channels of one file.

    Attributes
    ----------
    raw : mne.io.BaseRaw, not preloaded
    picks : index of each channel in raw
    scale : factor of each to volts
    file : Path
        What raw was opened from.
    """

    raw: Any
    picks: np.ndarray
    scale: np.ndarray
    file: Path

    @property
    def n_times(self) -> int:
        """Samples."""
        return int(self.raw.n_times)

    def read(self, at: Sequence[int], start: int, stop: int) -> np.ndarray:
        """Samples of some channels in volts, (n_channels, n_times) float64."""
        try:
            data = self.raw.get_data(picks=self.picks[at], start=start, stop=stop, verbose="error")
        except Exception as error:
            wrong = f"its signals cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
            raise cannot_use(self.file, error, wrong, "check the file") from error
        own = data if data.flags.owndata else None  # not a view of what raw holds
        return np.asarray(np.multiply(data, self.scale[at][:, None], out=own))


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
        """Signals of some channels in volts, (n_channels, n_times) float64.

        Raises
        ------
        InputError
            A file whose samples cannot be read (65; 74 and 75 where the machine is to blame).
        """
        at = [self.names.index(n) for n in names]
        stop, begin, pieces = self.n_times if stop is None else stop, 0, []
        for piece in self.pieces:
            first, last = max(start - begin, 0), min(stop - begin, piece.n_times)
            if first < last:
                pieces.append(piece.read(at, first, last))
            begin += piece.n_times
        if not pieces:
            return np.empty((len(at), 0))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def close(self) -> None:
        """Close the files."""
        for piece in self.pieces:
            piece.raw.close()
