"""Is an electrode better explained by both modalities together than by either?"""

from __future__ import annotations

from bids_vlint.networks.comparisons import ElectrodeTest, Entrants, Sides


def _sides(models: Entrants) -> Sides:
    return models.trained("multimodal"), models.trained("vision", "language")


def _lacks(models: Entrants) -> str:
    if not models.trained("multimodal"):
        return "no network of the set was trained with pictures and texts"
    return "no network of the set was trained with pictures alone, or texts alone"


MULTIMODAL_BEATS_UNIMODAL = ElectrodeTest(
    "multimodal_beats_unimodal",
    _sides,
    "the best network trained with pictures and texts beats the best one trained with pictures alone or texts alone",
    ("every layer of each trained multimodal network", "every layer of each trained vision or language network"),
    lacks=_lacks,
    place=30,
    plain="the best network trained with pictures and texts predicts the electrode better than the best one trained "
    "with pictures alone, or texts alone",
    silent="integration: a picture encoder that captions taught to tell faces may win at a site that follows faces",
)
