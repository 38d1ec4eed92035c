"""How loud it is, and how fast it gets louder."""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import HALVES, QUARTERS, each_window
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.sound import LEVEL, SOUND_RATE, rises
from bids_vlint.networks.low_level.windows import averages

_COLUMNS = (
    *each_window("sound_level", QUARTERS, "RMS^0.6", "audio envelope: RMS of the sound (1: full scale) to the power of "
                 "0.6"),
    *each_window("sound_rise", HALVES, "RMS^0.6 per s", "positive part of the envelope's derivative"),
)  # fmt: skip


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    if material.sound is None:
        return np.zeros((len(material.time), len(_COLUMNS)))
    level = material.sound[:, LEVEL]
    windowed = ((level, QUARTERS), (rises(level), HALVES))
    return np.column_stack([averages(series, SOUND_RATE, material.time, windows) for series, windows in windowed])


ENVELOPE = LowLevelFamily("envelope", "how loud it is", _COLUMNS, _features, place=40)
