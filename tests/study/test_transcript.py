"""Transcripts: sentences, and what is shown at a word and at a cut, in every context."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bids_vlint.study.moments import preceding
from bids_vlint.study.transcript import Transcript, is_annotation, transcript

WORDS = "the cat sat . Then it left quietly".replace(" .", ".").split()
ONSET = np.array([0, 0.3, 0.6, 1.0, 1.3, 1.6, 4.0])
OFFSET = ONSET + 0.2
TABLE = pd.DataFrame({"onset": [0.0, 1.0], "offset": [0.9, 1.9], "text": ["The cat: sat!", "Then, it left"]})
PLAIN = [w.strip(".").lower() for w in WORDS]


def before(said: Transcript, times: list[float], context: str) -> list[str]:
    return preceding(said, np.array(times), context)["text"].tolist()


def test_sentences_end_at_punctuation_or_a_gap() -> None:
    said = transcript(WORDS, ONSET, OFFSET)
    assert said.words["text"].tolist() == [
        "the", "the cat", "the cat sat.", "Then", "Then it", "Then it left", "quietly",
    ]  # fmt: skip
    assert said.sentences["onset"].tolist() == [0, 1.0, 4.0]
    times = [-1, 0.5, 1.0, 1.59, 1.6, 3.9, 9]
    assert before(said, times, "to-word") == [
        "", "the cat", "Then", "Then it", "Then it left", "Then it left", "quietly",
    ]  # fmt: skip


def test_whole_sentences() -> None:
    said = transcript(WORDS, ONSET, OFFSET, context="sentence")
    assert said.words["text"].tolist() == ["the cat sat."] * 3 + ["Then it left"] * 3 + ["quietly"]
    assert before(said, [-1, 0.5, 1.0, 3.9, 9], "sentence") == [
        "", "the cat sat.", "Then it left", "Then it left", "quietly",
    ]  # fmt: skip


def test_a_number_of_words_reaches_across_sentences() -> None:
    said = transcript(WORDS, ONSET, OFFSET, context="2")
    assert said.words["text"].tolist() == [
        "the", "the cat", "the cat sat.", "cat sat. Then", "sat. Then it", "Then it left", "it left quietly",
    ]  # fmt: skip
    assert before(said, [-1, 1.0, 5], "2") == ["", "cat sat. Then", "it left quietly"]
    assert transcript(WORDS, ONSET, OFFSET, context="0").words["text"].tolist() == WORDS


def test_sentences_by_id() -> None:
    said = transcript(WORDS, ONSET, OFFSET, ["s1"] * 5 + ["s2"] * 2)
    assert said.sentences["text"].tolist() == ["the cat sat. Then it", "left quietly"]


def test_sentences_by_table_keep_their_spelling() -> None:
    said = transcript(PLAIN, ONSET, OFFSET, None, TABLE)
    assert said.words["text"].tolist() == [
        "The", "The cat:", "The cat: sat!", "Then,", "Then, it", "Then, it left", "quietly",
    ]  # fmt: skip
    assert transcript(PLAIN, ONSET, OFFSET, None, TABLE, context="3").words["text"].tolist()[-2:] == [
        "sat! Then, it left", "Then, it left quietly",
    ]  # fmt: skip


def test_a_sentence_that_is_over_is_whole_and_one_that_goes_on_is_not() -> None:
    """The table's sentence has more words than the table of words, and a last sentence has none of its own."""
    table = pd.DataFrame({"onset": [0.0, 1.0, 8.0], "offset": [0.9, 3.0, 9.0],
                          "text": ["Oh, the cat sat!", "Then it quickly left", "Goodbye now."]})  # fmt: skip
    said = transcript(PLAIN[:6], ONSET[:6], OFFSET[:6], None, table)
    assert before(said, [0.7, 0.95, 1.7, 2.9, 3.0, 8.5, 9.0], "to-word") == [
        "the cat sat", "Oh, the cat sat!", "then it left", "then it left", "Then it quickly left",
        "then it left", "Goodbye now.",
    ]  # fmt: skip
    assert before(transcript(PLAIN[:6], ONSET[:6], OFFSET[:6], None, table, context="sentence"), [1.0, 8.0],
                  "sentence") == ["Then it quickly left", "Goodbye now."]  # fmt: skip
    strays = transcript(PLAIN, ONSET, OFFSET, None, TABLE, context="sentence")
    assert before(strays, [0.5, 1.5, 5.0], "sentence") == ["The cat: sat!", "Then, it left", "quietly"]


@pytest.mark.parametrize("context", ["to-word", "sentence", "3"])
def test_silence(context: str) -> None:
    said = transcript(WORDS[:3], ONSET[:3], OFFSET[:3], context=context)
    found = preceding(said, np.array([-0.1, 0.6, 30.8, 30.81, 500]), context)
    assert found["status"].tolist() == ["none", "spoken", "spoken", "silence", "silence"]
    late = "the cat sat." if context == "sentence" else ""
    assert found["text"].tolist() == ["", "the cat sat.", "the cat sat.", late, late]


