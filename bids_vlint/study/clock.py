"""The clock between movie time and recording time, stretch by stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# Where two rows of events.tsv say that the film went on within this time, there was no pause.
_TOLERANCE_S = 0.05
# Steps of a table of paired times up to this are jitter of who wrote it down.
JITTER_S = 0.2
# Of a clock that only drifts, or of a film played at 25 instead of 24 frames per second.
SPEEDS = (0.95, 1.05)
# Over so much of the film jitter is no longer to be mistaken for speed.
_SPAN_S = 10.0
_FEW = 0.1
# How much faster or slower than in the whole table time may go between two rows far apart.
_DRIFT = 0.005
UNBOUNDED_S = 1e7
DECIMALS = 4  # movie time is kept to a tenth of a millisecond, so that participants share features
_ROUNDING_S = 1.5 * 10**-DECIMALS  # what rounding may put outside a stretch is at its end


@dataclass(frozen=True)
class Showing:
    """One continuous stretch of a film in a recording: matching times, linear between them.

    Attributes
    ----------
    movie : (k,) float64, increasing, k >= 2
        Seconds in the movie.
    recording : (k,) float64
        Seconds in the recording; increasing but for jitter.

    Examples
    --------
    >>> showing = Showing(np.array([0.0, 60.0]), np.array([10.0, 70.0]))
    >>> showing.to_recording(np.array([30.0, 90.0])).tolist(), showing.to_movie(np.array([40.0])).tolist()
    ([40.0, nan], [30.0])
    """

    movie: np.ndarray
    recording: np.ndarray

    @property
    def begin(self) -> float:
        """Seconds in the recording."""
        return float(self.recording.min())

    @property
    def end(self) -> float:
        """Seconds in the recording."""
        return float(self.recording.max())

    def to_recording(self, movie_time: np.ndarray) -> np.ndarray:
        """Recording time, NaN outside the stretch."""
        return _interpolate(movie_time, self.movie, self.recording)

    def to_movie(self, recording_time: np.ndarray) -> np.ndarray:
        """Movie time, NaN outside the stretch."""
        forward = np.diff(np.maximum.accumulate(self.recording), prepend=-np.inf) > 0
        return _interpolate(recording_time, self.recording[forward], self.movie[forward])


def _interpolate(x: np.ndarray, xp: np.ndarray, fp: np.ndarray) -> np.ndarray:
    x = np.asarray(x, float)
    inside = (x >= xp[0] - _ROUNDING_S) & (x <= xp[-1] + _ROUNDING_S)
    x = np.clip(x, xp[0], xp[-1])
    # the last stretch ends far away; interpolation there would cost digits
    at = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    y = fp[at] + (x - xp[at]) * ((fp[at + 1] - fp[at]) / (xp[at + 1] - xp[at]))
    return np.where(inside, y, np.nan)


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


def speed_of(movie: np.ndarray, recording: np.ndarray) -> float:
    """Seconds that a recording goes on in a second of its film, from pairs of matching times; NaN where it never does.

    Parameters
    ----------
    movie, recording : (n,) seconds, in order of recording time

    Examples
    --------
    >>> speed_of(np.array([0.0, 60.0, 60.0, 390.0]), np.array([10.0, 70.0, 200.0, 530.0]))
    1.0
    """
    film = np.concatenate([[0.0], np.cumsum(np.diff(movie).clip(min=0))])[: len(movie)]
    ahead = np.searchsorted(film, film + min(_SPAN_S, film[-1] / 2) - 1e-9) if len(film) else np.empty(0, int)
    first = np.flatnonzero(ahead < len(film))
    d_movie, d_recording = (x[ahead[first]] - x[first] for x in (movie, recording))
    on = (d_movie > 0) & (d_recording > 0)
    slope = d_recording[on] / d_movie[on]
    steady = slope[(slope >= SPEEDS[0]) & (slope <= SPEEDS[1])]  # the others hold a pause, unless nearly all are so
    chosen = steady if len(steady) > _FEW * len(slope) else slope
    return float(np.median(chosen)) if len(chosen) else float("nan")


def from_pairs(movie: np.ndarray, recording: np.ndarray, tolerance: float = JITTER_S) -> list[Showing]:
    """Showings from pairs of matching times, cut where the film was paused or wound back.

    Parameters
    ----------
    movie, recording : (n,) seconds, in order of recording time
    tolerance : float
        Seconds. Between two rows the film went on where the recording takes as long as the film does at the table's
        speed (`speed_of`), give or take this, or 0.5 % of it: smaller steps are jitter.

    Returns
    -------
    list of Showing
        They go through every pair but for those of one movie time (to 0.1 ms) and stretch, of which the first counts.
        A pair that is alone between two pauses is left out.

    Examples
    --------
    >>> showings = from_pairs(np.array([0.0, 60.0, 60.0, 390.0]), np.array([10.0, 70.0, 200.0, 530.0]))
    >>> [showing.recording.tolist() for showing in showings]
    [[10.0, 70.0], [200.0, 530.0]]
    """
    movie, recording = np.round(np.asarray(movie, float), DECIMALS), np.asarray(recording, float)
    speed = speed_of(movie, recording)
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        return []
    d_movie, d_recording = np.diff(movie), np.diff(recording)
    step = np.abs(d_recording - speed * d_movie)
    goes_on = step <= np.maximum(tolerance + 1e-9, _DRIFT * d_movie)
    out = []
    for group in np.split(np.arange(len(movie)), np.flatnonzero(~goes_on) + 1):
        times, first = np.unique(movie[group], return_index=True)  # in order of the film: jitter may step back
        if recording[group][first].max() > recording[group][first[0]]:
            out.append(Showing(times, recording[group][first]))
    return out


def pauses(showings: Sequence[Showing]) -> np.ndarray:
    """Recording times at which a film was stopped or resumed, (n,) seconds.

    Examples
    --------
    >>> pauses(from_rows([10, 200], [0, 60], [60, 30])).tolist()
    [70.0, 200.0]
    """
    ordered = sorted(showings, key=lambda s: s.begin)
    edges: list[float] = []
    for one, following in pairwise(ordered):
        edges += [min(one.end, following.begin), following.begin]
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
