"""The linear control: the best of what is shown texts alone joined with the best of what is shown pictures alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, product

import numpy as np

from bids_vlint.encoding.choice import Candidate, Choice, chosen_in_turn, nothing_chosen
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.joint import FIRST_FREER, MIXTURES, Read, joined_candidates
from bids_vlint.encoding.network_features import NetworkFeatures, read_layer, trained_on

# Pairs of layers that are joined: those that most electrodes choose as recorded.
MOST_PAIRS = 8

_Picked = tuple[str, str]  # a network's label and one of its layers
_Pair = tuple[_Picked, _Picked]


def linear_control(
    networks: Sequence[NetworkFeatures],
    candidates: Mapping[str, Sequence[Candidate]],
    choices: Mapping[str, Choice],
    design: Design,
    base: Read | None = None,
) -> tuple[list[str], Iterator[Candidate], Choice] | None:
    """The best network that reads joined with the best that sees, or either alone where that does better.

    What counts is what a network is shown, not what it was trained with: an image encoder that captions taught stands
    on the side of pictures. The runs of networks that are shown both on pictures alone, and on texts alone, are among
    the candidates, so that what such a network knows of one of them alone is in the control.

    Each half of each electrode, as recorded and under every shift, chooses its layer of texts, its layer of pictures
    and the mixture of their penalties on the other half. Any of the networks alone may be chosen, too: one penalty
    over a wider concatenation can lose to its own part, which would make false sites.

    Parameters
    ----------
    networks : sequence of Network
    candidates, choices : label -> those of a network
    design : Design
    base : callable | None
        Reads features that every regression holds besides.

    Returns
    -------
    (names, candidates, Choice) or None
        Candidates' names, and the candidates, one after the other: the choice among them is made as they come
        (`chosen_in_turn`). None where no trained network is shown texts alone, or none pictures alone.
    """
    sides = _sides(networks)
    if not all(sides):
        return None
    pairs, chosen = _pairs(sides, candidates, choices)
    by_label = {n.label: n for n in networks}
    groups = [(_candidates(pair, by_label, design, base), chosen == number) for number, pair in enumerate(pairs)]
    joined = [c for fresh, _ in groups for c in fresh]
    choice = nothing_chosen(design)
    alone: list[Candidate] = []
    for network in (n for side in sides for n in side):
        _take_where_better(choices[network.label], choice, offset=len(joined) + len(alone))
        alone += [replace(c, name=f"{network.label}/{c.name}") for c in candidates[network.label]]
    return [c.name for c in (*joined, *alone)], chain(chosen_in_turn(groups, choice, design), alone), choice


def _take_where_better(own: Choice, choice: Choice, offset: int) -> None:
    """Write over a choice what one network on its own chose, where that scores at least as well."""
    better = own.score >= choice.score
    choice.score[better], choice.penalty[better] = own.score[better], own.penalty[better]
    choice.layer[better], choice.r[better] = own.layer[better] + offset, own.r[better]


def sides_of_linear(networks: Sequence[NetworkFeatures]) -> list[NetworkFeatures]:
    """The networks that it is made from: trained ones shown texts, and pictures; none where a side is missing."""
    sides = _sides(networks)
    return [*sides[0], *sides[1]] if all(sides) else []


def _sides(networks: Sequence[NetworkFeatures]) -> list[list[NetworkFeatures]]:
    return [trained_on(networks, "text"), trained_on(networks, "image")]


def _pairs(
    sides: Sequence[Sequence[NetworkFeatures]],
    candidates: Mapping[str, Sequence[Candidate]],
    choices: Mapping[str, Choice],
) -> tuple[list[_Pair], np.ndarray]:
    """The pairs of layers that are joined, and which of them each half, electrode and replicate takes.

    A column takes the pair whose networks, and then layers, score best on their own.
    """
    best: list[np.ndarray] = []  # per side, (2, n_electrodes): the network's label and layer, as recorded
    for side in sides:
        score = np.stack([choices[n.label].score[:, :, 0] for n in side])
        layer = np.stack([choices[n.label].layer[:, :, 0] for n in side])
        names = np.empty(score.shape, object)
        for k, n in enumerate(side):
            for h, e in np.ndindex(*score.shape[1:]):
                names[k, h, e] = (n.label, candidates[n.label][layer[k, h, e]].name)
        best.append(np.take_along_axis(names, score.argmax(0)[None], 0)[0])
    recorded: Counter[_Pair] = Counter(zip(best[0].ravel().tolist(), best[1].ravel().tolist()))
    pairs = [pair for pair, _ in sorted(recorded.items(), key=lambda item: (-item[1], item[0]))[:MOST_PAIRS]]
    totals = [np.sum([_merit(picked, candidates, choices) for picked in pair], axis=0) for pair in pairs]
    return pairs, np.stack(totals).argmax(0)


def _merit(picked: _Picked, candidates: Mapping[str, Sequence[Candidate]], choices: Mapping[str, Choice]) -> np.ndarray:
    label, name = picked
    choice = choices[label]
    names = np.array([c.name for c in candidates[label]], object)
    merit: np.ndarray = choice.score + np.where(names[choice.layer] == name, np.float32(1e-3), np.float32(0))
    return merit


def _candidates(
    pair: _Pair, networks: Mapping[str, NetworkFeatures], design: Design, base: Read | None
) -> list[Candidate]:
    reads = [partial(read_layer, networks[label], name) for label, name in pair]
    what = "+".join(f"{label}/{name}" for label, name in pair)
    if base is None:
        return joined_candidates(what, reads, MIXTURES, design)
    joined = [(a, b * c, b * d) for (a, b), (c, d) in product(FIRST_FREER, MIXTURES)]
    return joined_candidates(what, [base, *reads], joined, design, n_whole=1)
