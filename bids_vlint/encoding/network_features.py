"""A network as the encoding sees it: named layers of features for the events of a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from bids_vlint.networks.features import Layers
from bids_vlint.networks.identity import added_label, network_label, twin_label
from bids_vlint.networks.specification import Modality, Shown

_SHOWN_BY_MODALITY: Mapping[str, Shown] = {
    "vision": "image",
    "language": "text",
    "multimodal": "both",
    "audio": "sound",
}


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
    shown : "image", "text", "both", "sound" or None
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


def added_networks(networks: Sequence[NetworkFeatures]) -> list[NetworkFeatures]:
    """The sums of networks' runs on pictures alone and on texts alone, feature by feature: what each of
    `whole_networks` would be if it only added what it sees to what it reads."""
    out = []
    for whole in whole_networks(networks):
        image, text = (_part(networks, whole, shown) for shown in ("image", "text"))
        widths, *others = (widths_of(n.layers) for n in (whole, image, text))
        same = {name: n for name, n in widths.items() if all(own.get(name) == n for own in others)}
        if same:
            layers = Layers(same, partial(_sum, whole, image, text))
            out.append(NetworkFeatures(added_label(whole.name), whole.modality, True, layers))
    return out


def _part(networks: Sequence[NetworkFeatures], whole: NetworkFeatures, shown: str) -> NetworkFeatures:
    return next(n for n in networks if n.trained and n.part_of == whole.name and n.shown == shown)


def _sum(whole: NetworkFeatures, image: NetworkFeatures, text: NetworkFeatures, name: str) -> np.ndarray:
    """The sum of both parts, less what each holds of the other's constant input.

    An event without text has zeros in all three of what reads: there is no such constant there.
    """
    joint, seen, said = (np.asarray(n.layers[name], np.float32) for n in (whole, image, text))
    run = (joint != 0) | (seen != 0) | (said != 0)
    extra = np.where(run, seen + said - joint, 0).sum(0, dtype=np.float64) / np.maximum(run.sum(0), 1)
    total: np.ndarray = seen + said - np.where(run, extra.astype(np.float32), 0)
    return total


def widths_of(layers: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Features of every layer, by its name; nothing is read where they are known."""
    known = getattr(layers, "widths", None)
    return dict(known) if known is not None else {name: layers[name].shape[1] for name in layers}


def twins_of(networks: Sequence[NetworkFeatures]) -> dict[str, str]:
    """Every trained network that has a twin, and what its twin, or the average of its twins, is called."""
    untrained = {n.name for n in networks if not n.trained}
    return {n.label: twin_label(n.name) for n in networks if n.trained and n.part_of is None and n.name in untrained}


def hearing_networks(networks: Sequence[NetworkFeatures]) -> list[NetworkFeatures]:
    """The trained networks that hear."""
    return [n for n in networks if n.trained and n.modality == "audio"]
