"""Folds in stimulus time, the gap around what is held out, and blocks, on recordings of every kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.calibration.fits import contiguous_folds
from bids_vlint.encoding.blocks import BLOCK_S, blocks_of
from bids_vlint.encoding.folds import N_FOLDS, Fold, stimulus_folds
from bids_vlint.encoding.plan import folds_of
from bids_vlint.errors import InputError
from tests.encoding.recordings import events_of, run, study
from tests.reference import encoding as slow

N = 80  # events of the first film


def cut(events: pd.DataFrame, gap: float, n_folds: int = N_FOLDS) -> tuple[Fold, ...]:
    columns = [events[c].to_numpy() for c in ("stimulus", "movie_time", "run", "onset")]
    return stimulus_folds(*columns, gap=gap, n_folds=n_folds)  # type: ignore[arg-type]


def shown(seed: int, kind: str) -> pd.DataFrame:
    """Events of one film, of a film seen twice (in part), of two films, or of films cut into each other's runs."""
    rng = np.random.default_rng(seed)
    gaps = rng.choice([0.3, 0.8, 2.0, 12.0], N, p=[0.4, 0.4, 0.15, 0.05]) * rng.uniform(0.5, 1.5, N)
    times = np.round(np.cumsum(gaps), 3)
    one = events_of(times)
    if kind == "once":
        return one
    if kind == "twice":
        seen = events_of(times[rng.random(N) < 0.7], "2", start=40.0)
        return pd.concat([one, seen], ignore_index=True)
    other = events_of(np.round(times[::2] * 1.1, 3), "1" if kind == "one run" else "2", "film b", start=times[-1] + 9)
    return pd.concat([one, other], ignore_index=True)


KINDS = st.sampled_from(["once", "twice", "two films", "one run"])


def test_published_folds_are_the_protocols() -> None:
    folds = contiguous_folds(23)
    held = [np.concatenate(f.halves) for f in folds]
    assert np.array_equal(np.concatenate(held), np.arange(23))
    assert [len(h) for h in held] == [5, 5, 5, 4, 4]
    assert [len(f.halves[0]) for f in folds] == [2, 2, 2, 2, 2]
    for fold, h in zip(folds, held, strict=True):
        assert np.array_equal(np.sort(np.concatenate([fold.train, h])), np.arange(23))


@settings(max_examples=12)
@given(st.integers(0, 10**6), KINDS, st.floats(0.1, 20), st.integers(5, 10))
def test_folds_and_blocks_are_those_of_plain_loops(seed: int, kind: str, gap: float, n_folds: int) -> None:
    events = shown(seed, kind)
    folds = cut(events, gap, n_folds)
    stimulus, movie_time = events["stimulus"].tolist(), events["movie_time"].to_numpy(float)
    cuts = slow.stimulus_cuts(stimulus, movie_time, events["run"].tolist(), events["onset"].to_numpy(float), gap,
                              n_folds)  # fmt: skip
    for fold, (train, halves) in zip(folds, cuts, strict=True):
        assert fold.train.tolist() == train.tolist()
        assert [h.tolist() for h in fold.halves] == [h.tolist() for h in halves]
    blocks = blocks_of(events, folds)
    for ours, theirs in zip(blocks.ids, slow.block_numbers(cuts, stimulus, movie_time), strict=True):
        assert [b.tolist() for b in ours] == [b.tolist() for b in theirs]


@settings(max_examples=20)
@given(st.integers(0, 10**6), KINDS, st.floats(0.1, 20), st.integers(5, 10))
def test_what_folds_promise(seed: int, kind: str, gap: float, n_folds: int) -> None:
    events = shown(seed, kind)
    folds = cut(events, gap, n_folds)
    held = [np.concatenate(f.halves) for f in folds]
    assert len(folds) == n_folds
    assert np.array_equal(np.sort(np.concatenate(held)), np.arange(len(events))), "every event is held out once"
    part = np.empty(len(events), int)
    block = np.empty(len(events), int)
    blocks = blocks_of(events, folds)
    for k, fold in enumerate(folds):
        for half, ids in zip((0, 1), blocks.ids[k]):
            part[fold.halves[half]] = 2 * k + half
            block[fold.halves[half]] = ids
            assert (blocks.fold[ids] == k).all()
            assert (blocks.half[ids] == half).all()
    for _, same in events.assign(part=part, block=block).groupby(["stimulus", "movie_time"]):
        assert same["part"].nunique() == 1, "presentations of a second lie in one part"
        assert same["block"].nunique() == 1, "and in one block"
    for _, own in events.assign(block=block).groupby("block"):
        assert own["stimulus"].nunique() == 1
        assert np.ptp(own["movie_time"]) < BLOCK_S
    assert np.array_equal(np.unique(block), np.arange(len(blocks)))
    for fold, h in zip(folds, held):
        assert not set(fold.train) & set(h)
        for label, time in (("stimulus", "movie_time"), ("run", "onset")):
            same = events[label].to_numpy()[fold.train][:, None] == events[label].to_numpy()[h]
            away = np.abs(events[time].to_numpy()[fold.train][:, None] - events[time].to_numpy()[h])
            assert away[same].min(initial=np.inf) >= gap


