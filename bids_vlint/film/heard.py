"""What is heard around moments of a film: pieces of its sound, cut while it is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bids_vlint.film.sound import SAMPLING_RATE, samples


def heard_around(
    path: Path, time: np.ndarray, window: tuple[float, float], wanted: str | None = None
) -> Iterator[np.ndarray]:
    """Cut a sound track around moments.

    Parameters
    ----------
    path : Path
        A film or a sound file.
    time : (n,) seconds of movie time, in ascending order
    window : (from, to)
        Seconds relative to each moment.
    wanted : str | None
        The sound track, as in `bids_vlint.film.sound.track_of`.

    Yields
    ------
    (n_samples,) float32
        At 16 kHz, from -1 to 1, for each moment; silence before the film and after its end. No more than what a window
        reaches over is held in memory.

    Raises
    ------
    InputError
        As `bids_vlint.film.sound.samples`.
    """
    length = round((window[1] - window[0]) * SAMPLING_RATE)
    starts = np.round((np.asarray(time, float) + window[0]) * SAMPLING_RATE).astype(int)
    if not len(starts):
        return
    pieces = samples(path, float(time[-1] + window[1]), wanted)
    held, first = np.zeros(0, np.float32), 0  # samples from number `first` on
    for start in starts.tolist():
        while first + len(held) < start + length:
            piece = next(pieces, None)
            if piece is None:
                break
            known = held[max(0, start - first) :]
            first += len(held) - len(known)
            held = np.concatenate([known, piece])
        out = np.zeros(length, np.float32)
        a, b = max(start, first), min(start + length, first + len(held))
        if b > a:
            out[a - start : b - start] = held[a - first : b - first]
        yield out
