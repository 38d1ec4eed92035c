"""What was said last at moments that are no words: scene cuts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bids_vlint.study.transcript import SENTENCE, TO_WORD, Transcript

SILENCE_S = 30.0  # so long after the last word, a sentence is no longer what is being heard
SPOKEN, SILENT, NOTHING_SAID = "spoken", "silence", "none"  # of the column text_status


def preceding(transcript: Transcript, time: np.ndarray, context: str) -> pd.DataFrame:
    """What a network is shown at moments that are no words: what was said last.

    Parameters
    ----------
    transcript : Transcript
        Words and sentences sorted by onset, both of the same clock.
    time : (n,) seconds
    context : str
        sentence: the nearest sentence that began at or before the moment, however long ago. to-word: the same, as far
        as it has been said: up to the last word whose onset is at or before the moment. A whole number N: that word
        and the N words before it.

    Returns
    -------
    DataFrame
        A row per moment: text ("" where there is none), translation where the transcript has one, status: `none`
        before the first sentence, `silence` more than 30 s after the end of what was said last, else `spoken`. In
        silence there is no text, but where whole sentences are asked for.

    Examples
    --------
    >>> from bids_vlint.study.transcript import transcript
    >>> said = transcript(["The", "cat", "sat."], np.arange(3.0), np.arange(3.0) + 0.5)
    >>> found = preceding(said, np.array([-1.0, 1.5, 60.0]), "to-word")
    >>> found["text"].tolist(), found["status"].tolist()
    (['', 'The cat', ''], ['none', 'spoken', 'silence'])
    """
    words, sentences, time = transcript.words, transcript.sentences, np.asarray(time, float)
    row, whole = _last(words, time), np.full(len(time), -1)
    if context == SENTENCE:
        whole = _begun(words, sentences, time, row)
    elif context == TO_WORD:
        whole = _said(words, sentences, time, row)
    found = {}
    for name in [c for c in ("end", "text", "translation") if c in words]:
        nothing = np.array([np.nan if name == "end" else ""], object)  # what -1 points to
        of_word, of_sentence = (np.append(t[name].to_numpy(object), nothing) for t in (words, sentences))
        found[name] = np.where(whole >= 0, of_sentence[whole], of_word[row])
    out = pd.DataFrame(found).astype({"end": float})
    silent = (time - out["end"] > SILENCE_S).to_numpy()
    out["status"] = np.where(out["end"].isna(), NOTHING_SAID, np.where(silent, SILENT, SPOKEN))
    if context != SENTENCE:
        out.loc[silent, [c for c in out if c in ("text", "translation")]] = ""
    return out.drop(columns="end")


def _last(table: pd.DataFrame, time: np.ndarray) -> np.ndarray:
    """The last row that began at or before each time; -1 before the first."""
    return np.searchsorted(table["onset"].to_numpy(float), time + 1e-9, side="right") - 1


def _begun(words: pd.DataFrame, sentences: pd.DataFrame, time: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The sentence that began last; -1 where a word began later that is in none of the table."""
    at = _last(sentences, time)
    stray = np.append(words["sentence"].to_numpy(int), 0)[row] < 0
    onset = np.append(sentences["onset"].to_numpy(float), -np.inf)[at]
    return np.where(stray & (np.append(words["onset"].to_numpy(float), -np.inf)[row] > onset), -1, at)


def _said(words: pd.DataFrame, sentences: pd.DataFrame, time: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The sentence of a table that was said last and to its end, where no word of another came after it; else -1."""
    at = _last(sentences, time)
    over = np.append(sentences["offset"].to_numpy(float), np.nan)[at] <= time + 1e-9
    own = np.append(words["sentence"].to_numpy(int), -1)[row] == at
    later = np.append(sentences["onset"].to_numpy(float), np.nan)[at] > np.append(words["onset"], -np.inf)[row]
    return np.where(over & (own | later), at, -1)
