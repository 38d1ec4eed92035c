"""What is said, without what low-level features say of it."""

from __future__ import annotations

from functools import partial

from bids_vlint.recovery.held import beyond_low_level, lacking_sides
from bids_vlint.recovery.kind import EffectKind

LANGUAGE = EffectKind(
    "language",
    "what a network that is shown texts alone holds",
    partial(beyond_low_level, sides=("text",)),
    partial(lacking_sides, sides=("text",)),
    ("trained_beats_random",),
    ("integration", "multimodal_beats_linear"),
    30,
)
