"""Does a network add to sound, picture and the rhythm of the words?"""

from __future__ import annotations

from bids_vlint.networks.comparisons import ElectrodeTest, Entrants, Sides
from bids_vlint.networks.identity import HEARING, LOW_LEVEL


def _sides(models: Entrants) -> Sides:
    return models.on_low_level, [LOW_LEVEL]


def _heard(models: Entrants) -> Sides:
    """Where networks of the set hear, what they know is no evidence of vision or language either."""
    return list(models.on_hearing), [HEARING] * len(models.on_hearing)


def _lacks(models: Entrants) -> str:
    if not models.on_low_level:
        return "no network of the set is trained"
    return "there are no low-level features of the stimulus"


BEATS_LOW_LEVEL = ElectrodeTest(
    "beats_low_level",
    _sides,
    "the low-level features of the stimulus (sound, picture, word rate, position and frequency) joined with the best "
    "network beat the low-level features alone (the best of those that are shown picture and text at once and have "
    "their runs on each, or of all where there is none); where networks of the set hear, the same on top of these, too",
    (
        "every layer of each trained network that is shown both and has its runs on each alone (of any trained network "
        "where there is none)",
        "every layer of the low-level features, which have one",
    ),
    besides=_heard,
    lacks=_lacks,
    place=20,
    control=True,
    plain="a network adds to what sound, picture, word rate, position and frequency predict",
    silent="that nothing low-level drives the electrode: the list is a list",
)
