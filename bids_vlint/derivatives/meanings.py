"""What each test compares, what its p means, and what is counted on its sides."""

from __future__ import annotations

from collections.abc import Iterable

from bids_vlint.networks.comparisons import TESTS, always_made

P_MEANING = (
    "One-sided p: the t of 5 s block sums of the paired difference (held-out halves, penalty, layer and network of "
    "each chosen on the other half; windows weighted by how well the electrode is predicted there on the other half) "
    "against the t under circular shifts of the responses, the spread of these per electrode and shrunk to that of all "
    "(Smyth 2004), their mean only where positive. Without shifts (method: corrected t), t is divided by "
    "sqrt(1 + (K - 1) n_test / n_train) (Nadeau and Bengio 2003)."
)
CLAIM_P = (
    "p of the claim: the larger of the test's own p and that of trained_beats_random at the electrode, where that was "
    "tested."
)
FAMILY = "one participant's electrodes (all fits), both alignments"

# What is counted on the two sides of a comparison of a model set.
_COUNTED_BY_NAME = (
    "every layer of each network that the comparison names as {side}; NAME-random counts the layers of all its seeds "
    "(averaged, not chosen among), linear those of the language and vision networks"
)


def all_tests(comparisons: Iterable[str]) -> list[str]:
    """The tests that are always made, then the comparisons of the model set, each once."""
    return list(dict.fromkeys([*always_made(), *comparisons]))


def meaning_of(test: str) -> str:
    """What a test compares, in words."""
    if test in TESTS.names:
        return TESTS.named(test).meaning
    return f"[[comparison]] {test}: the best of the comparison's model networks beats the best of its baseline networks"


def candidate_meanings(test: str) -> dict[str, str]:
    """What is counted as a candidate on each side of a test."""
    sides = ("model", "baseline")
    if test in TESTS.names:
        return dict(zip(sides, TESTS.named(test).counted))
    return {side: _COUNTED_BY_NAME.format(side=side) for side in sides}
