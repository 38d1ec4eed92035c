"""A stimulus in a run: when it was on, and its words and scene cuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bids_vlint.study.clock import Showing
from bids_vlint.study.moments import preceding
from bids_vlint.study.stimulus import Measures, Phonemes, Stimulus
from bids_vlint.study.transcript import Transcript


@dataclass(frozen=True)
class Presentation:
    """A stimulus in a run.

    Attributes
    ----------
    stimulus : Stimulus
    showings : tuple of Showing
    words : DataFrame
        In movie time, sorted: movie_time, word, end, sentence, text (what the networks are shown), translation where
        there is one; as in `bids_vlint.study.transcript.Transcript`.
    heard : DataFrame
        In recording time: onset, duration, movie_time, word, text, translation; one row per word and showing.
    sentences : DataFrame
        In movie time: onset, offset, end, text, translation.
    cuts : (n,) float64 | None
        Scene cuts in movie time; None where no table gives them.
    outside, cuts_outside : int
        Words and rows of scene cuts outside every showing of any film.
    annotations : int
        Rows of words that are remarks such as [music], and are not used.
    language, translation_language : str | None
        Codes; None where not declared.
    wordless : str
        Why no word was heard, in words; "" where one was.
    measures : Measures | None
        What a table of the stimuli file says of its moments.
    phonemes : Phonemes | None
        None where its transcript has none.
    """

    stimulus: Stimulus
    showings: tuple[Showing, ...]
    words: pd.DataFrame
    heard: pd.DataFrame
    sentences: pd.DataFrame
    cuts: np.ndarray | None
    outside: int
    cuts_outside: int = 0
    annotations: int = 0
    language: str | None = None
    translation_language: str | None = None
    wordless: str = ""
    measures: Measures | None = None
    phonemes: Phonemes | None = None

    @property
    def translated(self) -> bool:
        """Whether the texts are there in another language, too."""
        return "translation" in self.words

    def before(self, movie_time: np.ndarray, context: str) -> pd.DataFrame:
        """What was said last before these times: `bids_vlint.study.moments.preceding`."""
        said = Transcript(self.words.rename(columns={"movie_time": "onset"}), self.sentences)
        return preceding(said, movie_time, context)

    def when(self, movie_time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Every recording time at which a movie time was shown: (index into movie_time, seconds in the recording)."""
        index, onset = [], []
        for showing in self.showings:
            t = showing.to_recording(movie_time)
            known = np.flatnonzero(np.isfinite(t))
            index.append(known)
            onset.append(t[known])
        return np.concatenate(index or [np.empty(0, int)]).astype(int), np.concatenate(onset or [np.empty(0)])
