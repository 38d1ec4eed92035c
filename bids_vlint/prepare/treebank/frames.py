"""Whether the user's film is the one that was shown: frames of the authors' film, looked for in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from bids_vlint.errors import InputError, cannot_use
from bids_vlint.film.opening import open_media
from bids_vlint.film.video import frames_at, probe
from bids_vlint.prepare.checks import GOOD, LIES, MARKED, UNCHECKED, Check

_SEARCHED_S = 4.0  # to both sides of where a frame should be
_SMALL = (18, 32)  # pictures are compared so small, in grey: another rip is encoded otherwise
_ALIKE = 0.9  # correlation of two pictures of one frame
_SHARE = 0.8  # of the frames that have to be found at one offset
_FEWEST = 2
_TWO_FRAMES = 2.0


@dataclass(frozen=True)
class FramesFound:
    """Where the authors' frames are in a film.

    Attributes
    ----------
    n : int
        Frames that were looked for.
    alike : int
        Those that are there at the offset.
    offset : float
        Seconds by which the film is behind the authors'.
    grain : float
        Seconds between its frames.
    """

    n: int
    alike: int
    offset: float
    grain: float


def find_frames(film: Path, frames: Mapping[int, bytes]) -> FramesFound:
    """Look for the authors' frames in a film, around where they are at its own frame rate.

    Parameters
    ----------
    film : Path
    frames : number -> PNG
        Numbers count from 0.

    Raises
    ------
    InputError
        The film or a frame cannot be decoded (65), or is not there (66).
    """
    rate = probe(film).rate or 24.0
    offsets = np.arange(-round(_SEARCHED_S * rate), round(_SEARCHED_S * rate) + 1) / rate
    numbers = np.array(sorted(frames))
    wanted = np.stack([_features(_decoded(frames[n], film, n)) for n in numbers])
    times = numbers[:, None] / rate + offsets[None, :]
    alike = np.full(times.shape, np.nan)
    inside = np.flatnonzero(times.ravel() >= 0)
    for k, picture in frames_at(film, times.ravel()[inside] + 0.5 / rate):
        row, column = divmod(int(inside[k]), len(offsets))
        alike[row, column] = float(wanted[row] @ _features(picture))
    score = np.nanmean(alike, axis=0)
    near = np.flatnonzero(score >= np.nanmax(score) - 1e-3)  # of pictures that stand still, the nearest
    best = int(near[np.argmin(np.abs(offsets[near]))])
    return FramesFound(len(numbers), int((alike[:, best] >= _ALIKE).sum()), float(offsets[best]), 1 / rate)


def _decoded(png: bytes, film: Path, number: int) -> np.ndarray:
    import av

    try:
        with open_media(BytesIO(png)) as container:
            return next(container.decode(video=0)).to_ndarray(format="rgb24")
    except (av.error.FFmpegError, StopIteration, ValueError, IndexError) as error:
        raise cannot_use(film.stem, error, f"frame {number} of movie_frames cannot be decoded",
                         "fetch movie_frames.zip again") from error  # fmt: skip


def _features(picture: np.ndarray) -> np.ndarray:
    """A picture, small and grey, as a vector of length one without its mean."""
    grey = picture.astype(np.float32).mean(axis=2)
    rows, columns = (np.linspace(0, side, n + 1).astype(int) for side, n in zip(grey.shape, _SMALL))
    sums = np.add.reduceat(np.add.reduceat(grey, rows[:-1], axis=0), columns[:-1], axis=1)
    small = sums / np.outer(np.diff(rows), np.diff(columns)).clip(min=1)
    flat = (small - small.mean()).ravel()
    size = float(np.linalg.norm(flat))
    return flat / size if size > 1e-3 else np.zeros_like(flat)


def check_frames(film: Path, found: FramesFound | None, *, correct: bool) -> tuple[float, Check]:
    """Whether the user's film shows at each time what the authors' does.

    Parameters
    ----------
    film : Path
    found : FramesFound | None
        None where there are no frames of it.
    correct : bool
        Whether an offset is to be corrected; otherwise it is refused.

    Returns
    -------
    offset : float
        Seconds to be added to the words' times.
    check : Check
    """
    if found is None or found.n < _FEWEST:
        return 0.0, Check("frames", UNCHECKED, "", "no movie_frames are there to compare the film with (--authors)")
    value = f"{found.alike} of {found.n} frames are there, {found.offset:+.3f} s from where they should be"
    if found.alike < _SHARE * found.n:
        return 0.0, Check("frames", LIES, value, f"{film.name} does not show the authors' frames at one offset within "
                          f"{_SEARCHED_S:g} s: it is another cut, runs at another speed, or is another "
                          "film")  # fmt: skip
    if abs(found.offset) < _TWO_FRAMES * found.grain:
        return 0.0, Check("frames", GOOD, value)
    if not correct:
        return 0.0, Check("frames", LIES, value, f"{film.name} is {found.offset:+.2f} s off the film that was shown: "
                          "give --correct-films to have the words moved by as much")  # fmt: skip
    return found.offset, Check("frames", MARKED, value, f"the words were moved by {found.offset:+.3f} s to {film.name}")


def compared(film: Path, frames: Mapping[int, bytes]) -> FramesFound | None:
    """As `find_frames`; None where there are no frames to look for."""
    if not frames:
        return None
    try:
        return find_frames(film, frames)
    except MemoryError as error:
        raise InputError(film, "is too large to be compared in this memory", "use a machine with more") from error
