"""A network as the encoding sees it: named layers of features for the events of a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.networks.identity import network_label, twin_label
from bids_vlint.networks.specification import Modality, Shown

_SHOWN_BY_MODALITY: Mapping[str, Shown] = {"vision": "image", "language": "text", "multimodal": "both"}


@dataclass(frozen=True)
class NetworkFeatures:
    """A network's features for the events of a fit.

    Attributes
    ----------
    name : str
        The model's name; a random twin has its trained network's name.
    modality : Modality
        What it was trained with.
    layers : name -> (n_events, n_features) float32
        May read a layer when it is asked for it; one is asked for at a time.
    twin : int | None
        Of a random twin: which of several, from 1; None where there is one.
    shown : "image", "text", "both" or None
        What it was shown at the events, whatever it was trained with. If not given: what its modality says (None for
        the low-level features).
    part_of : str | None
        The name of the network that is shown both of which this is the run on pictures, or texts, alone.

    Examples
    --------
    >>> import numpy as np
    >>> layers = {"last": np.zeros((100, 768), np.float32)}  # of 100 events
    >>> NetworkFeatures("clip", "multimodal", True, layers).label
    'clip'
    >>> NetworkFeatures("clip", "multimodal", False, layers, twin=2).label
    'clip-random-2'
    """

    name: str
    modality: Modality
    trained: bool
    layers: Mapping[str, np.ndarray]
    twin: int | None = None
    shown: Shown | None = None
    part_of: str | None = None

    def __post_init__(self) -> None:
        if self.shown is None:
            object.__setattr__(self, "shown", _SHOWN_BY_MODALITY.get(self.modality))

    @property
    def label(self) -> str:
        """Its name in outputs: a random twin is NAME-random, or NAME-random-2 where there are several."""
        return network_label(self.name, self.trained, self.twin)


def read_layer(network: NetworkFeatures, name: str) -> np.ndarray:
    """One layer's features, (n_events, n_features)."""
    return network.layers[name]


def trained_labels(networks: Sequence[NetworkFeatures], modalities: set[str]) -> list[str]:
    """Labels of the trained networks of some modalities; runs on parts are none of their own."""
    return [n.label for n in networks if n.trained and n.modality in modalities and n.part_of is None]


def trained_on(networks: Sequence[NetworkFeatures], shown: Shown) -> list[NetworkFeatures]:
    """The trained networks that were shown pictures alone, texts alone, or both; the first two with the runs of
    networks on their parts."""
    return [n for n in networks if n.trained and n.shown == shown]


def whole_networks(networks: Sequence[NetworkFeatures]) -> list[NetworkFeatures]:
    """The trained networks that can show integration: shown both at once, with their runs on each part at hand."""
    parts = {(n.part_of, n.shown) for n in networks if n.trained and n.part_of is not None}
    return [n for n in trained_on(networks, "both") if {(n.name, "image"), (n.name, "text")} <= parts]


def twins_of(networks: Sequence[NetworkFeatures]) -> dict[str, str]:
    """Every trained network that has a twin, and what its twin, or the average of its twins, is called."""
    untrained = {n.name for n in networks if not n.trained}
    return {n.label: twin_label(n.name) for n in networks if n.trained and n.part_of is None and n.name in untrained}
