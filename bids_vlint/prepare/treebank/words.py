"""What was said, and when: the words of a session as a table that a stimuli file names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError
from bids_vlint.files.tables import UNSPOKEN, column, numbers, says_nothing
from bids_vlint.log import counted
from bids_vlint.prepare.checks import GOOD, MARKED, Check

FOLLOWS = 0.95  # of texts that hold together less than this is another table


def words_of_package(table: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The words of neuroprobe's table, in the order in which they were said.

    Parameters
    ----------
    table : DataFrame
        original_index, start, end (s in the film), est_idx (sample), context (what was said of the sentence before the
        word), full_word; cells as text, rows and columns in any order.
    file : Path
        For messages.

    Returns
    -------
    DataFrame
        onset, offset (s in the film), word, so_far (text of the sentence up to and including the word), sentence (a
        number), sample.

    Raises
    ------
    InputError
        65: it has no word with a time and a sample, or a cell that should be a number is none.
    """
    number = {name: numbers(table, name, file) for name in ("original_index", "start", "end", "est_idx")}
    context = column(table, "context", file).str.strip()
    word = column(table, "full_word", file).str.strip()
    words = pd.DataFrame({"onset": number["start"], "offset": number["end"], "word": word, "context": context,
                          "sample": number["est_idx"], "order": number["original_index"]})  # fmt: skip
    known = np.isfinite(words[["onset", "sample"]].to_numpy(float)).all(axis=1) & ~says_nothing(word, UNSPOKEN)
    if known.sum() < 2:
        raise InputError(file, "has no two words with a time and a sample", "fetch neuroprobe 0.1.8 again")
    words = words[known].sort_values("order", kind="stable").reset_index(drop=True)
    begins = words["context"] == ""
    words["so_far"] = (words["context"] + " " + words["word"]).str.strip()
    words["sentence"] = np.cumsum(begins.to_numpy(int) | (np.arange(len(words)) == 0))
    return words[["onset", "offset", "word", "so_far", "sentence", "sample"]]


def words_of_authors(table: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The words of the authors' transcript; tokens without a time are there, as no events.

    Parameters
    ----------
    table : DataFrame
        text, start, end (s in the film) and, where there is one, sentence_idx; cells as text.
    file : Path

    Returns
    -------
    DataFrame
        As `words_of_package`; the samples are NaN, since a transcript is of a film and of no recording.
    """
    word = column(table, "text", file).str.strip()
    words = pd.DataFrame({"onset": numbers(table, "start", file), "offset": numbers(table, "end", file), "word": word})
    ids = table["sentence_idx"] if "sentence_idx" in table else pd.Series("", index=table.index)
    words["sentence"] = (ids != ids.shift()).cumsum()
    words = words[~says_nothing(word, UNSPOKEN)].reset_index(drop=True)
    if not np.isfinite(words["onset"]).any():
        raise InputError(file, "has no word with a time", "fetch transcripts.zip again")
    if "sentence_idx" in table:
        grown = [" ".join(own[: k + 1]) for _, own in words.groupby("sentence")["word"].apply(list).items()
                 for k in range(len(own))]  # fmt: skip
        words["so_far"] = grown
    else:
        words["so_far"] = words["word"]
    return words.assign(sample=np.nan)[["onset", "offset", "word", "so_far", "sentence", "sample"]]


def check_texts(words: pd.DataFrame) -> Check:
    """Which share of the tokens of the text has a row of its own, and how many words begin a sentence.

    Parameters
    ----------
    words : DataFrame
        As `words_of_package`.
    """
    n_said = [len(said.split()) for said in words["so_far"]]
    n_own = [len(said.split()) for said in words["word"]]
    sentence = words["sentence"].tolist()
    inside = [k for k in range(1, len(words)) if sentence[k] == sentence[k - 1]]
    absent = sum(max(0, n_said[k] - n_said[k - 1] - n_own[k]) for k in inside)
    share = 1 - absent / len(words)
    value = f"{100 * share:.1f} % of {len(words)} words follow on the text before them, {len(set(sentence))} sentences"
    if share < FOLLOWS:
        return Check("text", MARKED, value, "the text before many words is not what the rows before them say")
    says = f"{counted(absent, 'token')} of the text without a row, read in the text alone" if absent else ""
    return Check("text", GOOD, value, says)
