"""The text that a network gets: its language, and as much as it can take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bids_vlint.networks.extraction.context import _BATCH, fit, text_for
from bids_vlint.networks.languages import knows
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents

FILM = Stimulus("film", video=Path("film.mp4"))
DUTCH, ENGLISH = ("hallo", ""), ("hello", "")


def spec(*language: str) -> ModelSpec:
    return ModelSpec("net", "language", "transformers", language=language or None)


def events(language: str | None, *, translated: str | None = None) -> StimulusEvents:
    return StimulusEvents(FILM, "language", np.array([0.0, 1.0]), DUTCH, language=language,
                          translation=ENGLISH if translated else None, translation_language=translated)  # fmt: skip


@pytest.mark.parametrize(
    ("network", "language", "known"),
    [(("en",), "en-US", True), (("EN-gb", "de"), "en", True), (("en",), "nl", False), (("*",), "nl", True),
     (("Dutch",), "nl", True), (("nld",), "nl", True), ((), "nl", None), (("en",), None, None)],
)  # fmt: skip
def test_languages_are_compared_by_their_primary_subtag(
    network: tuple[str, ...], language: str | None, known: bool | None
) -> None:
    assert knows(spec(*network), language) is known


def test_the_translation_is_for_networks_that_know_nothing_else() -> None:
    assert text_for(spec("en"), events("nl", translated="en")) == ENGLISH
    for network, shown in [
        (spec("nl"), events("nl", translated="en")),
        (spec("nl", "en"), events("nl", translated="en")),
        (spec("*"), events("nl", translated="en")),
        (spec(), events("nl", translated="en")),
        (spec("de"), events("nl", translated="en")),
        (spec("en"), events(None, translated="en")),
        (spec("en"), events("nl")),
    ]:
        assert text_for(network, shown) == DUTCH


class Tokeniser:
    """A word has as many tokens as it has letters; two more are special."""

    def __init__(self) -> None:
        self.calls, self.texts = 0, 0

    def __call__(self, texts: Sequence[str]) -> list[int]:
        self.calls, self.texts = self.calls + 1, self.texts + len(texts)
        return [2 + sum(c != " " for c in text) for text in texts]


@given(st.lists(st.lists(st.text("ab", min_size=1, max_size=6), max_size=30).map(" ".join), max_size=8),
       st.integers(3, 40))  # fmt: skip
def test_the_longest_context_that_fits(texts: list[str], limit: int) -> None:
    count = Tokeniser()
    found, n_cut = fit(texts, count, limit)
    assert n_cut == sum(a != b for a, b in zip(texts, found, strict=True))
    for text, shorter in zip(texts, found, strict=True):
        assert text.endswith(shorter)
        if count([text])[0] <= limit or len(shorter) <= 1:
            continue
        assert count([shorter])[0] <= limit
        words, kept = text.split(), shorter.split()
        if kept and words[-len(kept)] == kept[0]:  # whole words: one more would be too many
            assert count([" ".join(words[len(words) - len(kept) - 1 :])])[0] > limit
        else:  # not even the last word: one more letter would be too many
            assert len(kept) == 1
            assert count([text[-len(shorter) - 1 :]])[0] > limit


def test_a_word_that_is_too_long_keeps_its_end() -> None:
    word = "abcdefghij"
    found, n_cut = fit([word, f"b {word}", ""], Tokeniser(), 5)
    assert n_cut == 2
    assert found[0] == found[1] == word[-len(found[0]) :]
    assert Tokeniser()([found[0]])[0] <= 5 < Tokeniser()([word[-len(found[0]) - 1 :]])[0]
    assert found[2] == ""


def test_what_is_kept_is_kept_letter_by_letter() -> None:
    assert fit(["one two  three four"], Tokeniser(), 11) == (["three four"], 1)
    assert fit(["one  two  three"], Tokeniser(), 10) == (["two  three"], 1)


def test_the_tokeniser_is_called_on_batches_of_texts_that_differ() -> None:
    count = Tokeniser()
    long = [f"{'ab ' * 100}{'c' * (k % 3 + 1)}" for k in range(3000)]
    short = [f"s{k}" for k in range(_BATCH)]
    found, n_cut = fit([*long, *short], count, 77)
    assert n_cut == 3000
    assert found[3000:] == short
    assert count.calls <= 2 + 8
    assert count.texts <= 3 + _BATCH + 8 * 3
