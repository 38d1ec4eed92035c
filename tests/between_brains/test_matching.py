"""Others' events at the same time of the same film, whatever their onsets, and what they leave of the folds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bids_vlint.between_brains.matching import SAME_EVENT_S, Watched, at_events, folds_among, joint_others, same_events
from bids_vlint.encoding.blocks import blocks_of
from bids_vlint.encoding.plan import folds_of
from tests.between_brains.people import GAP_S, people

_seen = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 12)), max_size=25)


def seen(of: list[tuple[str, int]]) -> Watched:
    return Watched(np.array([film for film, _ in of], str), np.array([0.1 * time for _, time in of]))


@given(_seen, _seen)
def test_same_film_and_time(own: list[tuple[str, int]], other: list[tuple[str, int]]) -> None:
    found = same_events(seen(own), seen(other))
    for event, row in zip(own, found):
        assert sorted(row[row >= 0]) == [k for k, one in enumerate(other) if one == event]
    known = np.flatnonzero((found >= 0).any(1))
    values = np.random.default_rng(0).standard_normal((len(other), 2, 3)).astype("f4")
    for event, value in zip(known, at_events(values, found[known])):
        mean = values[[k for k, one in enumerate(other) if one == own[event]]].mean(0)
        assert np.allclose(value, mean, atol=1e-5)


def test_a_step_apart_is_another_event() -> None:
    film = np.array(["film"] * 2)
    found = same_events(
        Watched(film, np.array([1.0, 2.0])), Watched(film, np.array([1 + 0.9 * SAME_EVENT_S, 2 + 1.1 * SAME_EVENT_S]))
    )
    assert found.tolist() == [[0], [-1]]


@given(hnp.arrays(bool, st.tuples(st.integers(0, 6), st.integers(1, 30))))
def test_those_who_count_have_the_events(known: np.ndarray) -> None:
    others, events = joint_others(known)
    if not known.any():
        assert len(others) == len(events) == 0
        return
    assert known[others][:, events].all()
    assert known[others].all(0).sum() == len(events)
    most = known.sum(1).max()
    assert len(events) * len(others) / (1 + len(others)) >= most / 2


def test_many_who_saw_little_do_not_cost_those_who_saw_all() -> None:
    known = np.zeros((5, 100), bool)
    known[[0, 3]] = True
    known[1, :10] = known[2, 5:15] = True
    others, events = joint_others(known)
    assert others.tolist() == [0, 3]
    assert len(events) == 100


def test_folds_among_all_events_are_those_of_the_tests() -> None:
    made = people(0, 1, 1, minutes=10.0)
    folds = folds_of(made.events, GAP_S)
    assert folds is not None
    blocks = blocks_of(made.events, folds)
    train, block = np.zeros((len(folds), len(made.events)), bool), np.full(len(made.events), -1)
    for own, fold, ids in zip(train, folds, blocks.ids):
        own[fold.train] = True
        for half, numbers in zip(fold.halves, ids):
            block[half] = numbers
    whole = folds_among(train, block, blocks.fold, blocks.half, np.arange(len(made.events)))
    assert whole is not None
    assert np.allclose(whole.weights, 1)
    for one, other in zip(whole.folds, folds):
        assert (one.train == other.train).all()
        assert all((a == b).all() for a, b in zip(one.halves, other.halves))
    part = np.flatnonzero(made.events["movie_time"].to_numpy() < 350)
    cut = folds_among(train, block, blocks.fold, blocks.half, part)
    assert cut is not None
    assert len(cut.folds) == 4, "of seven, in the first 350 of 600 s"
    kept = np.unique(np.concatenate([np.concatenate(pair) for pair in cut.blocks.ids]))
    assert set(np.flatnonzero(cut.weights)) == set(kept)
    even = np.bincount(block, minlength=len(blocks)) / np.bincount(
        2 * blocks.fold[block] + blocks.half[block]
    )[2 * blocks.fold + blocks.half] / (2 * len(folds))  # fmt: skip
    assert (cut.weights * even).sum() == pytest.approx(1), "of an r that is the same everywhere it is that"
    assert folds_among(train, block, blocks.fold, blocks.half, part[:60]) is None
