"""The tests of an alignment: what is compared with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.encode import Encoded, nested_label, nested_networks
from bids_vlint.encoding.linear import LINEAR
from bids_vlint.encoding.network import Network, average_label
from bids_vlint.inference.paired import Side, best_of
from bids_vlint.types import LOW_LEVEL, Comparison

GATE = "trained_beats_random"
BEATS_LOW_LEVEL = "beats_low_level"
BEATS_UNIMODAL = "multimodal_beats_unimodal"
BEATS_LINEAR = "multimodal_beats_linear"
TESTS = (GATE, BEATS_LOW_LEVEL, BEATS_UNIMODAL, BEATS_LINEAR)


@dataclass(frozen=True)
class Compared:
    """A test: which models stand on its two sides, and which of them does at each electrode.

    Attributes
    ----------
    labels : (models, baselines)
        Among which the sides are chosen.
    sides : (Side, Side) | None
        None where a side has no model.
    """

    labels: tuple[Sequence[str], Sequence[str]]
    sides: tuple[Side, Side] | None


def compared(encoded: Encoded, networks: Sequence[Network], comparisons: Sequence[Comparison]) -> dict[str, Compared]:
    """Every test, built in or of the model set.

    Parameters
    ----------
    encoded : Encoded
    networks : sequence of Network
    comparisons : sequence of Comparison
    """
    multimodal, unimodal = labels_of(networks, {"multimodal"}), labels_of(networks, {"vision", "language"})
    on_top = [n.label for n in nested_networks(networks)]
    # joined with the low-level features all of them may be already
    nested = [nested_label(label) for label in on_top if nested_label(label) in encoded.scores.models] or on_top
    pools: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        BEATS_LOW_LEVEL: (nested, [LOW_LEVEL]),
        BEATS_UNIMODAL: (multimodal, unimodal),
        BEATS_LINEAR: (multimodal, [LINEAR]),
    }
    pools |= {c.name: (c.model, c.baseline) for c in comparisons}
    out = {GATE: _against_twins(encoded, networks)}
    for test, (model, baseline) in pools.items():
        sides = best_of(encoded, model), best_of(encoded, baseline)
        known = sides if sides[0] is not None and sides[1] is not None else None
        out[test] = Compared((model, baseline), known)  # type: ignore[arg-type]
    return out


def labels_of(networks: Sequence[Network], modalities: set[str]) -> list[str]:
    """Labels of the trained networks of some modalities."""
    return [n.label for n in networks if n.trained and n.modality in modalities]


def twins_of(networks: Sequence[Network]) -> dict[str, str]:
    """Every trained network that has a twin, and what its twin, or the average of its twins, is called."""
    untrained = {n.name for n in networks if not n.trained}
    return {n.label: average_label(n.name) for n in networks if n.trained and n.name in untrained}


def _against_twins(encoded: Encoded, networks: Sequence[Network]) -> Compared:
    """The best trained network against its own twin."""
    twins = twins_of(networks)
    best = best_of(encoded, list(twins))
    labels = (list(twins), list(twins.values()))
    if best is None:
        return Compared(labels, None)
    models = encoded.scores.models
    own = np.zeros(len(models), int)
    for label, twin in twins.items():
        own[models.index(label)] = models.index(twin)
    return Compared(labels, (best, own[best]))


def name_of(encoded: Encoded, side: Side) -> list[str]:
    """The model of each electrode as recorded; both where its halves are tested with different ones."""
    models = encoded.scores.models
    return [models[a] if a == b else f"{models[a]} | {models[b]}" for a, b in side[:, :, 0].T]


Tests = Mapping[str, Compared]
