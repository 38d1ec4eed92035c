"""The tests of an alignment: what is compared with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.models import nested_networks
from bids_vlint.encoding.network_features import NetworkFeatures, trained_on, twins_of, whole_networks
from bids_vlint.inference.calibrated.pairs import Side, best_of
from bids_vlint.networks.comparisons import TESTS, Comparison, Entrants, Sides
from bids_vlint.networks.identity import added_label, heard_label, joined_label, pair_label


@dataclass(frozen=True)
class Contrast:
    """A test: which models stand on its two sides, and which of them does at each electrode.

    Attributes
    ----------
    labels : (models, baselines)
        Among which the sides are chosen.
    sides : (Side, Side) | None
        None where a side has no model.
    besides : tuple of (Side, Side)
        Sides of which the same must hold, from models that stand against their own baselines.
    own_baseline : bool
        Against a model of `sides` stands its own baseline: its random twins.
    lacking : str
        Why it is not tested, where it has no sides.
    """

    labels: Sides
    sides: tuple[Side, Side] | None
    besides: tuple[tuple[Side, Side], ...] = ()
    own_baseline: bool = False
    lacking: str = ""


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
    models = entrants(encoded, networks)
    out = {}
    for test in TESTS.everything:
        labels = test.sides(models)
        sides = _own_sides(encoded, labels) if test.own_baseline else _best_sides(encoded, labels)
        own = _own_sides(encoded, test.besides(models)) if test.besides is not None else None
        lacking = "" if sides is not None else _NO_SIDE if test.lacks is None else test.lacks(models)
        out[test.name] = Contrast(labels, sides, () if own is None else (own,), test.own_baseline, lacking)
    for comparison in comparisons:
        labels = comparison.model, comparison.baseline
        sides = _best_sides(encoded, labels)
        out[comparison.name] = Contrast(labels, sides, lacking="" if sides is not None else _absent(encoded, labels))
    return out


_NO_SIDE = "a side of the comparison has no network"


def _absent(encoded: Encoded, labels: Sides) -> str:
    """What a comparison of a model set lacks: the side of which no network is at hand."""
    side = next((side for side in labels if not set(side) & set(encoded.scores.models)), ())
    return f"there are no features of {' or '.join(side)}"


def entrants(encoded: Encoded, networks: Sequence[NetworkFeatures]) -> Entrants:
    """What tests take their sides from."""
    on_top = [n.label for n in nested_networks(networks)]
    # joined with the low-level features all of them may be already
    nested = [joined_label(label) for label in on_top if joined_label(label) in encoded.scores.models] or on_top
    whole = [n.label for n in whole_networks(networks)]
    trained = {n.label: n.modality for n in networks if n.trained and n.part_of is None}
    added = {label: added_label(label) for label in whole}
    joint = [n.label for n in trained_on(networks, "both")]
    hearing = {n.name for n in networks if n.modality == "audio"}
    twins = {label: twin for label, twin in twins_of(networks).items() if label not in hearing}
    on_hearing = [heard_label(label) for label in on_top if heard_label(label) in encoded.scores.models]
    return Entrants(trained, whole, nested, twins, added, joint, on_hearing)


def _best_sides(encoded: Encoded, labels: Sides) -> tuple[Side, Side] | None:
    """The best of each side; None where a side has no model."""
    model, baseline = (best_of(encoded, side) for side in labels)
    return None if model is None or baseline is None else (model, baseline)


def _own_sides(encoded: Encoded, labels: Sides) -> tuple[Side, Side] | None:
    """The best model against its own baseline, the one of its place."""
    models = encoded.scores.models
    there = {m: b for m, b in zip(*labels) if m in models and b in models}
    best = best_of(encoded, list(there))
    if best is None:
        return None
    own = np.zeros(len(models), int)
    for model, baseline in there.items():
        own[models.index(model)] = models.index(baseline)
    return best, own[best]


def name_of(encoded: Encoded, side: Side) -> list[str]:
    """The model of each electrode as recorded; both where its halves are tested with different ones."""
    models = encoded.scores.models
    return [pair_label(models[a], models[b]) for a, b in side[:, :, 0].T]