@pytest.mark.parametrize("context", ["to-word", "sentence", "3"])
def test_no_words(context: str) -> None:
    said = transcript([], np.empty(0), np.empty(0), context=context)
    found = preceding(said, np.array([1.0]), context)
    assert (found["text"].tolist(), found["status"].tolist()) == ([""], ["none"])


def test_translated_words() -> None:
    words, other = ["Wat", "gaan", "we", "doen?"], ["What", "are", "we", "going to do?"]
    onset = np.arange(4.0) * 0.3
    said = transcript(words, onset, onset + 0.2, translation=other)
    assert said.words["translation"].tolist() == ["What", "What are", "What are we", "What are we going to do?"]
    found = preceding(said, np.array([0.4, 3]), "to-word")
    assert found["translation"].tolist() == ["What are", "What are we going to do?"]
    other[1] = ""  # a word that the other language has no word for
    assert transcript(words, onset, onset, translation=other, context="1").words["translation"].tolist() == [
        "What", "What", "we", "we going to do?",
    ]  # fmt: skip


def test_translated_sentences() -> None:
    """Those of whole sentences are enough for whole sentences; at a word the translated words are needed."""
    table = TABLE.assign(translation=["Le chat, assis !", ""])
    said = transcript(PLAIN, ONSET, OFFSET, None, table, context="sentence")
    assert said.words["translation"].tolist() == ["Le chat, assis !"] * 3 + [""] * 4
    assert preceding(said, np.array([0.1, 1.5]), "sentence")["translation"].tolist() == ["Le chat, assis !", ""]
    for context in ("to-word", "2"):
        assert "translation" not in transcript(PLAIN, ONSET, OFFSET, None, table, context=context).words
    own = ["le", "chat,", "assis", "puis", "il", "partit", "doucement"]
    both = transcript(PLAIN, ONSET, OFFSET, None, table, translation=own)
    assert both.words["translation"].tolist()[:4] == ["le", "le chat,", "le chat, assis", "puis"]
    assert preceding(both, np.array([0.7, 0.95, 2]), "to-word")["translation"].tolist() == [
        "le chat, assis", "Le chat, assis !", "puis il partit",
    ]  # fmt: skip


@pytest.mark.parametrize("context", ["to-word", "sentence", "9"])
def test_a_film_that_was_wound_back_starts_anew(context: str) -> None:
    said = transcript(["so", "it", "goes"], np.arange(3.0) / 2, np.arange(3.0) / 2 + 0.4, context=context,
                      stretch=np.array([0, 0, 1]))  # fmt: skip
    assert said.words["text"].tolist()[-1] == "goes"


def test_annotations_are_no_words() -> None:
    texts = [
        "[music]",
        "♪",
        "♪ ♪",
        "[door] [steps]",
        "(sighs)",
        "[sighs] well",
        "♪ la la ♪",
        "♪la♪",
        "word",
        "-",
        "",
    ]
    assert is_annotation(pd.Series(texts)).tolist() == [True] * 4 + [False] * 7


# -- whatever the transcript: nothing that is not yet spoken, and nothing but what is said ----------------------------


@st.composite
def spoken(draw: st.DrawFn) -> dict[str, Any]:
    """Numbered words w0, w1, … with ids of sentences, a table of them, or neither: arguments of `transcript`."""
    n = draw(st.integers(1, 25))
    gaps = draw(st.lists(st.sampled_from([0.1, 0.2, 0.3, 1.5, 40.0]), min_size=n, max_size=n))
    onset = np.cumsum(gaps)
    offset = onset + np.array(draw(st.lists(st.sampled_from([0.04, 0.5, np.nan]), min_size=n, max_size=n)))
    word = [f"w{k}{draw(st.sampled_from(['', '', '.']))}" for k in range(n)]
    kind = draw(st.sampled_from(["ids", "table", "neither"]))
    ids, table = None, None
    if kind == "ids":
        ids = draw(st.lists(st.sampled_from(["", "a", "b"]), min_size=n, max_size=n))
    if kind == "table":
        firsts = sorted({0, *draw(st.lists(st.integers(0, n - 1), max_size=5))})
        lasts = [*[k - 1 for k in firsts[1:]], n - 1]
        lag = draw(st.sampled_from([0.0, 0.1, 2.0, np.nan]))
        rows = [(onset[a], onset[b] + lag, " ".join(word[a : b + 1]).upper()) for a, b in zip(firsts, lasts)]
        table = pd.DataFrame(rows, columns=["onset", "offset", "text"])
    return {"word": word, "onset": onset, "offset": offset, "sentence_id": ids, "sentences": table}


def numbers_in(text: str) -> list[int]:
    return [int(w.strip("wW.")) for w in text.split()]


