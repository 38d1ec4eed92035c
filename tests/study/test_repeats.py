"""Rows that stand twice, as where two annotators' exports were joined, count once by both routes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.log import remarks
from bids_vlint.study.convention import by_convention
from bids_vlint.study.dataset import Run
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.stimuli_file import read_stimuli_file
from bids_vlint.study.stimuli_tables import from_file
from bids_vlint.study.transcript import is_repeat

WORDS = pd.DataFrame({"onset": [1.0, 1.4, 1.4, 2.0, 2.5], "word": ["no", "no", "yes", "it's", "raining."]})


def run(root: Path) -> Run:
    file = root / "sub-01" / "ieeg" / "sub-01_task-a_ieeg.edf"
    file.parent.mkdir(parents=True, exist_ok=True)
    return Run(file, root, (("subject", "01"), ("task", "a")))


def convention(root: Path, words: pd.DataFrame) -> Presentation:
    own = run(root)
    rows = words.assign(onset=words["onset"] + 10, duration=0.2, trial_type="word", stim_file="n/a")
    film = pd.DataFrame({"onset": [10.0], "duration": [60.0], "trial_type": ["film"], "stim_file": ["film.mp4"]})
    table = pd.concat([film, rows]).fillna("n/a")
    table.to_csv(own.file.with_name("sub-01_task-a_events.tsv"), sep="\t", index=False)
    (found,) = by_convention(own)
    return found


def stimuli(root: Path, words: pd.DataFrame) -> Presentation:
    words.to_csv(root / "w.tsv", sep="\t", index=False)
    (root / "s.toml").write_text('[[stimulus]]\nvideo = "film.mp4"\nstart_time = 10\n[stimulus.words]\nfile = "w.tsv"\n'
                                 'text = "word"\nonset = "onset"\n')  # fmt: skip
    (entry,) = read_stimuli_file(root / "s.toml", root)
    return from_file(run(root), entry)


@pytest.mark.parametrize("route", [convention, stimuli])
@pytest.mark.parametrize("sort", [True, False])
def test_repeated_rows_count_once(tmp_path: Path, route: object, sort: bool) -> None:
    assert callable(route)
    with remarks() as silent:
        once = route(tmp_path, WORDS)
    assert not list(silent)
    twice = pd.concat([WORDS, WORDS.iloc[:4]])
    twice = twice.sort_values("onset", kind="stable") if sort else twice
    with remarks() as notes:
        found = route(tmp_path, twice)
    pd.testing.assert_frame_equal(found.heard, once.heard)
    pd.testing.assert_frame_equal(found.words, once.words)
    assert found.heard["text"].iloc[-1].endswith("it's raining.")
    (note,) = notes
    assert "4 rows of words repeat another" in note


@pytest.mark.parametrize("route", [convention, stimuli])
def test_exports_that_round_and_spell_otherwise(tmp_path: Path, route: object) -> None:
    """Onsets with fewer digits, other case, punctuation: the row of more digits stays."""
    assert callable(route)
    fine = WORDS.assign(onset=[1.0123, 1.4456, 1.4456, 2.0071, 2.5384])
    once = route(tmp_path, fine)
    for digits in (3, 2, 1):
        coarse = fine.assign(onset=fine["onset"].round(digits), word=fine["word"].str.upper() + "!")
        found = route(tmp_path, pd.concat([coarse, fine]))
        np.testing.assert_array_equal(found.heard["onset"], once.heard["onset"])
        assert found.heard["word"].tolist() == once.heard["word"].tolist()


def test_a_word_that_is_said_again_counts_again() -> None:
    assert not is_repeat(pd.Series(["no"] * 4), np.array([1.01, 1.06, 1.123, 1.2])).any()


@pytest.mark.parametrize("route", [convention, stimuli])
def test_words_without_an_onset_are_said(tmp_path: Path, route: object) -> None:
    assert callable(route)
    with remarks() as notes:
        found = route(tmp_path, WORDS.assign(onset=WORDS["onset"].where([True, False, True, True, True])))
    assert len(found.heard) == 4
    assert any("1 rows of words have no onset" in note for note in notes)
