"""Low-level features of what is said: when words come, where in their sentences, how long and how frequent they are."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from bids_vlint.networks.low_level.columns import CENTRED, HALVES, WORD_CAP_S, WORD_COLUMNS
from bids_vlint.networks.low_level.windows import rates
from bids_vlint.study.moments import SILENCE_S
from bids_vlint.study.stimulus import Words

_SAME_S = 1e-6
_DEFAULT_LANGUAGE = "en"


def word_features(words: Words | None, time: np.ndarray, language: str | None) -> tuple[np.ndarray, list[str]]:
    """Describe the words around moments.

    The word of a moment is the last whose onset is at or before it: at a word's onset that word. Where none began
    within 30 s, its columns are zero, as the networks that read are shown no text there.

    Parameters
    ----------
    words : Words | None
        The transcript; None where it is not known: all zero.
    time : (n,) seconds
    language : str | None
        Code of the words' language; None: English.

    Returns
    -------
    features : (n, n_columns) float64, as `columns.WORD_COLUMNS`
    notes : list of str
        What is to be said of the frequencies.
    """
    if words is None or not len(words.onset):
        return np.zeros((len(time), len(WORD_COLUMNS))), []
    frequency, notes = _frequencies(words.text, language or _DEFAULT_LANGUAGE)
    position, relative = _positions(words.sentence)
    letters = np.array([sum(map(str.isalnum, word)) for word in words.text], float)
    duration = np.nan_to_num(words.duration, nan=0.0)
    own = np.stack([position, relative, letters, duration, frequency], axis=1)
    last = np.searchsorted(words.onset, time + _SAME_S, side="right") - 1
    known = (last >= 0) & (time - words.onset[last] <= SILENCE_S)
    position, relative, letters, duration, frequency = np.where(known[:, None], own[last], 0.0).T
    since, to_next = _gaps(words.onset, time)
    counted = rates(words.onset, time, (*HALVES, *CENTRED))
    features = [counted, position, relative, since, to_next, letters, duration, frequency]
    return np.column_stack(features), notes


def _positions(sentence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each word's place in its sentence, from 1, and that divided by the sentence's number of words."""
    starts = np.flatnonzero(np.diff(sentence, prepend=sentence[0] - 1))
    lengths = np.diff(starts, append=len(sentence))
    place = np.arange(len(sentence)) - np.repeat(starts, lengths) + 1.0
    return place, place / np.repeat(lengths, lengths)


def _gaps(onset: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds since the last onset before each moment and to the next after it, both without its own."""
    bounded = np.concatenate([[-np.inf], onset, [np.inf]])
    before = bounded[np.searchsorted(onset, time - _SAME_S)]
    after = bounded[np.searchsorted(onset, time + _SAME_S, side="right") + 1]
    return np.minimum(time - before, WORD_CAP_S), np.minimum(after - time, WORD_CAP_S)


def _frequencies(text: tuple[str, ...], language: str) -> tuple[np.ndarray, list[str]]:
    """Zipf frequency of each word; zero in a language without a list."""
    try:
        return np.array([zipf(word, language) for word in text]), []
    except LookupError:
        note = f"low_level: word frequencies are not known for the language {language}; their column is zero."
        return np.zeros(len(text)), [note]


@lru_cache(maxsize=2**16)
def zipf(word: str, language: str) -> float:
    """Frequency of a word on the Zipf scale: log10 of its occurrences per billion words; 0 where unknown.

    Raises
    ------
    LookupError
        For a language without a list of frequencies.
    """
    import wordfreq

    try:
        return wordfreq.zipf_frequency(word, _list_of(language))
    except ModuleNotFoundError:  # scripts without spaces need another tokeniser: the word as it stands
        known = wordfreq.get_frequency_dict(_list_of(language)).get(word.strip().lower(), 0.0)
        return max(0.0, round(math.log10(known) + 9, 2)) if known else 0.0


@lru_cache(maxsize=64)
def _list_of(language: str) -> str:
    """The library's name of a language; it would answer for its relatives, too, and log that it does."""
    import wordfreq

    name = {"no": "nb", "nn": "nb", "hr": "sh", "sr": "sh", "bs": "sh"}.get(language, language)
    if name not in wordfreq.available_languages():
        raise LookupError(language)
    return name
