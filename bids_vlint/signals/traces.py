"""What each channel does over the whole of a recording, coarsely: its high gamma and its signal, in steps of 0.1 s."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bids_vlint.signals.clean import HIGH_GAMMA_HZ, USABLE_NYQUIST
from bids_vlint.signals.windows import WINDOW_S, window_means

TRACE_STEP_S = 0.1
TRACE_KINDS = HIGH_GAMMA, AS_ANALYSED = ("high gamma", "the analysed signal")
_MAINS_HZ = 8.0  # so near to the mains and its harmonics windows of 0.2 s hold them, too
_FRAMES = 2000  # spectra that are made at a time


@dataclass(frozen=True)
class Trace:
    """The electrodes over the whole of a run.

    Attributes
    ----------
    run : its label, as in the events' `run`
    data : kind -> (n_steps, n_electrodes) float32
        Step k is the mean over 0.2 s around k times 0.1 s of the recording. `high gamma`: log power from 70 to 150 Hz,
        each frequency relative to its mean over the run; `the analysed signal`: as the responses are made of. All
        zero where a channel's sampling rate does not hold it.
    """

    run: str
    data: dict[str, np.ndarray]


def n_trace_steps(duration: float) -> int:
    """Steps of a trace of a recording of so many seconds."""
    return max(0, int(np.floor(duration / TRACE_STEP_S + 1e-6)))


def traced(x: np.ndarray, y: np.ndarray, sfreq: float, time: np.ndarray, line_freq: float | None) -> np.ndarray:
    """A channel's trace.

    Parameters
    ----------
    x : (n_times,) float64
        The channel before it was cleaned.
    y : (n_times,) float64
        After it was.
    sfreq : Hz
    time : (n_steps,) seconds
        Around which it is wanted.
    line_freq : Hz, None where there is no mains

    Returns
    -------
    (n_kinds, n_steps) float32

    Examples
    --------
    >>> rng, loud = np.random.default_rng(0), np.repeat([1.0, 4.0], 5000)
    >>> found = traced(loud * rng.standard_normal(10_000), np.zeros(10_000), 500.0, np.arange(200) / 10, 50.0)
    >>> bool(found[0, 110:].mean() - found[0, :90].mean() > 2)
    True
    """
    signal = window_means(y, sfreq, time, np.zeros(1))[:, 0] if len(time) else np.empty(0)
    return np.stack([_high_gamma(x, sfreq, time, line_freq), signal]).astype(np.float32)


def _high_gamma(x: np.ndarray, sfreq: float, time: np.ndarray, line_freq: float | None) -> np.ndarray:
    width = max(1, round(WINDOW_S * sfreq))
    hertz = np.fft.rfftfreq(width, 1 / sfreq)
    wanted = (hertz >= HIGH_GAMMA_HZ[0]) & (hertz <= min(HIGH_GAMMA_HZ[1], USABLE_NYQUIST * sfreq / 2))
    if line_freq:
        wanted &= np.abs(hertz - line_freq * np.round(hertz / line_freq)) > _MAINS_HZ
    size = np.abs(x).max(initial=0.0)
    if not wanted.any() or size == 0 or not np.isfinite(size) or len(x) < width or not len(time):
        return np.zeros(len(time))
    start = np.clip(np.round((time - WINDOW_S / 2) * sfreq).astype(int), 0, len(x) - width)
    frames, window = np.lib.stride_tricks.sliding_window_view(x, width), np.hanning(width)
    power = np.empty((len(time), int(wanted.sum())))
    for k in range(0, len(time), _FRAMES):
        block = frames[start[k : k + _FRAMES]] / size
        spectrum = np.fft.rfft((block - block.mean(axis=1, keepdims=True)) * window, axis=1)[:, wanted]
        power[k : k + _FRAMES] = np.abs(spectrum) ** 2
    relative = (power / np.maximum(power.mean(axis=0), 1e-300)).mean(axis=1)
    return np.log(np.maximum(relative, 1e-6))
