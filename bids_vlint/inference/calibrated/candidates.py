"""How many candidates stand behind each side of a comparison: networks x layers x seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bids_vlint.encoding.linear import sides_of_linear
from bids_vlint.encoding.network_features import NetworkFeatures, hearing_networks
from bids_vlint.networks.identity import HEARING, LINEAR, identity_of, whole_of


def candidates(labels: Iterable[str], networks: Sequence[NetworkFeatures]) -> int:
    """Count the layers, over networks and seeds, that the score of one side could come from.

    Parameters
    ----------
    labels : iterable of str
        The side's models: networks, random twins (NAME-random is all its seeds), the linear control (it is made from
        all trained networks of language and of vision). Those that the fit lacks count nothing.
    networks : sequence of Network
        Of the fit and alignment, random twins included.

    Returns
    -------
    int
        Each layer of each network and seed once.
    """
    known = {n.label: len(n.layers) for n in networks}
    behind = {label for side in labels for label in _behind(side, networks)}
    return sum(known.get(label, 0) for label in behind)


def _behind(label: str, networks: Sequence[NetworkFeatures]) -> list[str]:
    """The networks whose layers a model's score could come from."""
    if label == LINEAR:
        return [n.label for n in sides_of_linear(networks)]
    if label != whole_of(label):  # the sum of a network's runs on its parts
        return [n.label for n in networks if n.trained and n.part_of == whole_of(label)]
    if label == HEARING:
        return [n.label for n in hearing_networks(networks)]
    own = identity_of(label)  # a network joined with the low-level features has its own layers
    if own.trained:
        return [own.name]
    return [n.label for n in networks if not n.trained and n.name == own.name and own.twin in (None, n.twin)]
