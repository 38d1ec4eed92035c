"""What a network is shown at an event: the picture, the text, or both at once, whatever it was trained with."""

from __future__ import annotations

from bids_vlint.networks.family import family
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.specification import ModelSpec, Shown

HEARD_S = (-2.0, 0.5)  # seconds relative to an event of which a network of sound is given the sound


def shown_to(spec: ModelSpec) -> Shown:
    """What a network, or one of its parts, is shown: pictures, texts, both at once, or sound, whatever it was trained
    with."""
    if hears(spec):
        return "sound"
    if spec.shown is not None:
        return spec.shown
    return "both" if sees(spec) and reads(spec) else "image" if sees(spec) else "text"


def hears(spec: ModelSpec) -> bool:
    """Whether a network is given the sound of a stimulus, and nothing else of it."""
    return spec.modality == "audio"


def sees(spec: ModelSpec) -> bool:
    """Whether a network looks at pictures."""
    if spec.shown is not None:
        return spec.shown in ("image", "both")
    return spec.modality not in ("language", "audio", LOW_LEVEL) and spec.tower != "text"


def _image_tower(spec: ModelSpec) -> bool:
    """Whether it is the image tower of a network with two, which is what is compared unless `tower` says more."""
    return spec.tower == "image" or (spec.tower is None and sees(spec) and family(spec.source).image_tower_first)


def reads(spec: ModelSpec) -> bool:
    """Whether a network gets the events' texts."""
    if spec.shown is not None:
        return spec.shown in ("text", "both")
    return spec.modality not in ("vision", "audio", LOW_LEVEL) and not _image_tower(spec)
