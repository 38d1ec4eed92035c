"""What is seen and what is said, added up."""

from __future__ import annotations

from functools import partial

from bids_vlint.recovery.held import beyond_low_level, lacking_sides
from bids_vlint.recovery.kind import EffectKind

ADDITIVE = EffectKind(
    "additive",
    "the sum of what a network that is shown pictures holds and of what one that is shown texts does",
    partial(beyond_low_level, sides=("image", "text")),
    partial(lacking_sides, sides=("image", "text")),
    ("trained_beats_random",),
    ("integration", "multimodal_beats_linear"),
    40,
)
