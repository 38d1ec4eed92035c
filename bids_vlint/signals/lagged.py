"""Series of a recording against a level of a film at every lag, and against levels that only look like it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import fft, signal

from bids_vlint.signals.steady import steadied
from bids_vlint.signals.traces import TRACE_STEP_S

_RATE = 1 / TRACE_STEP_S
_SLOWEST_HZ = 0.2  # slower changes are alike for many seconds: they say little of the lag
_CLIP = 4.0
LEAST_STEPS = 300
_LEAST_SHARE = 0.5
_SERIES = 64  # transformed at a time


def comparable(x: np.ndarray) -> np.ndarray:
    """Take out of series what is slower than 0.2 Hz, steady their amplitude, clip what lies beyond 4 SD.

    Parameters
    ----------
    x : (n_steps, n_series)
        In steps of 0.1 s.

    Returns
    -------
    (n_series, n_steps) float64
        Zero mean and unit SD; all zero where a series does not vary, and where there are less than 30 s.
    """
    if len(x) < LEAST_STEPS:
        return np.zeros((x.shape[1], len(x)))
    sos = signal.butter(2, _SLOWEST_HZ, "highpass", fs=_RATE, output="sos")
    fast = signal.sosfiltfilt(sos, x.astype(np.float64), axis=0)
    varies = x.std(axis=0) > 1e-9 * np.abs(x).max(axis=0, initial=0)
    steady = np.where(varies, steadied(fast, _RATE, [slice(0, len(x))]), 0)
    clipped = np.clip(steady / _or_one(steady.std(axis=0)), -_CLIP, _CLIP)
    return ((clipped - clipped.mean(axis=0)) / _or_one(clipped.std(axis=0))).T


def _or_one(sd: np.ndarray) -> np.ndarray:
    return np.where(sd > 0, sd, 1.0)


def surrogate(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A series of the same spectrum with random phases, of unit SD.

    Shifts of the level itself would not do: every lag is searched, so that a shifted level is the level.
    """
    spectrum = fft.rfft(x)
    turned = fft.irfft(np.abs(spectrum) * np.exp(2j * np.pi * rng.random(len(spectrum))), len(x))
    return turned / max(float(turned.std()), 1e-12)


def as_shown(level: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """A level in steps of the film as it was on in the recording (`shown`: the film's steps, -1 for none), or zero."""
    return np.where(shown >= 0, level[np.clip(shown, 0, len(level) - 1)], 0.0)


def possible_places(n_steps: int, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where in a recording of `n_steps` the first of the steps that were shown may lie, and how many of them would lie
    in it: at least 30 s, and half of them."""
    on = (shown >= 0).astype(float)
    at = np.arange(-len(on) + 1, n_steps)
    overlap = np.round(signal.correlate(np.ones(n_steps), on, mode="full", method="fft"))
    enough = overlap >= max(LEAST_STEPS, _LEAST_SHARE * on.sum())
    return at[enough], overlap[enough]


class LagCorrelation:
    """Sums of products of series with levels at all places, in SDs of what unrelated series of these spectra give."""

    def __init__(self, series: np.ndarray, levels: np.ndarray, at: np.ndarray, overlap: np.ndarray) -> None:
        self._n = int(fft.next_fast_len(series.shape[1] + levels.shape[1], real=True))
        self._series, self._at, self._root = series, at, np.sqrt(overlap)
        self._levels = np.conj(fft.rfft(levels.astype(np.float32), self._n, axis=1))
        self._sd = self._spread(max(int((levels[0] != 0).sum()), 1))

    def _spread(self, n_on: int) -> np.ndarray:
        """SD of a sum of n products over the square root of n: from both spectra (Bartlett)."""
        own = np.abs(self._levels[0]) ** 2 / n_on
        out = np.empty(len(self._series))
        for some in self._parts():
            both = np.abs(self._spectra(some)) ** 2 / self._series.shape[1] * own
            ends = both[:, 0] + (both[:, -1] if self._n % 2 == 0 else 0)
            out[some] = np.sqrt((2 * both.sum(axis=1) - ends) / self._n)
        return out

    def _parts(self) -> list[slice]:
        return [slice(k, k + _SERIES) for k in range(0, len(self._series), _SERIES)]

    def _spectra(self, some: slice | Sequence[int]) -> np.ndarray:
        found: np.ndarray = fft.rfft(self._series[some].astype(np.float32), self._n, axis=1)
        return found

    def extremes(self, near: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The largest |z|: of each series; of each at the `near` places; at each place; of each level.

        All but the last are of the first level.
        """
        peaks, beside = np.zeros(len(self._series)), np.zeros(len(self._series))
        profile, largest = np.zeros(len(self._at)), np.zeros(len(self._levels))
        for some in self._parts():
            spectra = self._spectra(some)
            scale = (1 / (self._sd[some, None] * self._root)).astype(np.float32)
            for j, level in enumerate(self._levels):
                z = np.abs(fft.irfft(spectra * level, self._n, axis=1)[:, self._at] * scale)
                largest[j] = max(largest[j], float(z.max()))
                if j == 0:
                    peaks[some], profile = z.max(axis=1), np.maximum(profile, z.max(axis=0))
                    beside[some] = z[:, near].max(axis=1, initial=0)
        return peaks, beside, profile, largest

    def of(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """z and r of one series with the first level at all places."""
        found = fft.irfft(self._spectra([k]) * self._levels[0], self._n, axis=1)[0, self._at]
        return found / (self._sd[k] * self._root), found / self._root**2
