"""What was shown: a film or a sound file, its words, and the events that a network is given. Times are seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

Alignment = Literal["language", "vision"]
ALIGNMENTS: tuple[Alignment, ...] = ("language", "vision")


@dataclass(frozen=True)
class Stimulus:
    """A film or a sound file, and the name that `{stimulus}` stands for in feature paths.

    Attributes
    ----------
    name : str
        File name without its last extension.
    video, audio : Path | None
    sound_track : str | None
        Which of its sound tracks was heard: a number from 1 or a language; None: the one that players choose.
    """

    name: str
    video: Path | None = None
    audio: Path | None = None
    sound_track: str | None = None

    @property
    def path(self) -> Path:
        """The film, or the sound file of a stimulus without picture."""
        path = self.video or self.audio
        assert path is not None
        return path


@dataclass(frozen=True)
class Words:
    """All words of a stimulus's transcript, in order of onset.

    Attributes
    ----------
    onset : (n_words,) float64, seconds in the movie
    duration : (n_words,) float64, seconds; NaN where unknown
    text : tuple of str
    sentence : (n_words,) int; words that follow each other and share it are a sentence
    """

    onset: np.ndarray
    duration: np.ndarray
    text: tuple[str, ...]
    sentence: np.ndarray


@dataclass(frozen=True)
class Phonemes:
    """The phonemes of a stimulus's transcript, in order of onset.

    Attributes
    ----------
    onset : (n,) float64, seconds in the movie
    label : tuple of str
        As the aligner writes them.
    """

    onset: np.ndarray
    label: tuple[str, ...]


@dataclass(frozen=True)
class Measures:
    """What a user's table says of moments of a stimulus, in order: low-level features besides those of the program.

    Attributes
    ----------
    onset : (n,) float64, seconds in the movie
    names : tuple of str
    values : (n, n_names) float64; NaN where a cell says nothing
    """

    onset: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True)
class StimulusEvents:
    """The events of one stimulus and alignment, in movie time: what every network is shown, once per stimulus.

    Attributes
    ----------
    onset : (n_events,) float64
        Seconds in the movie; strictly increasing.
    text : tuple of str
        Language: the sentence up to and including the word (or as `--context` says). Vision: the nearest preceding
        sentence ("" where there is none).
    language : str | None
        Of the text: a code such as nl, None where it is not declared.
    translation : tuple of str | None
        The same texts in `translation_language`, where the transcript gives them.
    words : Words | None
        The whole transcript, whatever the alignment.
    cuts : (n_cuts,) float64
        Scene cuts, seconds in the movie, whatever the alignment; empty where none are known.
    measures : Measures | None
    phonemes : Phonemes | None
        None where the transcript has none.
    so_far : tuple of str | None
        Of each of the words, the text of its sentence up to and including it, with words that have no onset; None where
        that is not known (`--context`).
    """

    stimulus: Stimulus
    alignment: Alignment
    onset: np.ndarray
    text: tuple[str, ...]
    language: str | None = None
    translation: tuple[str, ...] | None = None
    translation_language: str | None = None
    words: Words | None = None
    cuts: np.ndarray = field(default_factory=lambda: np.empty(0))
    measures: Measures | None = None
    phonemes: Phonemes | None = None
    so_far: tuple[str, ...] | None = None
