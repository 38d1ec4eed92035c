"""Is an electrode better explained by a network of both modalities than by both side by side?"""

from __future__ import annotations

from bids_vlint.networks.comparisons import ElectrodeTest, Entrants, Sides
from bids_vlint.networks.identity import LINEAR


def _sides(models: Entrants) -> Sides:
    return models.trained("multimodal"), [LINEAR]


MULTIMODAL_BEATS_LINEAR = ElectrodeTest(
    "multimodal_beats_linear",
    _sides,
    "the best multimodal network beats the linear control (the best language network's features joined with the best "
    "vision network's, or either alone where that validates better)",
    (
        "every layer of each trained multimodal network",
        "every layer of each trained language network and of each trained vision network (the best of each are joined)",
    ),
    place=40,
)
