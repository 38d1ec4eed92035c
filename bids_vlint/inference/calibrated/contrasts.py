"""The tests of an alignment: what is compared with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.engine import Encoded, nested_networks
from bids_vlint.encoding.network_features import NetworkFeatures, trained_labels, twins_of
from bids_vlint.inference.calibrated.pairs import Side, best_of
from bids_vlint.networks.comparisons import BEATS_LINEAR, BEATS_LOW_LEVEL, BEATS_UNIMODAL, GATE, Comparison
from bids_vlint.networks.identity import LINEAR, LOW_LEVEL, joined_label, pair_label


@dataclass(frozen=True)
class Contrast:
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


def contrasts(
    encoded: Encoded, networks: Sequence[NetworkFeatures], comparisons: Sequence[Comparison]
) -> dict[str, Contrast]:
    """Every test, built in or of the model set.

    Parameters
    ----------
    encoded : Encoded
    networks : sequence of Network
    comparisons : sequence of Comparison
    """
    multimodal, unimodal = trained_labels(networks, {"multimodal"}), trained_labels(networks, {"vision", "language"})
    on_top = [n.label for n in nested_networks(networks)]
    # joined with the low-level features all of them may be already
    nested = [joined_label(label) for label in on_top if joined_label(label) in encoded.scores.models] or on_top
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
        out[test] = Contrast((model, baseline), known)  # type: ignore[arg-type]
    return out


def _against_twins(encoded: Encoded, networks: Sequence[NetworkFeatures]) -> Contrast:
    """The best trained network against its own twin."""
    twins = twins_of(networks)
    best = best_of(encoded, list(twins))
    labels = (list(twins), list(twins.values()))
    if best is None:
        return Contrast(labels, None)
    models = encoded.scores.models
    own = np.zeros(len(models), int)
    for label, twin in twins.items():
        own[models.index(label)] = models.index(twin)
    return Contrast(labels, (best, own[best]))


def name_of(encoded: Encoded, side: Side) -> list[str]:
    """The model of each electrode as recorded; both where its halves are tested with different ones."""
    models = encoded.scores.models
    return [pair_label(models[a], models[b]) for a, b in side[:, :, 0].T]
