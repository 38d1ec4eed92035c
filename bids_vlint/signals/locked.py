"""High gamma around events, from the traces of whole recordings: means in ten parts that follow each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bids_vlint.signals.traces import TRACE_STEP_S
from bids_vlint.signals.windows import WINDOW_S

LOCKED_LAGS: np.ndarray = np.arange(-10, 21) / 10
N_PARTS = 10
APART_S = float(LOCKED_LAGS[-1] - LOCKED_LAGS[0] + WINDOW_S)  # so that no window of one part reaches into another's
_DECIBEL = 10 / np.log(10)


def means_of_parts(traces: Sequence[np.ndarray], onsets: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean high gamma around the events of each part of the recordings.

    The events are cut into ten parts of equal number, in order. Those of a part that come less than 3.2 s after the
    last event of the part before in the same recording are left out.

    Parameters
    ----------
    traces : sequence of (n_steps, n_electrodes)
        `high gamma` of each run (`traces.Trace`), log power.
    onsets : sequence of (n,) seconds
        Of each run's events, increasing.

    Returns
    -------
    level : (10, n_electrodes, n_lags) float32
        dB against the mean over the run, at `LOCKED_LAGS`, linear between the trace's steps; NaN where a part has no
        event, or an electrode's trace does not vary.
    n_events : (10,) int
        That were averaged.

    Examples
    --------
    >>> trace = np.zeros((1000, 1))
    >>> trace[102::100] = 1.0  # 0.2 s after an event every 10 s
    >>> level, n = means_of_parts([trace], [np.arange(10.0, 90.0, 10.0)])
    >>> int(n.sum()), float(LOCKED_LAGS[np.nanmean(level, axis=0)[0].argmax()])
    (8, 0.2)
    """
    run = np.repeat(np.arange(len(onsets)), [len(own) for own in onsets])
    time = np.concatenate([*onsets, np.empty(0)])
    n_electrodes = traces[0].shape[1] if traces else 0
    level = np.full((N_PARTS, n_electrodes, len(LOCKED_LAGS)), np.nan, np.float32)
    n_events = np.zeros(N_PARTS, int)
    centred = [(trace - trace.mean(axis=0)) * _DECIBEL for trace in traces]
    still = np.all([np.ptp(trace, axis=0) == 0 for trace in traces], axis=0)
    last = (-1, -np.inf)
    for part, at in enumerate(np.array_split(np.arange(len(time)), N_PARTS)):
        own = at[(run[at] != last[0]) | (time[at] >= last[1] + APART_S)]
        if len(at):
            last = (int(run[at[-1]]), float(time[at[-1]]))
        if len(own):
            sums = [_sum_around(centred[k], time[own[run[own] == k]]) for k in np.unique(run[own])]
            level[part], n_events[part] = np.sum(sums, axis=0) / len(own), len(own)
    level[:, still] = np.nan
    return level, n_events


def _sum_around(trace: np.ndarray, onset: np.ndarray) -> np.ndarray:
    """Sum over events, (n_electrodes, n_lags)."""
    out = np.empty((trace.shape[1], len(LOCKED_LAGS)))
    for k, lag in enumerate(LOCKED_LAGS):
        place = np.clip((onset + lag) / TRACE_STEP_S, 0, len(trace) - 1)
        before = np.minimum(np.floor(place + 1e-6).astype(int), max(len(trace) - 2, 0))
        share = (place - before)[:, None]
        after = np.minimum(before + 1, len(trace) - 1)
        out[:, k] = ((1 - share) * trace[before] + share * trace[after]).sum(axis=0)
    return out
