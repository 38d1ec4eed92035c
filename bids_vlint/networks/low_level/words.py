"""When words and other onsets come around moments, and which word a moment has."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from bids_vlint.study.moments import SILENCE_S
from bids_vlint.study.stimulus import Words

SAME_S = 1e-6


def word_at(words: Words, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The word of each moment: the last whose onset is at or before it, at a word's onset that word.

    Returns
    -------
    index : (n,) int
        -1 before the first.
    known : (n,) bool
        False where none began within 30 s, as the networks that read are shown no text there.
    """
    last = np.searchsorted(words.onset, time + SAME_S, side="right") - 1
    return last, (last >= 0) & (time - words.onset[last] <= SILENCE_S)


def gaps(onset: np.ndarray, time: np.ndarray, cap: float) -> tuple[np.ndarray, np.ndarray]:
    """Seconds since the last onset before each moment and to the next after it, both without its own; at most `cap`."""
    bounded = np.concatenate([[-np.inf], onset, [np.inf]])
    before = bounded[np.searchsorted(onset, time - SAME_S)]
    after = bounded[np.searchsorted(onset, time + SAME_S, side="right") + 1]
    return np.minimum(time - before, cap), np.minimum(after - time, cap)


def sentence_starts(words: Words) -> np.ndarray:
    """Which words begin a sentence, as places among the words."""
    return np.flatnonzero(np.diff(words.sentence, prepend=words.sentence[0] - 1))


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
