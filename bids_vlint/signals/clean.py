"""Cleaning of one channel: mains out, drift out, or the high-gamma envelope, amplitude steady; never across a
discontinuity."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy import signal

from bids_vlint.errors import InputError
from bids_vlint.signals.steady import steadied

HIGH_GAMMA_HZ = (70.0, 150.0)
_SUB_BAND_HZ = 10.0
# Filters need room for their transition below Nyquist.
USABLE_NYQUIST = 0.9
_ORDER = 2
# Of harmonics above, windows of 200 ms hold nothing, and the notches of recordings at 30 kHz would meet.
_HIGHEST_NOTCH_HZ = 1250.0
_TRANSITION_HZ = 0.5
# Samples that are filtered at a time: several copies of them are in memory.
_STRETCH = 2**20


def segments(n_times: int, sfreq: float, cuts: np.ndarray) -> list[slice]:
    """Stretches of samples between the cuts (seconds).

    Examples
    --------
    >>> segments(1000, 100.0, np.array([2.5]))
    [slice(0, 250, None), slice(250, 1000, None)]
    """
    at = np.unique(np.clip(np.round(np.asarray(cuts, float) * sfreq).astype(int), 0, n_times))
    edges = [0, *[int(a) for a in at if 0 < a < n_times], n_times]
    return [slice(a, b) for a, b in pairwise(edges)]


def clean(
    x: np.ndarray, sfreq: float, parts: Sequence[slice], *, line_freq: float | None, band: str, high_pass: float
) -> np.ndarray:
    """Clean one channel.

    Zero-phase notches at the mains frequency and its harmonics; for high gamma, the mean over sub-bands of z-scored
    log Hilbert envelopes; a zero-phase Butterworth high-pass against drift; a steady amplitude (`steady.steadied`);
    then zero mean and unit SD over the run.

    Parameters
    ----------
    x : (n_times,) float64
    sfreq : Hz
    parts : sequence of slice
        Continuous segments.
    line_freq : Hz, None to leave the mains
    band : {"broadband", "high-gamma"}
    high_pass : Hz

    Returns
    -------
    (n_times,) float64
        All zero where the channel is flat.

    Examples
    --------
    >>> drifting = np.cumsum(np.random.default_rng(0).standard_normal(4000))
    >>> y = clean(drifting, 100.0, [slice(0, 4000)], line_freq=None, band="broadband", high_pass=0.5)
    >>> bool(abs(y.mean()) < 1e-9), round(float(y.std()), 6)
    (True, 1.0)
    """
    y = x - x.mean()
    size = np.abs(y).max(initial=0.0)
    if size == 0 or not np.isfinite(size):
        return np.zeros_like(x)
    y = y / size
    for part in parts:
        y[part] = notched(y[part], sfreq, line_freq)
    if band == "high-gamma":
        y = _high_gamma(y, sfreq, parts)
    for part in parts:
        y[part] = _remove_drift(y[part], sfreq, high_pass)
    if y.std() <= 1e-12:
        return np.zeros_like(x)
    y = steadied(y, sfreq, parts)
    return (y - y.mean()) / y.std()


def clean_signals(
    signals: np.ndarray,
    sfreq: float,
    *,
    line_freq: float | None = None,
    band: str = "broadband",
    high_pass: float = 0.1,
    cuts: Sequence[float] = (),
) -> np.ndarray:
    """Clean several channels, each as `clean` does it.

    Parameters
    ----------
    signals : (n_channels, n_times)
        In any unit.
    sfreq : float
        Hz.
    line_freq : float | None
        Of the mains, Hz; None leaves it.
    band : {"broadband", "high-gamma"}
        The voltage, or the log envelope of 70 to 150 Hz.
    high_pass : float
        Hz.
    cuts : sequence of float
        Seconds at which the signal was interrupted; no filter reaches across.

    Returns
    -------
    (n_channels, n_times) float64
        Zero mean and unit SD; all zero where a channel is flat.

    Raises
    ------
    InputError
        The sampling rate is too low for the band.

    Examples
    --------
    >>> import numpy as np
    >>> drifting = np.cumsum(np.random.default_rng(0).standard_normal((2, 4000)), axis=1)
    >>> y = clean_signals(drifting, 100.0)
    >>> y.shape, bool(np.allclose(y.std(axis=1), 1))
    ((2, 4000), True)
    """
    x = np.atleast_2d(np.asarray(signals, np.float64))
    check_band(sfreq, band, high_pass, "signals")
    parts = segments(x.shape[1], sfreq, np.asarray(cuts, float))
    return np.stack([clean(y, sfreq, parts, line_freq=line_freq, band=band, high_pass=high_pass) for y in x])


def notched(x: np.ndarray, sfreq: float, line_freq: float | None) -> np.ndarray:
    """Take out the mains and its harmonics up to 1250 Hz; a segment shorter than twice the filter is left.

    It is what `mne.filter.notch_filter` makes of it (ends are reflected), but for designing the filter anew for every
    channel, which takes as long as to filter five minutes.
    """
    kernel = _notches(sfreq, line_freq) if line_freq else None
    if kernel is None or len(x) < 2 * 6.6 * sfreq:
        return x
    padded, out = np.pad(x, len(kernel) // 2, "reflect", reflect_type="odd"), np.empty_like(x)
    for first in range(0, len(x), _STRETCH):
        part = out[first : first + _STRETCH]
        part[:] = signal.oaconvolve(padded[first : first + len(part) + len(kernel) - 1], kernel, "valid")
    return out


@lru_cache(maxsize=8)
def _notches(sfreq: float, line_freq: float) -> np.ndarray | None:
    """The symmetric filter of the mains and its harmonics, with MNE's widths; None where there is no room for any."""
    from mne.filter import create_filter

    freqs = np.arange(line_freq, min(sfreq / 2 - 2.0, _HIGHEST_NOTCH_HZ), line_freq)
    half = freqs / 400 + _TRANSITION_HZ
    room = freqs + half + _TRANSITION_HZ < sfreq / 2
    if not room.any():
        return None
    freqs, half = freqs[room], half[room]
    return create_filter(None, sfreq, freqs + half, freqs - half, l_trans_bandwidth=_TRANSITION_HZ,
                         h_trans_bandwidth=_TRANSITION_HZ, method="fir", phase="zero", verbose="error")  # fmt: skip


