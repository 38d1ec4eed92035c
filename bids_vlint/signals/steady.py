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
        variance = np.maximum(square, least, out=square)
        variance[~(variance > 0)] = 1
        np.divide(x[part], np.sqrt(variance, out=variance), out=steady[part])
    return steady


def _running_mean(x: np.ndarray, reach: int) -> np.ndarray:
    """Mean over the samples that lie no more than `reach` away."""
    n = len(x)
    sums = np.zeros((n + 1, *x.shape[1:]))
    np.cumsum(x, axis=0, out=sums[1:])
    reach = min(reach, n)
    # where the window is whole, at the beginning, and at the end: slices, since indices would take more than the signal
    mean: np.ndarray = np.empty_like(sums[1:])
    left, right = min(reach, n - reach), max(reach, n - reach)
    mean[left:right] = (sums[2 * reach + 1 :] - sums[: max(n - 2 * reach, 0)]) if left == reach else sums[n] - sums[0]
    mean[:left] = sums[reach + 1 : reach + 1 + left] - sums[0]
    mean[right:] = sums[n] - sums[right - reach : n - reach]
    np.maximum(mean, 0, out=mean)
    at = np.arange(left), np.arange(right, n)
    one = (-1, *(1,) * (x.ndim - 1))
    mean[:left] /= (at[0] + reach + 1).reshape(one)
    mean[left:right] /= 2 * reach + 1 if left == reach else n
    mean[right:] /= (n - at[1] + reach).reshape(one)
    return mean
