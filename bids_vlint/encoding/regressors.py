"""What events say, laid out for a regression of the continuous signal on all of them at all lags.

What events say is a regressor, of events of one kind or of several: either of moments, each event a pulse of its
features, or lasting, the features of the last event at every time until the next. The columns of the design are what
the 200 ms windows of the signal see of them, so that the windows smear the signal and not the kernels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from bids_vlint.signals.responses import Track
from bids_vlint.signals.windows import WINDOW_S

# Times nearer than this are the same.
_SAME_S = 1e-6


@dataclass(frozen=True)
class Regressor:
    """What events say.

    Attributes
    ----------
    run : (n_events,) str
    onset : (n_events,) seconds in the recording
    values : (n_events, k) float64
        Features, standardised; or ones, for the events' mere occurrence.
    lasting : bool
        Whether what an event says holds until the next; otherwise it is a moment.
    """

    run: np.ndarray
    onset: np.ndarray
    values: np.ndarray
    lasting: bool = False


@dataclass(frozen=True)
class Lagged:
    """The times of a run's steps less every lag.

    Attributes
    ----------
    run : str
    at : (n_times,) seconds in the recording
        Each once, in ascending order: most are the time of one step at one lag, and of the next at the next.
    index : (n_own, n_lags) int
        Which of them a step at a lag is.
    """

    run: str
    at: np.ndarray
    index: np.ndarray


@dataclass(frozen=True)
class Steps:
    """The steps of all runs, one after the other.

    Attributes
    ----------
    y : (n_steps, n_electrodes) float32
        Centred within runs.
    run : (n_steps,) int
    event : (n_steps,) int
        The event nearest in time.
    lagged : list of Lagged, one per run
    step : seconds
    """

    y: np.ndarray
    run: np.ndarray
    event: np.ndarray
    lagged: list[Lagged]
    step: float


def steps_of(tracks: Sequence[Track], run: np.ndarray, onset: np.ndarray, lags: np.ndarray, step: float) -> Steps:
    """Lay out the steps of a regression.

    Parameters
    ----------
    tracks : sequence of Track
        Times in the recording; every `step` of them is used.
    run : (n_events,) str
    onset : (n_events,) seconds in the recording
        Of the events that say which part of a fold, and which block, a step is in.
    lags : (n_lags,) seconds, `step` apart
    step : seconds

    Returns
    -------
    Steps
    """
    y, runs, nearest, lagged = [], [], [], []
    for k, track in enumerate(tracks):
        every = max(1, round(step / np.median(np.diff(track.time))))
        time, own = track.time[::every], np.flatnonzero(run == track.run)
        if not len(own) or len(time) < 2:
            continue
        own = own[np.argsort(onset[own], kind="stable")]
        y.append(track.data[::every] - track.data.mean(0))
        runs.append(np.full(len(time), k))
        nearest.append(own[_nearest(onset[own], time)])
        wanted = (time[:, None] - lags).ravel()
        _, first, index = np.unique(np.round(wanted / _SAME_S), return_index=True, return_inverse=True)
        lagged.append(Lagged(track.run, wanted[first], index.reshape(len(time), -1)))
    return Steps(np.concatenate(y), np.concatenate(runs), np.concatenate(nearest), lagged, step)


def _nearest(sorted_times: np.ndarray, times: np.ndarray) -> np.ndarray:
    at = np.clip(np.searchsorted(sorted_times, times), 1, max(len(sorted_times) - 1, 1))
    after = np.minimum(at, len(sorted_times) - 1)
    return np.where(times - sorted_times[at - 1] <= sorted_times[after] - times, at - 1, after)


def lagged_columns(steps: Steps, regressor: Regressor) -> np.ndarray:
    """What the windows centred on the steps see of a regressor at every lag, (n_steps, n_lags, k) float32; centred."""
    k, parts = regressor.values.shape[1], []
    for lagged in steps.lagged:
        own = np.flatnonzero(regressor.run == lagged.run)
        own = own[np.argsort(regressor.onset[own], kind="stable")]
        seen = np.zeros((len(lagged.at), k))
        if len(own):
            onset, values = regressor.onset[own], regressor.values[own]
            seen = _state(lagged.at, onset, values) if regressor.lasting else _pulses(lagged.at, onset, values,
                                                                                      steps.step)  # fmt: skip
        parts.append(seen.astype(np.float32)[lagged.index])
    design = np.concatenate(parts)
    design -= design.mean(0, dtype=np.float64).astype(np.float32)
    return design


def _pulses(at: np.ndarray, onset: np.ndarray, values: np.ndarray, step: float) -> np.ndarray:
    """Of moments, whose kernel is constant over a lag step, (n_times, k)."""
    reach = (WINDOW_S + step) / 2
    first = np.searchsorted(at, onset - reach)
    n = np.searchsorted(at, onset + reach, side="right") - first
    event = np.repeat(np.arange(len(onset)), n)
    row = np.arange(n.sum()) + np.repeat(first - np.cumsum(n) + n, n)
    overlap = np.clip(reach - np.abs(at[row] - onset[event]), 0, min(WINDOW_S, step)) / WINDOW_S
    seen: np.ndarray = sparse.csr_matrix((overlap, (row, event)), shape=(len(at), len(onset))) @ values
    return seen


def _state(at: np.ndarray, onset: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Of what lasts until the next event (zero before the first): its mean over the window, (n_times, k)."""
    held = np.concatenate([[0.0], np.diff(onset)])[:, None] * np.concatenate([values[:1], values[:-1]])
    until = np.cumsum(held, axis=0)  # the state's integral up to each event

    def integral(time: np.ndarray) -> np.ndarray:
        last = np.searchsorted(onset, time, side="right") - 1
        known = np.maximum(last, 0)
        found: np.ndarray = until[known] + (time - onset[known])[:, None] * values[known]
        return np.where((last >= 0)[:, None], found, 0.0)

    mean: np.ndarray = (integral(at + WINDOW_S / 2) - integral(at - WINDOW_S / 2)) / WINDOW_S
    return mean
