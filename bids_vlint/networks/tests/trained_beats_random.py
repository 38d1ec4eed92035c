"""The gate: does training matter at an electrode?"""

from __future__ import annotations

from bids_vlint.networks.comparisons import ElectrodeTest, Entrants, Sides


def _sides(models: Entrants) -> Sides:
    return list(models.twins), list(models.twins.values())


def _lacks(_models: Entrants) -> str:
    return "no network of the set has a random twin"


TRAINED_BEATS_RANDOM = ElectrodeTest(
    "trained_beats_random",
    _sides,
    "the best trained network (by validation) beats its own randomly initialised twin (of several twins, their mean)",
    (
        "every layer of each trained network that has a random twin",
        "every layer of each of these networks' random twins, times seeds (the trained side alone chooses the network, "
        "its twin follows; the twin's layer is chosen, seeds are averaged, not chosen among)",
    ),
    lacks=_lacks,
    place=10,
    own_baseline=True,
    control=True,
    gate=True,
    plain="the best trained network predicts the electrode better than itself with random weights, by more than such "
    "random twins differ among themselves; without it an electrode passes no other test",
    silent="that its training task matters; with one twin, more than that it beats one draw of random weights",
)