def test_the_gap_counts_in_the_recording_too() -> None:
    """Two films in one run: the end of one trains neither the beginning of the other nor the other way round."""
    films = [events_of(np.arange(100) * 1.0), events_of(np.arange(70) * 1.0, stimulus="b", start=107.0)]
    events = pd.concat(films, ignore_index=True)
    onset = events["onset"].to_numpy()
    for fold in cut(events, 10.0):
        held = np.concatenate(fold.halves)
        assert np.abs(onset[fold.train][:, None] - onset[held]).min() >= 10
    apart = cut(events.assign(run=events["stimulus"]), 10.0)
    assert any(len(a.train) > len(b.train) for a, b in zip(apart, cut(events, 10.0))), "in two runs more may train"


def test_without_a_gap_all_others_train() -> None:
    events = shown(0, "twice")
    for fold in cut(events, 0.0):
        held = np.concatenate(fold.halves)
        assert np.array_equal(np.sort(np.concatenate([fold.train, held])), np.arange(len(events)))


def test_parts_are_equally_long() -> None:
    """A pause counts as 5 s, so that halves have as many blocks and not as many words."""
    times = np.concatenate([np.arange(200) * 0.25, 1000 + np.arange(50) * 1.0])
    events = events_of(times)
    n_words = [len(h) for fold in cut(events, 1.0) for h in fold.halves]
    assert n_words[:4] == [42, 42, 41, 42]
    assert max(n_words[5:]) <= 11
    blocks = blocks_of(events, cut(events, 1.0))
    assert blocks.per_part == 4, "a pause is none"


def test_blocks_of_the_shortest_part_are_those_that_hold_events() -> None:
    events = events_of(np.arange(0, 400, 1.0))
    assert blocks_of(events, cut(events, 4.0)).per_part == 16
    silent = events[(events["movie_time"] % 40 < 4) | (events["movie_time"] % 40 > 35)].reset_index(drop=True)
    blocks = blocks_of(silent, cut(silent, 4.0))
    assert len(blocks) == 20
    assert blocks.per_part == 4, "blocks in which nothing was said are none"


@pytest.mark.parametrize(
    ("step", "seconds", "n_folds"),
    [(0.5, 1200, 10), (0.5, 800, 10), (0.5, 560, 7), (0.5, 300, 5), (6.0, 1200, 5), (1.0, 1200, 10), (1.5, 1200, 8)],
)
def test_as_many_folds_as_leave_enough_in_each(step: float, seconds: float, n_folds: int) -> None:
    """16 blocks of 5 s and 100 events in each held-out part of more than five folds."""
    folds = folds_of(events_of(np.arange(0, seconds, step)), 14.2)
    assert folds is not None
    assert len(folds) == n_folds
    assert [f.train.tolist() for f in folds] == [
        f.train.tolist() for f in cut(events_of(np.arange(0, seconds, step)), 14.2, n_folds)
    ]


def test_silence_makes_no_folds() -> None:
    """Blocks in which nothing happens do not count, however long the film is."""
    onset = np.arange(0, 1200, 0.5)
    silent = events_of(onset[(onset % 60) < 20])
    folds = folds_of(silent, 14.2)
    assert folds is not None
    assert len(folds) == 5


def test_the_order_of_rows_changes_nothing() -> None:
    events = shown(4, "twice")
    order = np.random.default_rng(0).permutation(len(events))
    for one, two in zip(cut(events, 3.0), cut(events.iloc[order].reset_index(drop=True), 3.0)):
        assert set(order[two.train]) == set(one.train)
        assert all(set(order[b]) == set(a) for a, b in zip(one.halves, two.halves))


def test_a_recording_that_leaves_nothing_to_train_on_is_refused() -> None:
    networks, responses = study(n=420, n_electrodes=1)
    with pytest.raises(InputError, match=r"420 events .* 400 s between training and held-out"):
        run(networks, responses, reach=400.0)
    clustered = responses.events.assign(movie_time=np.repeat([0.0, 1.0, 2.0], 140))
    with pytest.raises(InputError, match="longer recording"):
        run(networks, replace(responses, events=clustered), reach=0.1)