def _remove_drift(x: np.ndarray, sfreq: float, high_pass: float) -> np.ndarray:
    """Zero-phase Butterworth high-pass; the ends are padded by odd reflection for three periods of the cutoff."""
    if len(x) < 16:
        return x - x.mean() if len(x) else x
    sos = signal.butter(_ORDER, high_pass, "highpass", fs=sfreq, output="sos")
    pad = int(min(len(x) - 1, 3 * sfreq / high_pass))
    return signal.sosfiltfilt(sos, x, padtype="odd", padlen=pad)


def sub_bands(sfreq: float) -> list[tuple[float, float]]:
    """High-gamma sub-bands below Nyquist, Hz.

    Examples
    --------
    >>> sub_bands(256.0)
    [(70.0, 80.0), (80.0, 90.0), (90.0, 100.0), (100.0, 110.0), (110.0, 115.2)]
    """
    top = min(HIGH_GAMMA_HZ[1], USABLE_NYQUIST * sfreq / 2)
    low = np.arange(HIGH_GAMMA_HZ[0], HIGH_GAMMA_HZ[1], _SUB_BAND_HZ)
    bands = [(float(f), float(min(f + _SUB_BAND_HZ, top))) for f in low]
    return [b for b in bands if b[1] - b[0] >= _SUB_BAND_HZ / 2]


def check_band(sfreq: float, band: str, high_pass: float, where: object) -> None:
    """Raise InputError (65) where the sampling rate leaves nothing of the band."""
    if high_pass >= sfreq / 4:
        raise InputError(str(where), f"is sampled at {sfreq:g} Hz, of which a high-pass at {high_pass:g} Hz leaves "
                         "nothing", "give a lower --high-pass")  # fmt: skip
    if band == "high-gamma" and not sub_bands(sfreq):
        raise InputError(str(where), f"is sampled at {sfreq:g} Hz, which holds nothing of 70 to 150 Hz",
                         "use --band broadband")  # fmt: skip


def _high_gamma(x: np.ndarray, sfreq: float, parts: Sequence[slice]) -> np.ndarray:
    """Mean over sub-bands of the z-scored log Hilbert envelope."""
    total = np.zeros_like(x)
    bands = sub_bands(sfreq)
    for low, high in bands:
        sos = signal.butter(4, (low, high), "bandpass", fs=sfreq, output="sos")
        envelope = np.zeros_like(x)
        for part in parts:
            if part.stop - part.start > 64:
                narrow = signal.sosfiltfilt(sos, x[part])
                n = len(narrow)
                analytic = signal.hilbert(narrow, N=_fast_length(n))[:n]
                envelope[part] = np.abs(analytic)
        log = np.log(np.maximum(envelope, 1e-12))
        sd = log.std()
        total += (log - log.mean()) / sd if sd > 0 else 0.0
    return total / len(bands)


def _fast_length(n: int) -> int:
    from scipy.fft import next_fast_len

    return int(next_fast_len(n))


def estimate_line_freq(x: np.ndarray, sfreq: float) -> float | None:
    """The mains frequency that stands out of the spectrum, 50 or 60 Hz, or None.

    Parameters
    ----------
    x : (n_channels, n_times)
    sfreq : Hz

    Examples
    --------
    >>> rng, time = np.random.default_rng(0), np.arange(0, 20, 1 / 500)
    >>> estimate_line_freq(rng.standard_normal((2, time.size)) + np.sin(2 * np.pi * 50 * time), 500.0)
    50.0
    """
    x = x[np.isfinite(x).all(1)]
    if not len(x) or x.shape[1] < 4 * sfreq:
        return None
    f, power = signal.welch(x, sfreq, nperseg=int(2 * sfreq))
    prominence = {}
    for line in (50.0, 60.0):
        distance = np.abs(f - line)
        if line + 1 > sfreq / 2:
            continue
        peak = power[:, distance <= 0.5].max(1)
        around = np.median(power[:, (distance > 1.5) & (distance <= 5)], 1)
        prominence[line] = float(np.median(peak / np.maximum(around, 1e-300)))
    best = max(prominence, key=lambda k: prominence[k], default=None)
    return best if best is not None and prominence[best] > 4 else None
