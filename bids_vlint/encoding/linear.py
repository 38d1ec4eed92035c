"""The linear control: the best language network's features joined with the best vision network's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bids_vlint.encoding.fit import Design, Result, fit_everywhere, join
from bids_vlint.encoding.network import Network

LINEAR = "linear"


def linear_control(networks: Sequence[Network], results: dict[str, Result], design: Design) -> Result | None:
    """The best language network joined with the best vision network, or either alone where that validates better.

    One penalty over a wider concatenation can lose to its own part, which would make false sites.

    Parameters
    ----------
    networks : sequence of Network
    results : label -> Result
        Of every network.
    design : Design

    Returns
    -------
    Result or None
        None where there is no trained network of language, or none of vision.
    """
    language, vision = (_best_of(networks, results, modality) for modality in ("language", "vision"))
    if language is None or vision is None:
        return None
    best = _fit_joined(networks, results, design, language, vision)
    for side in (language, vision):
        alone = _take(results, side)
        better = alone.validation >= best.validation
        best = Result(*(np.where(_like(better, b), a, b) for a, b in zip(alone.values, best.values)))
    return best


def sides_of_linear(networks: Sequence[Network]) -> list[Network]:
    """The networks that it is made from: trained ones of language and of vision; none where a side is missing."""
    sides = [[n for n in networks if n.trained and n.modality == modality] for modality in ("language", "vision")]
    return [*sides[0], *sides[1]] if all(sides) else []


def _best_of(networks: Sequence[Network], results: dict[str, Result], modality: str) -> np.ndarray | None:
    """Label of each electrode's best trained network of a modality by validation, (n_electrodes,), or None."""
    labels = [n.label for n in networks if n.trained and n.modality == modality]
    if not labels:
        return None
    validation = np.stack([results[label].validation for label in labels])
    return np.array(labels, dtype=object)[validation.argmax(0)]


def _fit_joined(
    networks: Sequence[Network], results: dict[str, Result], design: Design, language: np.ndarray, vision: np.ndarray
) -> Result:
    layers_of = {n.label: n.layers for n in networks}
    chosen = {label: result.layer for label, result in results.items()}
    pairs = [(a, chosen[a][e], b, chosen[b][e]) for e, (a, b) in enumerate(zip(language, vision))]  # one per electrode
    parts: list[tuple[np.ndarray, Result]] = []
    for pair in dict.fromkeys(pairs):
        a, layer_a, b, layer_b = pair
        electrodes = np.array([e for e, other in enumerate(pairs) if other == pair])
        x = np.concatenate([layers_of[a][layer_a], layers_of[b][layer_b]], axis=1)
        parts.append((electrodes, fit_everywhere({f"{a}/{layer_a}+{b}/{layer_b}": x}, design, electrodes)))
    order = np.argsort(np.concatenate([electrodes for electrodes, _ in parts]))
    return Result(*(values[order] for values in join([result for _, result in parts]).values))


def _take(results: dict[str, Result], labels: np.ndarray) -> Result:
    """Each electrode's row from the network named for it, the layer's name with its network's."""
    rows = []
    for e, label in enumerate(labels):
        values = [a[e] for a in results[label].values]
        rows.append([*values[:-1], f"{label}/{values[-1]}"])
    columns = [np.array(column, object) if k == len(rows[0]) - 1 else np.stack(column) for k, column in
               enumerate(zip(*rows))]  # fmt: skip
    return Result(*columns)


def _like(mask: np.ndarray, value: np.ndarray) -> np.ndarray:
    return mask.reshape(-1, *[1] * (value.ndim - 1))
