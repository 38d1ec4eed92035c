"""Energies of mel bands: triangles that are even on the mel scale, 2595 log10(1 + f / 700) (O'Shaughnessy 1987).

They are those of the Hidden Markov Model Toolkit (Young et al. 2006), which `transformers.audio_utils.mel_filter_bank`
gives as `mel_scale="htk"`: what runs networks is not needed here.
"""

from __future__ import annotations

import numpy as np

N_BANDS = 16
_RANGE_HZ = (60.0, 8000.0)
_FLOOR = 1e-7  # 70 dB below full scale counts as silence


def _mel(hertz: np.ndarray) -> np.ndarray:
    out: np.ndarray = 2595.0 * np.log10(1.0 + hertz / 700.0)
    return out


def edges(n_bands: int = N_BANDS) -> np.ndarray:
    """Where the triangles begin, peak and end, in Hz: band k goes from edge k over its peak, k + 1, to edge k + 2."""
    low, high = _mel(np.array(_RANGE_HZ))
    out: np.ndarray = 700.0 * (10.0 ** (np.linspace(low, high, n_bands + 2) / 2595.0) - 1.0)
    return out


EDGES_HZ: tuple[float, ...] = tuple(edges().tolist())


def filter_bank(hertz: np.ndarray, n_bands: int = N_BANDS) -> np.ndarray:
    """Weights of each frequency in each band, (n_hertz, n_bands) float32; a triangle peaks at 1."""
    at = edges(n_bands)
    up = (hertz[:, None] - at[:-2]) / (at[1:-1] - at[:-2])
    down = (at[2:] - hertz[:, None]) / (at[2:] - at[1:-1])
    return np.minimum(up, down).clip(min=0).astype(np.float32)


def band_levels(power: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Decibels of each band above 70 dB below full scale, (n, n_bands); 0 where it is silent.

    Parameters
    ----------
    power : (n, n_hertz)
        Mean square of the sound at each frequency, 1 being that of full scale.
    bank : (n_hertz, n_bands)
    """
    out: np.ndarray = 10.0 * np.log10(1.0 + power @ bank / _FLOOR)
    return out
