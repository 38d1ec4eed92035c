"""What is seen and what is said, added up."""

from __future__ import annotations

import numpy as np

from bids_vlint.recovery.held import FilmFeatures, mixtures, remainder, standardised_columns
from bids_vlint.recovery.kind import EffectKind


def _variable(held: FilmFeatures, n: int, rng: np.random.Generator) -> np.ndarray:
    seen, said = mixtures(held.shown("image"), n, rng), mixtures(held.shown("text"), n, rng)
    return standardised_columns(remainder(seen + said, held.low_level))


def _lacks(held: FilmFeatures) -> str:
    sides = (("pictures alone", held.shown("image")), ("texts alone", held.shown("text")))
    lacking = [name for name, networks in sides if not networks]
    return f"no network of the set is shown {' or '.join(lacking)}" if lacking else ""


ADDITIVE = EffectKind(
    "additive",
    "the sum of what a network that is shown pictures holds and of what one that is shown texts does",
    _variable,
    _lacks,
    ("trained_beats_random",),
    ("integration", "multimodal_beats_linear"),
    40,
)
