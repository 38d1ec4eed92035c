"""The clock of a recording: when each of a file's samples was made, where it is not simply one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Less is no gap that an event's windows of 200 ms would feel: one step of a track.
_GAP_S = 0.025
_LEAST_S = 1e-3


@dataclass(frozen=True)
class Clock:
    """Stretches of a recording: within each, samples follow each other at the sampling rate.

    Attributes
    ----------
    in_file : (k,) seconds of signal before each stretch; the first is 0
    time : (k,) seconds in the recording at which each begins; the first is 0
    length : float
        Seconds of signal.

    Examples
    --------
    A recording that was paused for 20 s after a minute:

    >>> clock = Clock(np.array([0.0, 60.0]), np.array([0.0, 80.0]), 90.0)
    >>> clock.to_file(np.array([10.0, 85.0])).tolist(), clock.gaps.tolist(), clock.end
    ([10.0, 65.0], [[60.0, 80.0]], 110.0)
    """

    in_file: np.ndarray
    time: np.ndarray
    length: float

    @property
    def end(self) -> float:
        """When the recording ends, seconds."""
        return float(self.time[-1] + (self.length - self.in_file[-1]))

    @property
    def gaps(self) -> np.ndarray:
        """Start and stop of the times that no sample is of, (n, 2) seconds in the recording."""
        stop = self.time[:-1] + np.diff(self.in_file)
        wide = self.time[1:] - stop > _GAP_S
        return np.column_stack([stop, self.time[1:]])[wide]

    def to_file(self, time: np.ndarray) -> np.ndarray:
        """Seconds of signal before a time of the recording; of no use within a gap."""
        at = np.clip(np.searchsorted(self.time, time, side="right") - 1, 0, None)
        return self.in_file[at] + (np.asarray(time, float) - self.time[at])

    def to_recording(self, in_file: np.ndarray) -> np.ndarray:
        """When a place of the signal was recorded, seconds."""
        at = np.clip(np.searchsorted(self.in_file, in_file, side="right") - 1, 0, None)
        return self.time[at] + (np.asarray(in_file, float) - self.in_file[at])


def steady(length: float) -> Clock:
    """The clock of a recording without gaps."""
    return Clock(np.zeros(1), np.zeros(1), length)


def of_records(onset: np.ndarray, record_s: float, sfreq: float) -> Clock:
    """The clock that records with time stamps make.

    Parameters
    ----------
    onset : (n_records,) seconds, increasing; the first is 0
    record_s : float
        Seconds of a record.
    sfreq : float
        Hz; a stamp that is no sample off begins no new stretch.

    Examples
    --------
    >>> of_records(np.array([0.0, 1.0, 5.0, 6.0]), 1.0, 100.0).gaps.tolist()
    [[2.0, 5.0]]
    """
    least = max(1 / sfreq, _LEAST_S)
    first = [0]
    for k in range(1, len(onset)):
        if abs(onset[k] - onset[first[-1]] - (k - first[-1]) * record_s) > least:
            first.append(k)
    return Clock(np.array(first) * record_s, np.asarray(onset, float)[first], len(onset) * record_s)
