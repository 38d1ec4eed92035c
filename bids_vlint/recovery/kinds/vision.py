"""What is seen, without what low-level features say of it."""

from __future__ import annotations

from functools import partial

from bids_vlint.recovery.held import beyond_low_level, lacking_sides
from bids_vlint.recovery.kind import EffectKind

VISION = EffectKind(
    "vision",
    "what a network that is shown pictures alone holds",
    partial(beyond_low_level, sides=("image",)),
    partial(lacking_sides, sides=("image",)),
    ("trained_beats_random",),
    ("integration", "multimodal_beats_linear"),
    20,
)