@given(spoken(), st.sampled_from(["to-word", "0", "1", "4", "100"]))
def test_no_word_is_shown_before_it_is_spoken(words: dict[str, Any], context: str) -> None:
    said, onset = transcript(**words, context=context), words["onset"]
    for k, text in enumerate(said.words["text"]):
        shown = numbers_in(text)
        assert shown[-1] == k
        if context != "to-word":
            assert shown == list(range(max(0, k - int(context)), k + 1))
    times = np.sort(np.concatenate([onset, onset - 1e-3, onset + 0.05, [onset[-1] + 29]]))
    found = preceding(said, times, context)
    for time, text, status in zip(times, found["text"], found["status"]):
        assert bool(text) == (status == "spoken")
        heard = np.flatnonzero(onset <= time + 1e-6)
        assert (status == "none") == (len(heard) == 0)
        if text:
            assert set(numbers_in(text)) <= set(heard)
            assert numbers_in(text)[-1] == heard[-1]


@given(spoken())
def test_a_text_up_to_a_word_begins_its_sentence(words: dict[str, Any]) -> None:
    some, whole = (transcript(**words, context=c).words["text"] for c in ("to-word", "sentence"))
    for text, sentence in zip(some, whole):
        assert sentence.split()[: len(text.split())] == text.split()


# -- rows without an onset, and texts that grow -----------------------------------------------------------------------

GONNA = ["I'm", "gon", "na", "go.", "Well", "then"]
WHEN = np.array([0, 0.3, np.nan, 0.6, np.nan, 2.0])


@pytest.mark.parametrize(
    "context, texts",
    [
        ("to-word", ["I'm", "I'm gon", "I'm gon na go.", "Well then"]),
        ("sentence", ["I'm gon na go."] * 3 + ["Well then"]),
        ("2", ["I'm", "I'm gon", "gon na go.", "go. Well then"]),
    ],
)
def test_words_without_an_onset_belong_to_the_text(context: str, texts: list[str]) -> None:
    """A token of a contraction, and a word that an aligner did not find, which begins the next sentence."""
    said = transcript(GONNA, WHEN, WHEN + 0.2, context=context)
    assert said.words["text"].tolist() == texts
    assert said.words["onset"].tolist() == [0, 0.3, 0.6, 2.0]
    assert said.sentences["onset"].tolist() == [0, 2.0]
    assert said.sentences["text"].tolist() == ["I'm gon na go.", "Well then"]


@pytest.mark.parametrize("ids", [["a", "a", "a", "a", "b", "b"], None])
def test_words_without_an_onset_in_sentences_by_id_or_table(ids: list[str] | None) -> None:
    table = pd.DataFrame({"onset": [0.0, 1.9], "offset": [0.9, 2.5], "text": ["I'm gonna go.", "Well, then?"]})
    said = transcript(GONNA, WHEN, WHEN + 0.2, ids, None if ids else table)
    last = "Well then" if ids else "Well, then?"
    assert said.words["text"].tolist() == ["I'm", "I'm gon", "I'm gon na go.", last]


SO_FAR = ["I'm", "I'm gon", "I'm gonna", "", "No", "Not"]  # as a table has it: "go." is filled in


def test_text_so_far() -> None:
    """Taken as it stands, where a cell says something; a sentence begins where the text does not go on."""
    word, onset = ["i'm", "gon", "na", "go.", "No", "Not"], np.arange(6.0) / 4
    said = transcript(word, onset, onset + 0.1, so_far=SO_FAR)
    assert said.words["text"].tolist() == ["I'm", "I'm gon", "I'm gonna", "I'm gonna go.", "No", "Not"]
    assert said.sentences["text"].tolist() == ["I'm gonna go.", "No", "Not"]
    assert before(said, [0.3, 0.6, 1.3], "to-word") == ["I'm gon", "I'm gonna", "Not"]
    whole = transcript(word, onset, onset + 0.1, so_far=SO_FAR, context="sentence")
    assert whole.words["text"].tolist()[:4] == ["I'm gonna go."] * 4
    timeless = transcript(word, np.where(np.arange(6) == 2, np.nan, onset), onset + 0.1, so_far=SO_FAR)
    assert timeless.words["text"].tolist() == ["I'm", "I'm gon", "I'm gonna go.", "No", "Not"]


@given(spoken(), st.data())
def test_words_without_an_onset_change_no_onset_and_no_context(words: dict[str, Any], data: st.DataObject) -> None:
    n = len(words["word"])
    gone = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), bool)
    said = transcript(**words | {"onset": np.where(gone, np.nan, words["onset"])}, context="3")
    assert said.words["onset"].tolist() == words["onset"][~gone].tolist()
    whole = transcript(**words, context="3").words
    if words["sentences"] is None:
        assert said.words["text"].tolist() == whole["text"][~gone].tolist()
    assert said.sentences["onset"].is_monotonic_increasing
    assert said.sentences["onset"].notna().all()
