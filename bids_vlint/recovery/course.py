"""From values at events to a continuous course: what an electrode adds to its noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import signal
from scipy.ndimage import uniform_filter1d

from bids_vlint.signals.windows import STEP_S, WINDOW_S

# An event's value lasts until the next event, and no longer than this.
HOLD_S = 0.5
# What each electrode smears it with peaks after so many seconds, and is gone after about twice as much.
PEAKS_S = (0.15, 0.4)
_SHAPE, _KERNEL_S = 5.0, 1.5


def response_kernel(peak: float) -> np.ndarray:
    """A response to a moment that rises to its peak and decays, in steps of 25 ms; its sum is 1."""
    t = np.arange(0, _KERNEL_S, STEP_S) / peak
    kernel = t ** (_SHAPE - 1) * np.exp((_SHAPE - 1) * (1 - t))
    return kernel / kernel.sum()


def lasting(time: np.ndarray, onset: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value of the last event at each step; 0 before the first and `HOLD_S` after an event.

    Parameters
    ----------
    time : (n_steps,) seconds
    onset : (n_events,) seconds
        Of one run, in any order.
    values : (n_events, n)

    Returns
    -------
    (n_steps, n)
    """
    order = np.argsort(onset, kind="stable")
    last = np.searchsorted(onset[order], time + 1e-9, side="right") - 1
    own = order[np.maximum(last, 0)]
    holds = (last >= 0) & (time - onset[own] < HOLD_S)
    return np.where(holds[:, None], values[own], 0.0)


def course_of(
    time: np.ndarray, onset: np.ndarray, values: np.ndarray, peaks: Sequence[float] | np.ndarray,
    high_pass: float | None,
) -> np.ndarray:  # fmt: skip
    """What electrodes that follow values at events do, as a track of them would have it: smeared by a kernel of their
    own, high-passed as recordings are, averaged over 200 ms.

    Parameters
    ----------
    time : (n_steps,) seconds
        Of the track: steps of 25 ms, longer ones where no event's window reaches.
    onset : (n_events,) seconds
    values : (n_events, n)
    peaks : (n,) seconds
    high_pass : float | None
        Hz.

    Returns
    -------
    (n_steps, n) float64
    """
    n_steps = round((time[-1] - time[0]) / STEP_S) + 1
    whole = time[0] + STEP_S * np.arange(n_steps)
    x = lasting(whole, onset, values)
    for k, peak in enumerate(peaks):
        x[:, k] = signal.fftconvolve(x[:, k], response_kernel(peak))[:n_steps]
    if high_pass is not None:
        sos = signal.butter(2, high_pass, "highpass", fs=1 / STEP_S, output="sos")
        pad = int(min(n_steps - 1, 3 / STEP_S / high_pass))
        x = signal.sosfiltfilt(sos, x, axis=0, padtype="odd", padlen=pad)
    x = uniform_filter1d(x, round(WINDOW_S / STEP_S), axis=0, mode="nearest")
    at = np.clip(np.round((time - time[0]) / STEP_S).astype(int), 0, n_steps - 1)
    course: np.ndarray = x[at]
    return course


def wandering(place: np.ndarray, film: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Variables of the film that no network holds: slow ones with time constants from 0.5 to 20 s.

    Parameters
    ----------
    place : (n_events,) seconds in the film
    film : (n_events,)
        Which film; a second that is seen again has its value again.
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    (n_events, n)
        Ornstein-Uhlenbeck processes of unit variance.
    """
    moments, row = np.unique(np.stack([film.astype(float), place]), axis=1, return_inverse=True)
    gaps = np.where(np.diff(moments[0]) == 0, np.diff(moments[1]), np.inf)
    decay = np.exp(-gaps[:, None] / np.exp(rng.uniform(np.log(0.5), np.log(20.0), n)))
    x = rng.standard_normal((moments.shape[1], n))
    for k, a in enumerate(decay, start=1):
        x[k] = a * x[k - 1] + np.sqrt(1 - a**2) * x[k]
    found: np.ndarray = x[row.ravel()]
    return found
