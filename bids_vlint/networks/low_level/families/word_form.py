"""What the word of an event is like, but for its meaning: its place, its length, its frequency."""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import Measure
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.words import sentence_starts, word_at, zipf
from bids_vlint.study.stimulus import Words

_DEFAULT_LANGUAGE = "en"
_COLUMNS = (
    Measure("word_position", "words", "place of the word in its sentence, the first being 1"),
    Measure("word_relative_position", "", "place of the word divided by the words of its sentence"),
    Measure("word_letters", "letters", "letters and digits of the word"),
    Measure("word_duration", "s", "duration of the word; 0 where unknown"),
    Measure("word_frequency", "Zipf", "log10 of the word's frequency per billion words; 0 where unknown"),
)


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    words, time = material.events.words, material.time
    if words is None or not len(words.onset):
        return np.zeros((len(time), len(_COLUMNS)))
    letters = np.array([sum(map(str.isalnum, word)) for word in words.text], float)
    duration = np.nan_to_num(words.duration, nan=0.0)
    own = np.column_stack([*_positions(words), letters, duration, _frequencies(words, _language(material))])
    index, known = word_at(words, time)
    return np.where(known[:, None], own[index], 0.0)


def _notes(material: FilmAndWords) -> list[str]:
    words, language = material.events.words, _language(material)
    if words is None or not len(words.onset):
        return []
    try:
        zipf(words.text[0], language)
    except LookupError:
        return [f"low_level: word frequencies are not known for the language {language}; their column is zero."]
    return []


def _language(material: FilmAndWords) -> str:
    return material.events.language or _DEFAULT_LANGUAGE


def _positions(words: Words) -> tuple[np.ndarray, np.ndarray]:
    """Each word's place in its sentence, from 1, and that divided by the sentence's number of words."""
    starts = sentence_starts(words)
    lengths = np.diff(starts, append=len(words.sentence))
    place = np.arange(len(words.sentence)) - np.repeat(starts, lengths) + 1.0
    return place, place / np.repeat(lengths, lengths)


def _frequencies(words: Words, language: str) -> np.ndarray:
    """Zipf frequency of each word; zero in a language without a list."""
    try:
        return np.array([zipf(word, language) for word in words.text])
    except LookupError:
        return np.zeros(len(words.text))


WORD_FORM = LowLevelFamily("word_form", "the word's place, length and frequency", _COLUMNS, _features, _notes, place=20)
