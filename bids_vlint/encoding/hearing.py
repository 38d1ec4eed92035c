"""The control of what is heard: the best of the networks that hear joined with the low-level features, and other
networks joined with both.

A network of vision and language that carries some of the sound may predict an electrode that follows nothing else.
Where a model set has networks that hear, what is claimed of the others has to hold on top of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product

import numpy as np

from bids_vlint.encoding.choice import Candidate, Choice, chosen_in_turn, nothing_chosen
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.joint import FIRST_FREER, MIXTURES, Read, joined_candidates
from bids_vlint.encoding.network_features import NetworkFeatures, hearing_networks, read_layer

# Layers that are joined with other networks: those that most electrodes choose as recorded.
MOST_LAYERS = 4
_MIXTURES = [(a, b * c, b * d) for (a, b), (c, d) in product(FIRST_FREER, MIXTURES)]

Heard = list[tuple[str, Read]]  # names and readers of the layers of all networks that hear, in order


def layers_heard(networks: Sequence[NetworkFeatures]) -> Heard:
    """Every layer of every trained network that hears."""
    own = hearing_networks(networks)
    return [(f"{n.label}/{name}", partial(read_layer, n, name)) for n in own for name in n.layers]


def hearing_candidates(heard: Heard, design: Design, base: Read) -> list[Candidate]:
    """The low-level features joined with each layer of the networks that hear, at each mixture: the control is
    whichever validates best.

    Parameters
    ----------
    heard : list of (name, callable)
        From `layers_heard`; not empty.
    design : Design
    base : callable
        Reads the low-level features, which are never cut.
    """
    bands = [(name, [base, read]) for name, read in heard]
    return [c for name, own in bands for c in joined_candidates(name, own, FIRST_FREER, design, n_whole=1)]


def on_hearing(
    network: NetworkFeatures, heard: Heard, control: Choice, design: Design, base: Read
) -> tuple[list[str], Iterator[Candidate], Choice]:
    """A network's layers joined with the low-level features and with the layer that the control chose.

    Each half of each electrode, as recorded and under every shift, has the control's own layer beside it, if that is
    among those that most electrodes choose as recorded; otherwise the one that most choose.

    Parameters
    ----------
    network : NetworkFeatures
    heard : list of (name, callable)
    control : Choice
        Among `hearing_candidates`.
    design : Design
    base : callable

    Returns
    -------
    (names, candidates, Choice)
        As of `linear.linear_control`.
    """
    own = control.layer // len(FIRST_FREER)
    common = [layer for layer, _ in Counter(own[:, :, 0].ravel().tolist()).most_common(MOST_LAYERS)]
    own = np.where(np.isin(own, common), own, common[0])
    groups: list[tuple[list[Candidate], np.ndarray]] = []
    for layer in common:
        name, read = heard[layer]
        fresh: list[Candidate] = []
        for mine in network.layers:
            bands = [base, read, partial(read_layer, network, mine)]
            fresh += joined_candidates(f"{name}+{mine}", bands, _MIXTURES, design, n_whole=1)
        groups.append((fresh, own == layer))
    choice = nothing_chosen(design)
    return [c.name for fresh, _ in groups for c in fresh], chosen_in_turn(groups, choice, design), choice
