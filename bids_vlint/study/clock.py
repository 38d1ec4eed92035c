"""The clock between movie time and recording time, stretch by stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# Where two rows say that the film went on within this time, there was no pause.
_TOLERANCE_S = 0.05
# Slopes of a clock that only drifts, or of a film played at 25 instead of 24 frames per second.
_SLOPES = (0.95, 1.05)
UNBOUNDED_S = 1e7
DECIMALS = 4  # movie time is kept to a tenth of a millisecond, so that participants share features


@dataclass(frozen=True)
class Showing:
    """One continuous stretch of a film in a recording: matching times, linear between them.

    Attributes
    ----------
    movie, recording : (k,) float64, increasing, k >= 2
        Seconds in the movie and in the recording.

    Examples
    --------
    >>> showing = Showing(np.array([0.0, 60.0]), np.array([10.0, 70.0]))
    >>> showing.to_recording(np.array([30.0, 90.0])).tolist(), showing.to_movie(np.array([40.0])).tolist()
    ([40.0, nan], [30.0])
    """

    movie: np.ndarray
    recording: np.ndarray

    def to_recording(self, movie_time: np.ndarray) -> np.ndarray:
        """Recording time, NaN outside the stretch."""
        return _interpolate(movie_time, self.movie, self.recording)

    def to_movie(self, recording_time: np.ndarray) -> np.ndarray:
        """Movie time, NaN outside the stretch."""
        return _interpolate(recording_time, self.recording, self.movie)


def _interpolate(x: np.ndarray, xp: np.ndarray, fp: np.ndarray) -> np.ndarray:
    x = np.asarray(x, float)
    # the last stretch ends far away; interpolation there would cost digits
    at = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    y = fp[at] + (x - xp[at]) * ((fp[at + 1] - fp[at]) / (xp[at + 1] - xp[at]))
    return np.where((x >= xp[0] - 1e-9) & (x <= xp[-1]), y, np.nan)


def from_rows(onset: Sequence[float], movie_onset: Sequence[float], duration: Sequence[float]) -> list[Showing]:
    """Showings from rows that start (or resume) one film.

    Parameters
    ----------
    onset : seconds in the recording, increasing
    movie_onset : seconds in the movie
    duration : seconds; NaN or 0 where not known

    Returns
    -------
    list of Showing
        A row ends where its duration says, at the latest where the next begins; where that is not known, when the
        movie time at which the next row resumes was reached.

    Examples
    --------
    A film that starts at 10 s of the recording, is paused after a minute and goes on at 200 s:

    >>> for showing in from_rows([10, 200], [0, 60], [60, 30]):
    ...     print(showing.movie.tolist(), showing.recording.tolist())
    [0.0, 60.0] [10.0, 70.0]
    [60.0, 90.0] [200.0, 230.0]
    """
    stretches: list[tuple[list[float], list[float]]] = []
    for k, (r, m, d) in enumerate(zip(onset, movie_onset, duration)):
        last = k + 1 == len(onset)
        room = UNBOUNDED_S if last else onset[k + 1] - r
        length = d if d > 0 else np.inf
        if not last and length > room + _TOLERANCE_S:
            ahead = movie_onset[k + 1] - m
            length = min(ahead, room) if ahead > 0 else room
        length = min(length, room)
        if length <= 0:
            continue
        movie, recording = stretches[-1] if stretches else ([], [])
        if movie and abs(recording[-1] - r) <= _TOLERANCE_S and abs(movie[-1] - m) <= _TOLERANCE_S:
            movie[-1], recording[-1] = m, r  # it went on without a pause
            movie.append(m + length)
            recording.append(r + length)
        else:
            stretches.append(([m, m + length], [r, r + length]))
    return [Showing(np.array(m, float), np.array(r, float)) for m, r in stretches]


def from_pairs(movie: np.ndarray, recording: np.ndarray) -> list[Showing]:
    """Showings from pairs of matching times, cut where the film was paused or wound back.

    Parameters
    ----------
    movie, recording : (n,) seconds, in order of recording time

    Examples
    --------
    >>> showings = from_pairs(np.array([0.0, 60.0, 60.0, 390.0]), np.array([10.0, 70.0, 200.0, 530.0]))
    >>> [showing.recording.tolist() for showing in showings]
    [[10.0, 70.0], [200.0, 530.0]]
    """
    d_movie, d_recording = np.diff(movie), np.diff(recording)
    steady = (d_movie > 0) & (d_recording > 0)
    slope = np.divide(d_recording, d_movie, out=np.zeros_like(d_movie), where=steady)
    jitter = np.abs(d_recording - d_movie) <= _TOLERANCE_S
    goes_on = steady & (jitter | ((slope >= _SLOPES[0]) & (slope <= _SLOPES[1])))
    groups = np.split(np.arange(len(movie)), np.flatnonzero(~goes_on) + 1)
    return [Showing(movie[g], recording[g]) for g in groups if len(g) > 1]


def pauses(showings: Sequence[Showing]) -> np.ndarray:
    """Recording times at which a film was stopped or resumed, (n,) seconds.

    Examples
    --------
    >>> pauses(from_rows([10, 200], [0, 60], [60, 30])).tolist()
    [70.0, 200.0]
    """
    ordered = sorted(showings, key=lambda s: s.recording[0])
    edges: list[float] = []
    for one, following in pairwise(ordered):
        edges += [min(one.recording[-1], following.recording[0]), following.recording[0]]
    return np.array(edges, float)


def movie_times(onset: np.ndarray, showings: Sequence[Showing]) -> np.ndarray:
    """Movie time of each recording time, (n,) seconds; NaN where none of the showings was on.

    Examples
    --------
    >>> movie_times(np.array([5.0, 40.0, 201.0]), from_rows([10, 200], [0, 60], [60, 30])).tolist()
    [nan, 30.0, 61.0]
    """
    movie = np.full(len(onset), np.nan)
    for showing in showings:
        t = showing.to_movie(onset)
        movie = np.where(np.isfinite(t), t, movie)
    return np.round(movie, DECIMALS)
