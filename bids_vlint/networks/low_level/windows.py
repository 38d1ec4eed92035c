"""Averages of a regular series in windows around events."""

from __future__ import annotations

import numpy as np

Windows = tuple[tuple[float, float], ...]  # seconds relative to an event, from and to


def averages(series: np.ndarray, rate: float, time: np.ndarray, windows: Windows) -> np.ndarray:
    """Average a series in windows around moments.

    Parameters
    ----------
    series : (n_samples,)
        Sample k holds from k / rate to (k + 1) / rate seconds; before and after all of them it is zero.
    rate : float
        Samples per second.
    time : (n,) seconds
    windows : tuple of (from, to)

    Returns
    -------
    (n, n_windows) float64
        Exact means of the steps, however the windows lie between samples.
    """
    integral = np.concatenate([[0.0], np.cumsum(series, dtype=np.float64)]) / rate
    edges = np.arange(len(integral)) / rate
    columns = [
        (np.interp(time + stop, edges, integral) - np.interp(time + start, edges, integral)) / (stop - start)
        for start, stop in windows
    ]
    return np.stack(columns, axis=1)


def rates(onset: np.ndarray, time: np.ndarray, windows: Windows) -> np.ndarray:
    """Count onsets in windows around moments, per second: (n, n_windows); a window holds its start, not its end.

    Parameters
    ----------
    onset : (n_onsets,) seconds, sorted
    time : (n,) seconds
    windows : tuple of (from, to)
    """
    known = np.round(onset, 6)  # times are given to a tenth of a millisecond; sums of them are not exact
    edges = [[np.searchsorted(known, np.round(time + edge, 6)) for edge in window] for window in windows]
    return np.stack([(b - a) / (w[1] - w[0]) for (a, b), w in zip(edges, windows)], axis=1)
