"""Clocks between film and recording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bids_vlint.study.clock import from_pairs, from_rows, pauses

NAN = float("nan")


def at(showings: list, movie: float) -> list[float]:
    """Recording times of a movie time."""
    times = [float(s.to_recording(np.array([movie]))[0]) for s in showings]
    return [t for t in times if np.isfinite(t)]


@pytest.mark.parametrize("duration", [NAN, 0.0, 60.0, 500.0])
def test_a_paused_film(duration: float) -> None:
    showings = from_rows([10, 200], [0, 60], [duration, NAN])
    assert at(showings, 30) == [40]
    assert at(showings, 61) == [201]
    assert pauses(showings).tolist() == [70, 200]


def test_a_film_that_was_wound_back() -> None:
    showings = from_rows([10, 200], [0, 50], [60, NAN])
    assert at(showings, 55) == [65, 205]


def test_rows_that_follow_each_other_are_no_pause() -> None:
    showings = from_rows([10, 40.01], [0, 30], [30, 30])
    assert len(showings) == 1
    assert len(pauses(showings)) == 0
    assert at(showings, 45) == pytest.approx([55.01])


def test_a_film_seen_twice() -> None:
    showings = from_rows([10, 500], [0, 0], [NAN, NAN])
    assert at(showings, 100) == [110, 600]


@given(st.floats(0.9999, 1.0001), st.floats(0, 100))
def test_clocks_that_drift(slope: float, start: float) -> None:
    movie = np.arange(0, 600, 60.0)
    (showing,) = from_pairs(movie, start + slope * movie)
    wanted = np.array([0.0, 31.7, 300.0, 539.9])
    assert np.allclose(showing.to_recording(wanted), start + slope * wanted)
    assert np.allclose(showing.to_movie(showing.to_recording(wanted)), wanted)
    assert np.isnan(showing.to_recording(np.array([-1.0, 541.0]))).all()


def test_pairs_with_a_pause() -> None:
    showings = from_pairs(np.array([0, 60, 60, 390.0]), np.array([10, 70, 200, 530.0]))
    assert len(showings) == 2
    assert at(showings, 61) == [201]
    assert pauses(showings).tolist() == [70, 200]
    jitter = from_pairs(np.arange(0, 10, 0.1), np.arange(0, 10, 0.1) + 0.01 * (np.arange(100) % 2))
    assert len(jitter) == 1
