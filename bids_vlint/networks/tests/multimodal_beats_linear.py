"""Is an electrode better explained by a network of both modalities than by both side by side?"""

from __future__ import annotations

from bids_vlint.networks.comparisons import ElectrodeTest, Entrants, Sides
from bids_vlint.networks.identity import LINEAR


def _sides(models: Entrants) -> Sides:
    return models.whole, [LINEAR]


def _sums(models: Entrants) -> Sides:
    """A network that only adds what it sees to what it reads is this sum, and would beat the linear control, which
    takes twice as many weights for the same."""
    return list(models.added), list(models.added.values())


def _lacks(models: Entrants) -> str:
    if not models.joint:
        return "no network of the set is shown picture and text together"
    none = "have no runs on their parts" if len(models.joint) > 1 else "has no runs on its parts"
    return f"{' and '.join(models.joint)} {none}"


MULTIMODAL_BEATS_LINEAR = ElectrodeTest(
    "multimodal_beats_linear",
    _sides,
    "the best network that is shown picture and text at once beats the linear control (the best of what is shown the "
    "text alone joined with the best of what is shown the picture alone, that network's own runs on each among them, "
    "or either where that validates better) and the sum of "
    "its own runs on each",
    (
        "every layer of each trained network that is shown both and has its runs on each alone",
        "every layer of each trained network that is shown the text alone, or the picture alone, and of those runs "
        "(the best of each are joined)",
    ),
    besides=_sums,
    lacks=_lacks,
    place=40,
    plain="a network that is shown picture and text together predicts the electrode better than everything that is "
    "shown only one of them, added up, its own runs on each among them",
    silent="that it adds to sound, picture and the rhythm of the words: with that, it is integration",
)
