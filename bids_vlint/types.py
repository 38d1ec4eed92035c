"""The values that flow from stage to stage. Arrays are float32 unless said, times are seconds, lags are seconds
relative to an event's onset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

Alignment = Literal["language", "vision"]
ALIGNMENTS: tuple[Alignment, ...] = ("language", "vision")
Modality = Literal["vision", "language", "multimodal", "low_level"]
MODALITIES: tuple[Modality, ...] = ("vision", "language", "multimodal")  # of the networks that a model set declares
LOW_LEVEL: Literal["low_level"] = "low_level"  # modality, source and name of the features that the program adds

# The published protocol: the mean in 200 ms windows centred on 161 positions from -2 to +2 s.
LAGS: np.ndarray = np.round(np.linspace(-2.0, 2.0, 161), 3)
WINDOW_S = 0.2


@dataclass(frozen=True)
class Stimulus:
    """A film or a sound file, and the name that `{stimulus}` stands for in feature paths."""

    name: str  # file name without its last extension
    video: Path | None = None
    audio: Path | None = None

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


@dataclass(frozen=True)
class ModelSpec:
    """A `[[model]]` of a model set (a TOML file)."""

    name: str
    modality: Modality
    source: str  # a module of bids_vlint.features.families
    architecture: str | None = None
    weights: str | None = None  # a file's name or path, or a pretrained tag
    revision: str | None = None
    tower: Literal["image", "text", "both"] | None = None
    trained: bool = True
    layers: tuple[str, ...] | None = None  # None: the family's default layer (precomputed: all)
    path: str | None = None  # precomputed: the template with {stimulus} and {alignment}
    folder: Path = field(default=Path())  # of the TOML file; weights and paths are looked for here first
    twin: int | None = None  # of a random twin: which of several, from 1; None where there is one
    url: str | None = None  # where `models fetch` gets the weights' file
    sha256: str | None = None  # of the weights' file: the whole digest or its beginning
    language: tuple[str, ...] | None = None  # codes of the languages that it reads ("*": any); None: not declared
    context_length: int | None = None  # most tokens of a text, where it is less than the network's own limit
    regions: str | None = None  # the detector whose region features it sees: a folder, a hub id, or "coco"

    @property
    def label(self) -> str:
        """Its name in outputs: a random twin is NAME-random, or NAME-random-2 where there are several."""
        return self.name if self.trained else f"{self.name}-random" + (f"-{self.twin}" if self.twin else "")


@dataclass(frozen=True)
class Comparison:
    """A `[[comparison]]` of a model set: the best of `model` against the best of `baseline`."""

    name: str
    model: tuple[str, ...]
    baseline: tuple[str, ...]


@dataclass(frozen=True)
class ModelSet:
    """A model set: random twins included, as specs with `trained=False`."""

    file: Path
    models: tuple[ModelSpec, ...]
    comparisons: tuple[Comparison, ...] = ()


class Layers(Mapping[str, np.ndarray]):
    """Layers of a network, (n_events, n_features) float32 each, read when they are asked for.

    Parameters
    ----------
    widths : name -> n_features
    read : name -> array
    """

    def __init__(self, widths: Mapping[str, int], read: Callable[[str], np.ndarray]) -> None:
        self.widths, self._read = dict(widths), read

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.widths:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.widths)

    def __len__(self) -> int:
        return len(self.widths)


@dataclass(frozen=True)
class Features:
    """Features of one network for the events of one stimulus and alignment.

    Attributes
    ----------
    onset : (n_events,) float64, seconds in movie time
    layers : Layers
    source : where they come from, for messages
    notes : what reports should say of them
    """

    onset: np.ndarray
    layers: Layers
    source: str
    notes: tuple[str, ...] = ()


# Steps of a track.
STEP_S = 0.025


@dataclass(frozen=True)
class Track:
    """The electrodes' signals over the time of a run that events' windows cover.

    Attributes
    ----------
    run : its label, as in the events' `run`
    time : (n_steps,) float64, seconds in the recording; steps of 25 ms, longer where no event's window reaches
    data : (n_steps, n_electrodes) float32; means in 200 ms windows centred on `time`, standardised as the responses
    """

    run: str
    time: np.ndarray
    data: np.ndarray


@dataclass(frozen=True)
class Responses:
    """What the electrodes did around the events of one fit and alignment.

    Attributes
    ----------
    data : (n_events, n_electrodes, n_lags) float32; standardised per run and electrode
    channels : names, in order
    lags : (n_lags,) seconds
    events : one row per event: onset (s in its recording), duration, trial_type, run, stimulus, movie_time (s), text
    tracks : the continuous signals, one per run; empty where only the responses are known
    """

    data: np.ndarray
    channels: tuple[str, ...]
    lags: np.ndarray
    events: pd.DataFrame
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True)
class Scores:
    """Held-out Pearson correlations of one fit and alignment, and their bootstrap interval.

    Arrays r, r_low, r_high, penalty: (n_models, n_electrodes, n_lags). layer: (n_models, n_electrodes), str.
    validation: (n_models, n_electrodes), mean validation r over bins at or after onset.
    """

    models: tuple[str, ...]
    channels: tuple[str, ...]
    lags: np.ndarray
    r: np.ndarray
    r_low: np.ndarray
    r_high: np.ndarray
    penalty: np.ndarray
    layer: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True)
class EventLog:
    """How many events of an alignment were found, used, and dropped for which reason."""

    found: int
    used: int
    dropped: dict[str, int]


@dataclass(frozen=True)
class FitName:
    """The entities that name a fit's files (a fit of several runs has no run)."""

    subject: str
    task: str
    session: str | None = None
    acquisition: str | None = None
    run: str | None = None

    @property
    def stem(self) -> str:
        """BIDS file name without desc and suffix: sub-01_ses-a_task-film_acq-x_run-1."""
        parts = {"sub": self.subject, "ses": self.session, "task": self.task}
        parts |= {"acq": self.acquisition, "run": self.run}
        return "_".join(f"{k}-{v}" for k, v in parts.items() if v is not None)

    @property
    def folder(self) -> Path:
        """Folder below the output directory."""
        session = [f"ses-{self.session}"] if self.session else []
        return Path(f"sub-{self.subject}", *session, "ieeg")


@dataclass(frozen=True)
class FitRecord:
    """What the reports say of a fit besides its numbers; kept as the `Fit` object of the sites' JSON sidecar."""

    recordings: list[dict[str, Any]]
    stimuli: list[dict[str, Any]]
    channels_dropped: list[dict[str, str]]
    events: dict[str, EventLog]
    models: list[dict[str, Any]]
    notes: list[str]
    settings: dict[str, Any]
    inputs: dict[str, str] = field(default_factory=dict)  # file or network -> digest of its content
