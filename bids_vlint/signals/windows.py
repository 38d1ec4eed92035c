"""Mean response in 200 ms windows centred on each lag (protocol)."""

from __future__ import annotations

import numpy as np

# The published protocol: the mean in 200 ms windows centred on 161 positions from -2 to +2 s.
LAGS: np.ndarray = np.round(np.linspace(-2.0, 2.0, 161), 3)

WINDOW_S = 0.2

# Steps of a track.
STEP_S = 0.025


def window_means(x: np.ndarray, sfreq: float, onset: np.ndarray, lags: np.ndarray = LAGS) -> np.ndarray:
    """Average a signal around each event.

    Parameters
    ----------
    x : (n_times,) float64
    sfreq : Hz
    onset : (n_events,) seconds from the first sample
    lags : (n_lags,) seconds
        Centres of the windows.

    Returns
    -------
    (n_events, n_lags) float32
        Windows must lie in the signal; half a sample of rounding is allowed for.

    Examples
    --------
    >>> window_means(np.arange(1000.0), 100.0, np.array([3.0, 5.0]), np.array([0.0, 1.0])).tolist()
    [[299.5, 399.5], [499.5, 599.5]]
    """
    width = max(1, round(WINDOW_S * sfreq))
    start = np.round((onset[:, None] + lags - WINDOW_S / 2) * sfreq).astype(int)
    start = np.clip(start, 0, len(x) - width)
    sums = np.concatenate([[0.0], np.cumsum(x, dtype=np.float64)])
    return ((sums[start + width] - sums[start]) / width).astype(np.float32)


def covered_steps(onset: np.ndarray, lags: np.ndarray = LAGS) -> np.ndarray:
    """Steps of 25 ms over the time that windows around events cover.

    Parameters
    ----------
    onset : (n_events,) seconds
    lags : (n_lags,) seconds

    Returns
    -------
    (n_steps,) seconds
        Increasing; longer steps where no event's window reaches.

    Examples
    --------
    >>> covered_steps(np.array([3.0]), np.array([-0.05, 0.05])).round(3).tolist()
    [2.95, 2.975, 3.0, 3.025, 3.05]
    """
    if not len(onset):
        return np.empty(0)
    first, last = lags[0], lags[-1]
    whole = np.unique(np.round(np.sort(onset) / STEP_S).astype(int))
    reach = np.arange(int(np.ceil(first / STEP_S)), int(np.floor(last / STEP_S)) + 1)
    covered = np.zeros(whole[-1] + reach[-1] + 1 - (whole[0] + reach[0]), bool)
    for k in reach:
        covered[whole + k - (whole[0] + reach[0])] = True
    steps: np.ndarray = (np.flatnonzero(covered) + whole[0] + reach[0]) * STEP_S
    return steps
