"""How many replicates are made, of which electrodes and layers, so that a recovery keeps to its processor time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bids_vlint.encoding.cost import encoding_seconds
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.study.stimulus import Alignment

FEWEST_REPLICATES, MOST_REPLICATES = 2, 100
# Electrodes over all replicates, beyond which more tell little: 40 of each of six kinds, two sources and four sizes.
ENOUGH = 1_920
FEWEST_ELECTRODES = 12
# Seconds for each replicate and alignment, however few electrodes: tables and corrections.
_REPLICATE_S = 1.0

Networks = Mapping[Alignment, Sequence[NetworkFeatures]]


@dataclass(frozen=True)
class Sizing:
    """What is made.

    Attributes
    ----------
    n_replicates : int
    n_electrodes : int
        Of the participant; fewer than there are where one replicate of all would take too long.
    networks : str
        "all", "leading layers", or "leading layers of one network of each kind".
    seconds : float
        About how long it takes one processor.
    """

    n_replicates: int
    n_electrodes: int
    networks: str
    seconds: float


ALL, LAYERS, ONE_EACH = "all", "leading layers", "leading layers of one network of each kind"


def seconds_of(networks: Networks, n_events: Mapping[Alignment, int], n_electrodes: int, plan: EncodingPlan) -> float:
    """About how long a recording takes one processor in one replicate.

    Parameters
    ----------
    networks : alignment -> networks
    n_events : alignment -> int
    n_electrodes : int
    plan : EncodingPlan
    """
    return sum(_REPLICATE_S + encoding_seconds(own, n_events[alignment], n_electrodes, plan)
               for alignment, own in networks.items())  # fmt: skip


def sized(seconds: Mapping[str, float], n_electrodes: int, budget: float) -> Sizing:
    """Choose what is made within a budget.

    Everything, where two replicates of it can be made; else as much less of networks as it needs; else one replicate of
    as many electrodes as there is time for.

    Parameters
    ----------
    seconds : mapping
        Of an electrode and replicate, of `ALL`, `LAYERS` and `ONE_EACH`.
    n_electrodes : int
    budget : float
        Seconds.
    """
    for networks, each in seconds.items():
        n = int(budget / max(each * n_electrodes, 1e-9))
        if n >= FEWEST_REPLICATES:
            n = min(n, MOST_REPLICATES, max(FEWEST_REPLICATES, -(-ENOUGH // n_electrodes)))
            return Sizing(n, n_electrodes, networks, n * n_electrodes * each)
    networks, each = list(seconds.items())[-1]
    n = min(n_electrodes, max(FEWEST_ELECTRODES, int(budget / max(each, 1e-9))))
    return Sizing(1, n, networks, n * each)


def fewer_networks(networks: Networks, which: str, layers: Mapping[str, str], order: Sequence[str]) -> Networks:
    """Networks with their leading layers alone, and of each kind the leading one alone.

    Parameters
    ----------
    networks : alignment -> networks
    which : `ALL`, `LAYERS` or `ONE_EACH`
    layers : label -> layer
        The leading ones; of a network that is not among them, the last one.
    order : sequence of str
        Labels, the leading network first; those that are not among them come last.

    Returns
    -------
    alignment -> networks
        With those that belong to them: runs on parts, random twins, the low-level features.
    """
    if which == ALL:
        return networks
    kept: dict[Alignment, Sequence[NetworkFeatures]] = {}
    for alignment, own in networks.items():
        one_layer = [_with_layer(n, layers.get(n.label, list(n.layers)[-1])) for n in own]
        kept[alignment] = one_layer if which == LAYERS else _one_each(one_layer, order)
    return kept


def _with_layer(network: NetworkFeatures, layer: str) -> NetworkFeatures:
    if len(network.layers) == 1 or network.modality == LOW_LEVEL:
        return network
    return replace(network, layers={layer: network.layers[layer]})


def _one_each(networks: Sequence[NetworkFeatures], order: Sequence[str]) -> list[NetworkFeatures]:
    place = {label: k for k, label in enumerate(order)}
    first: dict[tuple[str, str | None], str] = {}
    for network in sorted(networks, key=lambda n: place.get(n.label, len(place))):
        if network.trained and network.part_of is None:
            first.setdefault((network.modality, network.shown), network.name)
    names = set(first.values())
    return [n for n in networks if (n.part_of or n.name) in names]
