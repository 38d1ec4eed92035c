"""Nothing that any network holds."""

from __future__ import annotations

import numpy as np

from bids_vlint.recovery.held import FilmFeatures
from bids_vlint.recovery.kind import EffectKind


def _variable(held: FilmFeatures, n: int, rng: np.random.Generator) -> np.ndarray:
    return np.zeros((len(held.events), n))


def _lacks(_held: FilmFeatures) -> str:
    return ""


NOTHING = EffectKind(
    "nothing",
    "nothing, or a variable of the film that no network holds",
    _variable,
    _lacks,
    (),
    ("integration", "multimodal_beats_linear", "multimodal_beats_unimodal", "beats_low_level", "trained_beats_random",
     "trained_with_language"),
    60,
    nothing=True,
)  # fmt: skip
