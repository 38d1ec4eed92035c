"""Which words form a sentence: numbers that words of one sentence share, by the best that is known of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

_END = re.compile(r"[.?!…。？！]+[\"'”’»)\]]*$")
_GAP_S = 1.0
_SLACK_S = 0.05


def by_punctuation(word: list[str], onset: np.ndarray, offset: np.ndarray) -> list[int]:
    """Number the sentences: a new one after end punctuation or a gap of 1 s.

    Numbers are negative, so that they never meet those of a table.
    """
    groups, current = [], -1
    for k in range(len(word)):
        if k:
            before = offset[k - 1] if np.isfinite(offset[k - 1]) else onset[k - 1]
            if _END.search(word[k - 1]) or onset[k] - before >= _GAP_S:  # never beside a word without an onset
                current -= 1
        groups.append(current)
    return groups


def stand_ins(word: list[str], timed: np.ndarray) -> np.ndarray:
    """For each word one with an onset that is in its sentence: the word itself, the last one before it, or, where a
    sentence ended there, the next one."""
    known = np.flatnonzero(timed)
    out = np.arange(len(word))
    for k in np.flatnonzero(~timed) if len(known) else ():
        ended = k == 0 or _END.search(word[k - 1]) is not None
        later = known[known > k]
        out[k] = later[0] if ended and len(later) else out[k - 1] if k else known[0]
    return out


def by_table(onset: np.ndarray, sentences: pd.DataFrame, fallback: list[int], stands_for: np.ndarray) -> list[int]:
    """The row of a table of sentences that each word is in, else the fallback."""
    starts, ends = sentences["onset"].to_numpy(float), sentences["offset"].to_numpy(float)
    at = np.searchsorted(starts, onset + _SLACK_S, side="right") - 1
    inside = [k >= 0 and not onset[w] > ends[k] + _SLACK_S for w, k in enumerate(at)]
    groups = [int(k) if ok else other for k, ok, other in zip(at, inside, fallback)]
    return [groups[k] for k in stands_for]


def texts_so_far(so_far: Sequence[str], word: list[str], groups: list[int]) -> list[str]:
    """Texts so far, where a cell says nothing: the one before and the word, or the word alone in a new sentence."""
    texts: list[str] = []
    for k, text in enumerate(so_far):
        goes_on = k > 0 and groups[k] == groups[k - 1]
        texts.append(text or (f"{texts[k - 1]} {word[k]}" if goes_on else word[k]))
    return texts


def by_growth(so_far: list[str], word: list[str]) -> list[int]:
    """A sentence goes on while the text so far grows out of the one before, and is more than the word."""
    groups, number = [], -1
    for k, text in enumerate(so_far):
        before = so_far[k - 1] if k else ""
        if not before or text == word[k] or len(text) <= len(before) or not text.startswith(before):
            number += 1
        groups.append(number)
    return groups


def by_id(ids: list[str], fallback: list[int]) -> list[int]:
    """Words that follow each other with one id are a sentence; those without an id go by the fallback."""
    groups, number = [], -1
    for k, name in enumerate(ids):
        if not name:
            groups.append(fallback[k])
            continue
        if k == 0 or ids[k - 1] != name:
            number += 1
        groups.append(number)
    return groups
