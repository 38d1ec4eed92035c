"""Folds of events, cut in stimulus time with a gap around what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# As published, and the fewest of those that are cut in stimulus time.
N_FOLDS = 5
# A silence longer than this adds no more than this to the length of a part.
_LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True)
class Fold:
    """Event indices: train (n_train,), and the two halves of what is held out."""

    train: np.ndarray
    halves: tuple[np.ndarray, np.ndarray]


def stimulus_folds(
    stimulus: Sequence[str] | np.ndarray,
    movie_time: np.ndarray,
    run: Sequence[str] | np.ndarray,
    onset: np.ndarray,
    *,
    gap: float,
    n_folds: int,
) -> tuple[Fold, ...]:
    """Cut what was seen, in stimulus time, into folds; training stays away from what is held out.

    Every presentation of a second of a film lies in one part. Films are put one after the other. Parts are equally
    long (silences count up to 5 s), so that each half has as many blocks; where one would be empty, parts have equally
    many events.

    Parameters
    ----------
    stimulus, run : (n_events,) str
    movie_time, onset : (n_events,) seconds, in the film and in the recording
    gap : float
        Seconds between a training event and any held-out event, in the film and in the recording.
    n_folds : int

    Returns
    -------
    tuple of Fold
    """
    part = _parts(np.asarray(stimulus, str), np.asarray(movie_time, float), 2 * n_folds)
    near = [
        (np.asarray(stimulus, str), np.asarray(movie_time, float)),
        (np.asarray(run, str), np.asarray(onset, float)),
    ]
    folds = []
    for k in range(n_folds):
        held = part // 2 == k
        close = held.copy()
        for label, time in near:
            close |= _within(label, time, held, gap)
        halves = (np.flatnonzero(part == 2 * k), np.flatnonzero(part == 2 * k + 1))
        folds.append(Fold(np.flatnonzero(~close), halves))
    return tuple(folds)


def _parts(stimulus: np.ndarray, movie_time: np.ndarray, n_parts: int) -> np.ndarray:
    """Which of `n_parts` equally long stretches each event lies in, (n_events,) int."""
    names = {name: k for k, name in enumerate(dict.fromkeys(stimulus.tolist()))}
    film = np.array([names[name] for name in stimulus.tolist()], float)
    seen, place = np.unique(np.stack([film, movie_time]), axis=1, return_inverse=True)
    step = np.diff(seen[1], prepend=seen[1][:1])
    step[np.diff(seen[0], prepend=seen[0][:1]) != 0] = _LONGEST_PAUSE_S
    position = np.cumsum(np.clip(step, 0, _LONGEST_PAUSE_S))
    part = _cut(position, n_parts)
    if len(np.unique(part)) < n_parts:  # few events, far apart: as many in each part
        part = _cut(np.arange(len(position)) + 0.5, n_parts)
    return part[place.ravel()]


def _cut(position: np.ndarray, n_parts: int) -> np.ndarray:
    """Which of equally long stretches each position lies in."""
    length = position[-1] * (1 + 1e-9) or 1.0
    return (position / length * n_parts).astype(int)


def _within(label: np.ndarray, time: np.ndarray, held: np.ndarray, gap: float) -> np.ndarray:
    """Whether a held-out event of the same label lies less than `gap` away, (n_events,) bool."""
    close = np.zeros(len(time), bool)
    for name in np.unique(label[held]):
        own = label == name
        times = np.sort(time[own & held])
        at = np.searchsorted(times, time[own])
        before = time[own] - times[np.maximum(at - 1, 0)]
        after = times[np.minimum(at, len(times) - 1)] - time[own]
        close[own] = (np.abs(before) < gap) | (np.abs(after) < gap)
    return close
