"""Where the film lies in a recording, in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.fit.coverage import where_film_lies
from bids_vlint.study.clock import UNBOUNDED_S, Showing
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.stimulus import Stimulus
from tests.acceptance.films import write_audio

OPEN = np.array([0.0, UNBOUNDED_S])


def presentation(film: Path, *showings: Showing) -> Presentation:
    words = pd.DataFrame({"movie_time": [1.0, 88.0], "end": [1.5, 88.4]})
    return Presentation(Stimulus("film", audio=film), showings, words, words, words, None, 0)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_audio(tmp_path_factory.mktemp("film") / "film.wav", 90.4)


@pytest.mark.parametrize(
    "start, said",
    [
        (97.6, "film from 97.6 s to 188 s of a 200 s recording"),
        (150.0, "film from 150 s to 240.4 s of a 200 s recording; 40.4 s of it after its end"),
        (-3.0, "film from -3 s to 87.4 s of a 200 s recording; 3 s of it before its start"),
        (900.0, "film from 900 s to 990.4 s of a 200 s recording; 90.4 s of it after its end"),
    ],
)
def test_a_film_that_runs_on(film: Path, start: float, said: str) -> None:
    assert where_film_lies(presentation(film, Showing(OPEN, OPEN + start)), 200.0) == said


def test_a_film_that_is_not_there_reaches_to_its_last_word(tmp_path: Path) -> None:
    shown = presentation(tmp_path / "film.wav", Showing(OPEN, OPEN + 10))
    assert where_film_lies(shown, 200.0) == "film from 10 s to at least 98.4 s of a 200 s recording"


def test_stretches(film: Path) -> None:
    parts = [Showing(np.array([m, m + 10.0]), np.array([3 * m + 5, 3 * m + 15.0])) for m in range(0, 60, 20)]
    assert where_film_lies(presentation(film, *parts[:2]), 200.0) == (
        "film from 5 s to 15 s and from 65 s to 75 s of a 200 s recording"
    )
    parts.append(Showing(np.array([60.0, 70.0]), np.array([185.0, 195.0])))
    assert where_film_lies(presentation(film, *parts), 200.0) == (
        "film from 5 s to 195 s, in 4 stretches, of a 200 s recording"
    )
