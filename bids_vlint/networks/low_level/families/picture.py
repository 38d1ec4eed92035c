"""How bright the picture is, its contrast, and how much moves."""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import HALVES, WIDE, each_window
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.picture import CONTRAST, LUMINANCE, MOTION, PICTURE_RATE
from bids_vlint.networks.low_level.windows import averages

_COLUMNS = (
    *each_window("picture_luminance", WIDE, "", "mean luminance of the picture, 0 (black) to 1"),
    *each_window("picture_contrast", WIDE, "", "RMS contrast: standard deviation of the luminance over the picture"),
    *each_window("picture_motion", HALVES, "per s", "motion energy: mean absolute change of the luminance"),
)


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    if material.picture is None:
        return np.zeros((len(material.time), len(_COLUMNS)))
    parts = ((LUMINANCE, WIDE), (CONTRAST, WIDE), (MOTION, HALVES))
    return np.column_stack(
        [averages(material.picture[:, k], PICTURE_RATE, material.time, windows) for k, windows in parts]
    )


PICTURE = LowLevelFamily("picture", "how bright the picture is, and what moves", _COLUMNS, _features, place=80)
