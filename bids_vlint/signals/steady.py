"""A steady amplitude: a signal divided by its own running SD."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STEADY_S = 10.0  # one cycle of the default high-pass
# Beside the usual amplitude, what counts as quiet, and as rounding.
_QUIET, _FLAT = 0.1, 1e-6


def steadied(x: np.ndarray, sfreq: float, parts: Sequence[slice]) -> np.ndarray:
    """Divide a signal by its own SD over the 10 s around each sample, within each segment.

    What drives a film's features (arousal, say) may drive how large a brain's noise is, too. Then a few loud stretches
    decide a correlation, and they are the same for both, which no shift of the responses repeats.

    Parameters
    ----------
    x : (n_times,) or (n_times, n_channels) float64
        Without drift.
    sfreq : float
        Hz.
    parts : sequence of slice
        Continuous segments that hold every sample. At the ends of one the window is cut, and a segment shorter than
        half of it has one SD.

    Returns
    -------
    The same shape
        Stretches of less than a tenth of their segment's SD are divided by that tenth, segments of less than a
        millionth of the whole's by that, so that what is flat stays flat.
    """
    whole = np.square(x).mean(0)
    steady = np.zeros_like(x)
    for part in (part for part in parts if part.stop > part.start):
        square = _running_mean(x[part] ** 2, round(STEADY_S * sfreq / 2))
        least = np.maximum(_QUIET**2 * np.square(x[part]).mean(0), _FLAT**2 * whole)
        variance = np.maximum(square, least)
        steady[part] = x[part] / np.sqrt(np.where(variance > 0, variance, 1))
    return steady


def _running_mean(x: np.ndarray, reach: int) -> np.ndarray:
    """Mean over the samples that lie no more than `reach` away."""
    sums = np.concatenate([np.zeros_like(x[:1]), np.cumsum(x, axis=0)])
    at = np.arange(len(x))
    first, stop = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(x))
    n = (stop - first).reshape(-1, *(1,) * (x.ndim - 1))
    mean: np.ndarray = np.maximum(sums[stop] - sums[first], 0) / n
    return mean
