"""What is said, without what low-level features say of it."""

from __future__ import annotations

import numpy as np

from bids_vlint.recovery.held import FilmFeatures, mixtures, remainder, standardised_columns
from bids_vlint.recovery.kind import EffectKind


def _variable(held: FilmFeatures, n: int, rng: np.random.Generator) -> np.ndarray:
    return standardised_columns(remainder(mixtures(held.shown("text"), n, rng), held.low_level))


def _lacks(held: FilmFeatures) -> str:
    return "" if held.shown("text") else "no network of the set is shown texts alone"


LANGUAGE = EffectKind(
    "language",
    "what a network that is shown texts alone holds",
    _variable,
    _lacks,
    ("trained_beats_random",),
    ("integration", "multimodal_beats_linear"),
    30,
)
