"""Whether there is a pitch, how high it is, and how bright the sound is."""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import WIDE, each_window
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.sound import CENTROID, OCTAVES, SOUND_RATE, VOICED
from bids_vlint.networks.low_level.windows import averages

_COLUMNS = (
    *each_window("sound_voiced", WIDE, "", "share of the time with a pitch"),
    *each_window(
        "sound_pitch", WIDE, "octaves", "pitch above 100 Hz, mean over the voiced time; 0 where there is none"
    ),
    *each_window("sound_centroid", WIDE, "kHz", "spectral centroid"),
)


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    if material.sound is None:
        return np.zeros((len(material.time), len(_COLUMNS)))
    voiced, pitch, centroid = (averages(material.sound[:, column], SOUND_RATE, material.time, WIDE)
                               for column in (VOICED, OCTAVES, CENTROID))  # fmt: skip
    mean = np.divide(pitch, voiced, out=np.zeros_like(pitch), where=voiced > 1e-9)
    return np.column_stack([voiced, mean, centroid])


PITCH = LowLevelFamily("pitch", "pitch, voicing and spectral centroid", _COLUMNS, _features, place=50)
