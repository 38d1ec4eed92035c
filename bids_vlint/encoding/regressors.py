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
class Steps:
    """The steps of all runs, one after the other.

    Attributes
    ----------
    x : (n_steps, q) float32
        Columns (lag, feature), feature fastest, those of the first regressor first; centred.
    y : (n_steps, n_electrodes) float32
        Centred within runs.
    run : (n_steps,) int
    event : (n_steps,) int
        The event nearest in time.
    """

    x: np.ndarray
    y: np.ndarray
    run: np.ndarray
    event: np.ndarray


def steps_of(
    tracks: Sequence[Track],
    run: np.ndarray,
    onset: np.ndarray,
    regressors: Sequence[Regressor],
    lags: np.ndarray,
    step: float,
) -> Steps:
    """Lay out the regression.

    Parameters
    ----------
    tracks : sequence of Track
        Times in the recording; every `step` of them is used.
    run : (n_events,) str
    onset : (n_events,) seconds in the recording
        Of the events that say which part of a fold, and which block, a step is in.
    regressors : sequence of Regressor
    lags : (n_lags,) seconds, `step` apart
    step : seconds

    Returns
    -------
    Steps
    """
    x, y, runs, nearest = [], [], [], []
    for k, track in enumerate(tracks):
        every = max(1, round(step / np.median(np.diff(track.time))))
        time, own = track.time[::every], np.flatnonzero(run == track.run)
        if not len(own) or len(time) < 2:
            continue
        own = own[np.argsort(onset[own], kind="stable")]
        columns = [_columns(regressor, track.run, time, lags, step) for regressor in regressors]
        x.append(np.concatenate(columns, axis=2).reshape(len(time), -1))
        y.append(track.data[::every] - track.data.mean(0))
        runs.append(np.full(len(time), k))
        nearest.append(own[_nearest(onset[own], time)])
    design = np.concatenate(x)
    return Steps(design - design.mean(0), np.concatenate(y), np.concatenate(runs), np.concatenate(nearest))


def _nearest(sorted_times: np.ndarray, times: np.ndarray) -> np.ndarray:
    at = np.clip(np.searchsorted(sorted_times, times), 1, max(len(sorted_times) - 1, 1))
    after = np.minimum(at, len(sorted_times) - 1)
    return np.where(times - sorted_times[at - 1] <= sorted_times[after] - times, at - 1, after)


def _columns(regressor: Regressor, run: str, time: np.ndarray, lags: np.ndarray, step: float) -> np.ndarray:
    """What windows centred on `time` see of a regressor in a run at every lag, (n_steps, n_lags, k) float32."""
    own = np.flatnonzero(regressor.run == run)
    own = own[np.argsort(regressor.onset[own], kind="stable")]
    if not len(own):
        return np.zeros((len(time), len(lags), regressor.values.shape[1]), np.float32)
    seen = _state if regressor.lasting else _pulses
    return seen(time, regressor.onset[own], regressor.values[own], lags, step)


def _pulses(time: np.ndarray, onset: np.ndarray, values: np.ndarray, lags: np.ndarray, step: float) -> np.ndarray:
    """Of moments, whose kernel is constant over a lag step."""
    reach = (WINDOW_S + step) / 2
    out = np.empty((len(time), len(lags), values.shape[1]), np.float32)
    n_near = int(np.ceil(2 * reach / np.diff(time).min())) + 1
    for k, lag in enumerate(lags):
        at = np.searchsorted(time, onset + lag - reach)[:, None] + np.arange(n_near)
        inside = at < len(time)
        at = np.minimum(at, len(time) - 1)
        overlap = np.clip(reach - np.abs(time[at] - onset[:, None] - lag), 0, min(WINDOW_S, step)) / WINDOW_S
        rows, columns = at.ravel(), np.repeat(np.arange(len(onset)), n_near)
        seen = sparse.csr_matrix(((overlap * inside).ravel(), (rows, columns)), shape=(len(time), len(onset)))
        out[:, k] = seen @ values
    return out


def _state(time: np.ndarray, onset: np.ndarray, values: np.ndarray, lags: np.ndarray, _step: float) -> np.ndarray:
    """Of what lasts until the next event (zero before the first): its mean over the window, a lag ago."""
    held = np.concatenate([[0.0], np.diff(onset)])[:, None] * np.concatenate([values[:1], values[:-1]])
    until = np.cumsum(held, axis=0)  # the state's integral up to each event

    def integral(at: np.ndarray) -> np.ndarray:
        last = np.searchsorted(onset, at, side="right") - 1
        known = np.maximum(last, 0)
        found: np.ndarray = until[known] + (at - onset[known])[:, None] * values[known]
        return np.where((last >= 0)[:, None], found, 0.0)

    out = np.empty((len(time), len(lags), values.shape[1]), np.float32)
    for k, lag in enumerate(lags):
        out[:, k] = (integral(time - lag + WINDOW_S / 2) - integral(time - lag - WINDOW_S / 2)) / WINDOW_S
    return out
