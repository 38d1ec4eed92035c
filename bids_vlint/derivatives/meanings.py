"""What each test compares, what its p means, and what is counted on its sides."""

from __future__ import annotations

from collections.abc import Iterable

from bids_vlint.networks.comparisons import BEATS_LINEAR, BEATS_LOW_LEVEL, BEATS_UNIMODAL, GATE, TESTS

P_MEANING = (
    "One-sided p: the t of 5 s block sums of the paired difference (held-out halves, penalty, layer and network of "
    "each chosen on the other half; windows weighted by how well the electrode is predicted there on the other half) "
    "against the t under circular shifts of the responses, the spread of these per electrode and shrunk to that of all "
    "(Smyth 2004), their mean only where positive. Without shifts (method: corrected t), t is divided by "
    "sqrt(1 + (K - 1) n_test / n_train) (Nadeau and Bengio 2003)."
)
FAMILY = "one participant's electrodes (all fits), both alignments"

_MEANINGS = {
    GATE: "the best trained network (by validation) beats its own randomly initialised twin (of several twins, their "
    "mean)",
    BEATS_LOW_LEVEL: "the low-level features of the stimulus (sound, picture, word rate, position and frequency) "
    "joined with the best multimodal network beat the low-level features alone",
    BEATS_UNIMODAL: "the best multimodal network beats the best vision or language network",
    BEATS_LINEAR: "the best multimodal network beats the linear control (the best language network's features joined "
    "with the best vision network's, or either alone where that validates better)",
}

# What is counted on the two sides of a test; a comparison's sides are counted alike.
_MULTIMODAL = "every layer of each trained multimodal network"
_COUNTED = {
    GATE: (
        "every layer of each trained network that has a random twin",
        "every layer of each of these networks' random twins, times seeds (the trained side alone chooses the network, "
        "its twin follows; the twin's layer is chosen, seeds are averaged, not chosen among)",
    ),
    BEATS_UNIMODAL: (_MULTIMODAL, "every layer of each trained vision or language network"),
    BEATS_LINEAR: (
        _MULTIMODAL,
        "every layer of each trained language network and of each trained vision network (the best of each are joined)",
    ),
    BEATS_LOW_LEVEL: (
        f"{_MULTIMODAL} (of any trained network where there is no multimodal one)",
        "every layer of the low-level features, which have one",
    ),
}
_COUNTED_BY_NAME = (
    "every layer of each network that the comparison names as {side}; NAME-random counts the layers of all its seeds "
    "(averaged, not chosen among), linear those of the language and vision networks"
)


def all_tests(comparisons: Iterable[str]) -> list[str]:
    """The built-in tests, then the comparisons of the model set, each once."""
    return list(dict.fromkeys([*TESTS, *comparisons]))


def meaning_of(test: str) -> str:
    """What a test compares, in words."""
    compared = "the best of the comparison's model networks beats the best of its baseline networks"
    return _MEANINGS.get(test, f"[[comparison]] {test}: {compared}")


def candidate_meanings(test: str) -> dict[str, str]:
    """What is counted as a candidate on each side of a test."""
    named = tuple(_COUNTED_BY_NAME.format(side=side) for side in ("model", "baseline"))
    return dict(zip(("model", "baseline"), _COUNTED.get(test, named)))
