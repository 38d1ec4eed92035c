"""Transcripts: words, the sentences that they form, and the text that a network is shown at each word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

END = re.compile(r"[.?!…。？！]+[\"'”’»)\]]*$")
GAP_S = 1.0
SLACK_S = 0.05


@dataclass(frozen=True)
class Transcript:
    """Words and sentences of a stimulus.

    Attributes
    ----------
    words : DataFrame
        onset, offset (seconds, NaN where unknown), word, text: the sentence up to and including the word.
    sentences : DataFrame
        onset (seconds), text; in order.
    """

    words: pd.DataFrame
    sentences: pd.DataFrame


def transcript(
    word: Sequence[str],
    onset: np.ndarray,
    offset: np.ndarray,
    sentence_id: Sequence[str] | None = None,
    sentences: pd.DataFrame | None = None,
) -> Transcript:
    """Put words into sentences.

    A table of sentences comes first, then ids; otherwise words are joined until end punctuation or a gap of 1 s.

    Parameters
    ----------
    word : sequence of str, in order of onset
    onset, offset : (n_words,) seconds; offset NaN where unknown
    sentence_id : sequence of str
        "" where a word has none.
    sentences : DataFrame
        onset, offset (seconds), text.

    Returns
    -------
    Transcript
    """
    words = pd.DataFrame({"onset": onset, "offset": offset, "word": list(word)})
    group = joined_groups(list(word), onset, offset)
    if sentences is not None:
        group = _by_table(onset, sentences, group)
    elif sentence_id is not None:
        group = _by_id(list(sentence_id), group)
    full = dict(enumerate(sentences["text"])) if sentences is not None else {}
    words["text"] = _up_to_word(list(word), group, full)
    if sentences is not None:
        table = sentences[["onset", "text"]].reset_index(drop=True)
    else:
        firsts = [k for k in range(len(group)) if k == 0 or group[k] != group[k - 1]]
        lasts = [*[k - 1 for k in firsts[1:]], len(group) - 1] if firsts else []
        rows = [(onset[a], words["text"].iloc[b]) for a, b in zip(firsts, lasts)]
        table = pd.DataFrame(rows, columns=["onset", "text"])
    return Transcript(words, table)


def joined_groups(word: list[str], onset: np.ndarray, offset: np.ndarray) -> list[int]:
    """Number the sentences: a new one after end punctuation or a gap of 1 s.

    Numbers are negative, so that they never meet those of a table.
    """
    groups, current = [], -1
    for k in range(len(word)):
        if k:
            before = offset[k - 1] if np.isfinite(offset[k - 1]) else onset[k - 1]
            if END.search(word[k - 1]) or onset[k] - before >= GAP_S:
                current -= 1
        groups.append(current)
    return groups


def _by_table(onset: np.ndarray, sentences: pd.DataFrame, fallback: list[int]) -> list[int]:
    starts, ends = sentences["onset"].to_numpy(float), sentences["offset"].to_numpy(float)
    at = np.searchsorted(starts, onset + SLACK_S, side="right") - 1
    inside = [k >= 0 and not onset[w] > ends[k] + SLACK_S for w, k in enumerate(at)]
    return [int(k) if ok else other for k, ok, other in zip(at, inside, fallback)]


def _by_id(ids: list[str], fallback: list[int]) -> list[int]:
    groups, number = [], -1
    for k, name in enumerate(ids):
        if not name:
            groups.append(fallback[k])
            continue
        if k == 0 or ids[k - 1] != name:
            number += 1
        groups.append(number)
    return groups


def _up_to_word(word: list[str], group: list[int], full: dict[int, str]) -> list[str]:
    """The sentence up to and including each word, with the sentence's own spelling where the words match it."""
    members: dict[int, list[int]] = {}
    for k, g in enumerate(group):
        members.setdefault(g, []).append(k)
    texts = [""] * len(word)
    for g, at in members.items():
        tokens = full.get(g, "").split()
        if len(tokens) != len(at):
            tokens = [word[k] for k in at]
        for n, k in enumerate(at, 1):
            texts[k] = " ".join(tokens[:n])
    return texts


def preceding_sentence(sentences: pd.DataFrame, time: np.ndarray) -> list[str]:
    """The nearest sentence that began at or before each time; "" before the first."""
    at = np.searchsorted(sentences["onset"].to_numpy(float), time + 1e-9, side="right") - 1
    texts = sentences["text"].tolist()
    return [texts[k] if k >= 0 else "" for k in at]
