"""The spectrum of the sound: energies of mel bands, and how fast they rise.

The windows of the energies are as long as those of the responses, and in step with them. Where events are few, columns
of neighbouring windows and bands are replaced by their mean: the low-level features are never cut to width, and what a
regression cannot pin down it pays for. Columns keep their names and number, so that words and cuts of a fit, and all
fits, have the same.
"""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import FIFTHS, WIDE, Measure, each_window
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.mel import EDGES_HZ, N_BANDS
from bids_vlint.networks.low_level.sound import MEL_BANDS, SOUND_RATE, rises
from bids_vlint.networks.low_level.windows import averages

# Fewest events, bands and windows that are taken together, whether rises are known.
_RESOLUTIONS = ((1000, 1, 1, True), (300, 2, 3, True), (0, 4, 6, False))


def _columns() -> tuple[Measure, ...]:
    out: list[Measure] = []
    for k in range(N_BANDS):
        energy = f"energy of the sound from {EDGES_HZ[k]:.0f} to {EDGES_HZ[k + 2]:.0f} Hz, above 70 dB below full scale"
        out += each_window(f"mel_{k + 1}", FIFTHS, "dB", energy)
        out += each_window(f"mel_{k + 1}_rise", WIDE, "dB per s", f"positive part of the derivative of mel_{k + 1}")
    return tuple(out)


def _features(material: FilmAndWords, n_events: int) -> np.ndarray:
    time = material.time
    if material.sound is None:
        return np.zeros((len(time), N_BANDS * (len(FIFTHS) + len(WIDE))))
    bands, windows, rising = next(row[1:] for row in _RESOLUTIONS if n_events >= row[0])
    series = material.sound[:, MEL_BANDS].T
    level = np.stack([averages(band, SOUND_RATE, time, FIFTHS) for band in series], axis=1)
    rise = np.stack([averages(rises(band), SOUND_RATE, time, WIDE) for band in series], axis=1)
    parts = [_together(level, bands, windows), _together(rise, bands, 1) if rising else np.zeros_like(rise)]
    return np.concatenate(parts, axis=2).reshape(len(time), -1)


def _together(x: np.ndarray, bands: int, windows: int) -> np.ndarray:
    """Replace what neighbouring bands and windows hold, (n, n_bands, n_windows), by their mean."""
    n, n_bands, n_windows = x.shape
    mean = x.reshape(n, n_bands // bands, bands, n_windows // windows, windows).mean((2, 4))
    return mean.repeat(bands, axis=1).repeat(windows, axis=2)


MEL = LowLevelFamily("mel", "the spectrum of the sound", _columns(), _features, place=60)
