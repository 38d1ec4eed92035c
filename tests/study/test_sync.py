"""Tables of paired times of the Brain Treebank's kind: samples that jitter, steps of 50 to 200 ms, real pauses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bids_vlint.errors import InputError
from bids_vlint.study.clock import pauses
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.stimuli_file import read_stimuli_file
from bids_vlint.study.stimuli_tables import from_file

RATE = 2048.0
REACH_S = 2.1
WORDS = '[[stimulus]]\nvideo = "film.mp4"\n[stimulus.words]\nfile = "words.csv"\ntext = "word"\nonset = "start"\n'
SYNC = '[stimulus.sync]\nfile = "sync.csv"\nmovie = "start"\nrecording = "index"\n'
SAMPLES = f'unit = "samples"\nrate = {RATE:g}\n'


@dataclass(frozen=True)
class Session:
    """When words are in the film (s), at which sample they were, and the words before and after real pauses (s)."""

    movie: np.ndarray
    index: np.ndarray
    stops: np.ndarray


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, jitter = draw(st.integers(800, 2500)), draw(st.sampled_from([0.0001, 0.0065]))
    movie = np.round(2.0 + np.cumsum(0.06 + rng.exponential(0.28, n)), draw(st.sampled_from([3, 6])))
    offset = np.full(n, rng.uniform(0, 300))
    steps = rng.choice(np.arange(1, n), draw(st.integers(0, 120)), replace=False)
    for k in steps:  # what adds up to no more than 0.2 s with the jitter of both rows
        offset[k:] += rng.uniform(0.05, 0.2 - 8 * jitter)
    stops = np.sort(rng.choice(np.arange(10, n - 9, 10), draw(st.integers(0, 3)), replace=False))
    for k in stops:
        offset[k:] += rng.uniform(1, 600)
    index = np.round((movie * draw(st.floats(0.9999, 1.0001)) + offset + jitter * rng.standard_normal(n)) * RATE)
    return Session(movie, index, np.concatenate([movie[stops - 1], movie[stops]]))


def shown(folder: Path, session: Session, toml: str) -> Presentation:
    words = pd.DataFrame({"word": "so", "start": session.movie})
    words.to_csv(folder / "words.csv", index=False)
    pd.DataFrame({"start": session.movie, "index": session.index}).to_csv(folder / "sync.csv", index=False)
    (folder / "stimuli.toml").write_text(toml)
    (entry,) = read_stimuli_file(folder / "stimuli.toml", folder)
    recording = folder / "sub-01" / "ieeg" / "sub-01_task-movie_ieeg.vhdr"
    return from_file(Run(recording, folder, tuple(entities_of(recording).items())), entry)


@settings(max_examples=12)
@given(sessions())
def test_no_word_is_lost_to_jitter_and_every_onset_is_within_a_sample(session: Session) -> None:
    with TemporaryDirectory() as folder:
        presentation = shown(Path(folder), session, WORDS + SYNC + SAMPLES)
    heard = presentation.heard
    assert len(presentation.showings) == 1 + len(session.stops) // 2
    truth = dict(zip(np.round(session.movie, 4), session.index / RATE))
    assert len(heard) >= 0.99 * len(truth)
    wrong = heard["onset"] - heard["movie_time"].map(truth)
    assert np.abs(wrong).max() <= 1 / RATE
    stopped = pauses(presentation.showings)  # windows are lost around real pauses, and nowhere else
    lost = np.abs(heard["onset"].to_numpy()[:, None] - stopped).min(1, initial=np.inf) < REACH_S
    stops = np.abs(heard["movie_time"].to_numpy()[:, None] - session.stops).min(1, initial=np.inf)
    assert stops[lost].max(initial=0) < REACH_S + 0.3


def test_a_tolerance_of_its_own(tmp_path: Path) -> None:
    movie = np.arange(0, 60, 0.5)
    session = Session(movie, (movie + 0.12 * (movie >= 30)) * RATE, np.empty(0))
    assert len(shown(tmp_path, session, WORDS + SYNC + SAMPLES).showings) == 1
    assert len(shown(tmp_path, session, WORDS + SYNC + SAMPLES + "tolerance = 0.1\n").showings) == 2


def test_rows_that_repeat_or_step_back_within_the_tolerance(tmp_path: Path) -> None:
    """At pauses triggers share a sample, and movie time steps back by up to 0.06 s."""
    movie = np.arange(0, 40, 0.085)
    index = np.round((movie + 3 + 50 * (movie > 20)) * RATE)
    at = int(np.searchsorted(movie, 20))
    movie, index = (np.insert(x, at, [x[at], x[at]]) for x in (movie, index))
    movie[at + 2] = movie[at] - 0.06
    presentation = shown(tmp_path, Session(movie, index, np.empty(0)), WORDS + SYNC + SAMPLES)
    assert len(presentation.showings) == 2
    offset = (presentation.heard["onset"] - presentation.heard["movie_time"] - 3).to_numpy()
    assert np.minimum(np.abs(offset), np.abs(offset - 50)).max() < 0.07
    assert len(presentation.heard) >= len(np.unique(movie)) - 1


def test_the_rate_is_the_recordings_own_unless_it_is_given(tmp_path: Path) -> None:
    movie = np.arange(0, 60, 0.5)
    session = Session(movie, (movie + 4) * 512, np.empty(0))
    with pytest.raises(InputError, match="no SamplingFrequency"):
        shown(tmp_path, session, WORDS + SYNC + 'unit = "samples"\n')
    (tmp_path / "sub-01" / "ieeg").mkdir(parents=True)
    (tmp_path / "sub-01" / "ieeg" / "sub-01_task-movie_ieeg.json").write_text('{"SamplingFrequency": 512}')
    heard = shown(tmp_path, session, WORDS + SYNC + 'unit = "samples"\n').heard
    assert np.allclose(heard["onset"], movie + 4)


@pytest.mark.parametrize(
    "extra, said",
    [
        ("", 'lets the recording take 2048 s for a second of the film; give seconds, or say unit = "samples"'),
        ('unit = "samples"\nrate = 1024\n', "lets the recording take 2 s for a second of the film; correct its rate"),
        ('unit = "sample"\n', "did you mean samples?"),
        ("rate = 2048\n", "gives a rate, but its times are in seconds"),
        ('unit = "samples"\nrate = 0\n', "rate is 0; give Hz"),
        ('unit = "samples"\nrate = "2048"\n', "rate is '2048'; give Hz"),
        ("tolerance = -1\n", "tolerance is -1; give seconds"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, extra: str, said: str) -> None:
    movie = np.arange(0, 60, 0.5)
    with pytest.raises(InputError) as error:
        shown(tmp_path, Session(movie, movie * RATE, np.empty(0)), WORDS + SYNC + extra)
    assert said in str(error.value)
