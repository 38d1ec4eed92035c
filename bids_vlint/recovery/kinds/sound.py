"""What low-level features say of sound, picture and the rhythm of words."""

from __future__ import annotations

import numpy as np

from bids_vlint.recovery.held import FilmFeatures, mixtures
from bids_vlint.recovery.kind import EffectKind


def _variable(held: FilmFeatures, n: int, rng: np.random.Generator) -> np.ndarray:
    return mixtures(held.low_level, n, rng)


def _lacks(held: FilmFeatures) -> str:
    return "" if held.low_level else "there are no low-level features"


SOUND = EffectKind(
    "sound",
    "low-level features: sound, brightness, motion and the rhythm of words",
    _variable,
    _lacks,
    (),
    ("integration", "beats_low_level"),
    50,
)
