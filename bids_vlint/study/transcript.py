"""Transcripts: words, the sentences that they form, and the text that a network is shown at each word and cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.study.sentences import by_growth, by_id, by_punctuation, by_table, stand_ins, texts_so_far

_ANNOTATION = re.compile(r"(\[[^\[\]]*\]|[♩♪♫♬\s])+")  # [music], ♪: what is heard, not what is said

_SAME_S = 0.01 + 1e-6
_ROUNDED_S = 0.05 + 1e-6  # to tenths of a second

TO_WORD, SENTENCE = "to-word", "sentence"  # values of --context; the others are whole numbers


@dataclass(frozen=True)
class Transcript:
    """Words and sentences of a stimulus.

    Attributes
    ----------
    words : DataFrame
        In order of onset. onset, offset (seconds, offset NaN where unknown), end (the offset, else the onset), word,
        sentence (row of `sentences` where a table gives them, else negative), text: what a network is shown at the
        word; translation, where there is one: the same in the other language.
    sentences : DataFrame
        In order of onset. onset, offset (seconds, from when on all of it has been said; NaN where unknown), end (the
        offset, else the last word's end), text; translation, where there is one.
    """

    words: pd.DataFrame
    sentences: pd.DataFrame


def is_repeat(text: pd.Series, onset: np.ndarray) -> np.ndarray:
    """Which rows say the same at the same time as another, as where two exports were joined: (n,) bool.

    Exports differ in case, punctuation and the digits of onsets: the row whose onset has more digits stays, of equals
    the first.

    Examples
    --------
    >>> is_repeat(pd.Series(["a", "a", "b", "a"]), np.array([1.0, 1.0, 1.0, 2.0])).tolist()
    [False, True, False, False]
    >>> is_repeat(pd.Series(["No.", "no", "no"]), np.array([1.2, 1.2346, 1.5])).tolist()
    [True, False, False]
    >>> is_repeat(pd.Series(["a", "a"]), np.array([np.nan, np.nan])).tolist()
    [False, False]
    """
    onset, again = np.asarray(onset, float), np.zeros(len(onset), bool)
    plain = text.str.casefold().str.replace(r"\W+", "", regex=True)
    said = plain.where(plain != "", text.str.strip()).to_numpy(object)
    last: dict[str, int] = {}
    for k in np.argsort(onset, kind="stable"):  # those without an onset come last
        before = last.get(said[k])
        if np.isfinite(onset[k]) and before is not None and _same_time(onset[before], onset[k]):
            coarser = _decimals(onset[before]) < _decimals(onset[k])
            again[before if coarser else k] = True
            if not coarser:
                continue
        last[said[k]] = int(k)
    return again


def _same_time(one: float, other: float) -> bool:
    """Whether two onsets of a word are one: nobody says it again so soon, or one is the other rounded."""
    apart = abs(one - other)
    return apart <= _SAME_S or (apart <= _ROUNDED_S and min(_decimals(one), _decimals(other)) <= 1)


def _decimals(seconds: float) -> int:
    return len(f"{seconds:.6f}".rstrip("0").partition(".")[2])


def said_of_repeats(n: int, file: Path) -> str:
    """What is remarked on repeated rows."""
    return f"{file.name}: {n} rows of words repeat another (the same onset and word) and do not count."


def said_of_untimed(n: int, file: Path) -> str:
    """What is remarked on rows of words without an onset."""
    return f"{file.name}: {n} rows of words have no onset and are no events."


def is_annotation(text: pd.Series) -> np.ndarray:
    """Which texts are nothing but remarks in square brackets or musical notes: (n,) bool.

    Examples
    --------
    >>> is_annotation(pd.Series(["[music]", "hello", "♪"])).tolist()
    [True, False, True]
    """
    return text.map(lambda t: bool(t.strip()) and _ANNOTATION.fullmatch(t) is not None).to_numpy(bool)


def transcript(
    word: Sequence[str],
    onset: np.ndarray,
    offset: np.ndarray,
    sentence_id: Sequence[str] | None = None,
    sentences: pd.DataFrame | None = None,
    *,
    context: str = TO_WORD,
    translation: Sequence[str] | None = None,
    stretch: np.ndarray | None = None,
    so_far: Sequence[str] | None = None,
) -> Transcript:
    """Put words into sentences, and say what a network is shown at each word.

    A table of sentences comes first, then ids, then texts that grow; otherwise words are joined until end punctuation
    or a gap of 1 s.

    Parameters
    ----------
    word : sequence of str, in order
    onset, offset : (n_words,) seconds; offset NaN where unknown
        A word whose onset is NaN belongs to the text of those after it, and is no row of the result.
    sentence_id : sequence of str
        "" where a word has none.
    sentences : DataFrame
        onset, offset (seconds), text; translation, where there is one ("" where a sentence has none).
    context : str
        to-word: the sentence up to and including the word; sentence: the whole sentence; a whole number N: the word
        and the N words before it, across sentences.
    translation : sequence of str
        Of each word; "" where it has none.
    stretch : (n_words,) int
        Number of the stretch of film that a word is in; neither sentences nor contexts reach across.
    so_far : sequence of str
        The text of each word's sentence up to and including it; "" where it is made of the words.

    Returns
    -------
    Transcript
        With a translation where every text of this context has one: that of sentences alone is enough for whole
        sentences, but cannot be cut at a word.

    Examples
    --------
    >>> said = transcript(["The", "cat", "sat.", "Then"], np.arange(4.0), np.arange(4.0) + 0.5)
    >>> said.words["text"].tolist()
    ['The', 'The cat', 'The cat sat.', 'Then']
    >>> said.sentences["text"].tolist()
    ['The cat sat.', 'Then']
    """
    words = pd.DataFrame({"onset": onset, "offset": offset, "word": list(word)})
    words["end"] = words["offset"].fillna(words["onset"])
    timed = np.isfinite(np.asarray(onset, float))
    stretches = np.zeros(len(word), int) if stretch is None else np.asarray(stretch, int)
    groups = by_punctuation(list(word), onset, offset)
    given = [""] * len(word) if so_far is None else texts_so_far(so_far, list(word), groups)
    if sentences is not None:
        groups = by_table(onset, sentences, groups, stand_ins(list(word), timed))
    elif sentence_id is not None:
        groups = by_id(list(sentence_id), groups)
    elif so_far is not None:
        groups = by_growth(given, list(word))
    words["sentence"] = groups if sentences is not None else -1
    parts = {key: at for key, at in _parts(list(zip(stretches.tolist(), groups))).items() if timed[at].any()}
    table = _ends(sentences, words) if sentences is not None else _as_table(words, parts)
    for name, own in {"text": list(word), "translation": None if translation is None else list(translation)}.items():
        full = list(sentences[name]) if sentences is not None and name in sentences else None
        if own is None and (full is None or context != SENTENCE):
            table = table.drop(columns=name, errors="ignore")
            continue
        tokens = _spelled(own or [""] * len(word), parts, full)
        grown = given if name == "text" else [""] * len(word)
        words[name] = _in_context(tokens, parts, stretches, context, full, grown)
        joined = _by_sentence(tokens, parts, grown, numbered=None if sentences is None else len(table))
        table[name] = [a or b for a, b in zip(full, joined)] if full is not None else joined
    in_order = table.sort_values("onset", kind="stable").reset_index(drop=True)
    return Transcript(words[timed].reset_index(drop=True), table if sentences is not None else in_order)


def _parts(keys: list[tuple[int, int]]) -> dict[tuple[int, int], list[int]]:
    """The words of each sentence: (stretch, number) -> places, in order."""
    parts: dict[tuple[int, int], list[int]] = {}
    for k, key in enumerate(keys):
        parts.setdefault(key, []).append(k)
    return parts


def _as_table(words: pd.DataFrame, parts: dict[tuple[int, int], list[int]]) -> pd.DataFrame:
    """Sentences as their words make them; their texts come later."""
    timed = words["onset"].notna().to_numpy()
    known = [[k for k in at if timed[k]] for at in parts.values()]
    first, last = [at[0] for at in known], [at[-1] for at in known]
    onset, end = words["onset"].to_numpy(float)[first], words["end"].to_numpy(float)[last]
    return pd.DataFrame({"onset": onset, "offset": np.nan, "end": end})


def _ends(sentences: pd.DataFrame, words: pd.DataFrame) -> pd.DataFrame:
    """A table of sentences with their ends: not before the last word that the table of words gives them."""
    table = sentences.reset_index(drop=True)
    last = words.groupby("sentence")[["onset", "end"]].max().reindex(table.index)
    known = table["offset"].to_numpy(float)
    offset = np.where(np.isnan(known), np.nan, np.fmax(known, last["onset"]))
    end = np.fmax(np.fmax(offset, last["end"]), table["onset"])
    return table.assign(offset=offset, end=end)


def _spelled(tokens: list[str], parts: dict[tuple[int, int], list[int]], full: list[str] | None) -> list[str]:
    """The words, with the sentence's own spelling where they match it one by one."""
    out = list(tokens)
    for (_, g), at in parts.items():
        spoken = [k for k in at if tokens[k]]
        own = full[g].split() if full is not None and g >= 0 else []
        if len(own) == len(spoken):
            for k, token in zip(spoken, own):
                out[k] = token
    return out


def _in_context(
    tokens: list[str],
    parts: dict[tuple[int, int], list[int]],
    stretches: np.ndarray,
    context: str,
    full: list[str] | None,
    so_far: list[str],
) -> list[str]:
    texts = [""] * len(tokens)
    if context not in (TO_WORD, SENTENCE):
        begin = np.searchsorted(stretches, stretches)  # place of the first word of each word's stretch
        for k in range(len(tokens)):
            texts[k] = _join(tokens[max(int(begin[k]), k - int(context)) : k + 1])
        return texts
    for (_, g), at in parts.items():
        whole = full[g] if full is not None and g >= 0 and full[g] else _whole(tokens, at, so_far)
        for n, k in enumerate(at, 1):
            texts[k] = whole if context == SENTENCE else so_far[k] or _join([tokens[j] for j in at[:n]])
    return texts


def _by_sentence(
    tokens: list[str], parts: dict[tuple[int, int], list[int]], so_far: list[str], *, numbered: int | None
) -> list[str]:
    """The joined words of each sentence: of those of a table of `numbered` rows, else of every one."""
    if numbered is None:
        return [_whole(tokens, at, so_far) for at in parts.values()]
    members = {g: at for (_, g), at in parts.items()}
    return [_whole(tokens, members.get(g, []), so_far) for g in range(numbered)]


def _whole(tokens: list[str], at: list[int], so_far: list[str]) -> str:
    """A sentence: the text at its last word, or its words joined."""
    return (so_far[at[-1]] if at else "") or _join([tokens[k] for k in at])


def _join(tokens: Sequence[str]) -> str:
    return " ".join(t for t in tokens if t)


def text_columns(text: Transcript) -> list[str]:
    """Columns of what is said: the text, and its translation where there is one."""
    return [c for c in ("text", "translation") if c in text.words]


def longest_texts(words: pd.DataFrame) -> pd.DataFrame:
    """One row for each movie time, in order: that with the longest text (two words may have one onset)."""
    longest_first = words.iloc[np.argsort([-len(text) for text in words["text"]], kind="stable")]
    return longest_first.drop_duplicates("movie_time").sort_values("movie_time").reset_index(drop=True)
