"""Shifted responses: what they are, that every choice is repeated on them, and what is done where there are none."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bids_vlint.encoding.design import Columns
from bids_vlint.encoding.engine import encode
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan, design_of
from bids_vlint.encoding.shift import draw_shifts, positions, room
from bids_vlint.inference.calibrated.evidence import CORRECTED, SHIFTS, evidence
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.windows import STEP_S
from tests.encoding.recordings import AFTER, LAGS, PLAN, events_of, from_tracks, run, study

# Shares of float32 that differ between blocks of columns of other sizes.
NEAR = 2e-5


def track(n_steps: int, run: str = "1", n_electrodes: int = 2) -> Track:
    rng = np.random.default_rng(n_steps)
    return Track(run, 3 + np.arange(n_steps) * STEP_S, rng.standard_normal((n_steps, n_electrodes)).astype("f4"))


@settings(max_examples=40)
@given(st.lists(st.integers(3000, 30000), min_size=1, max_size=3), st.integers(1, 50), st.floats(0, 7), st.integers())
def test_no_shift_is_nearer_than_the_reach(lengths: list[int], n: int, reach: float, seed: int) -> None:
    tracks = [track(length, str(k)) for k, length in enumerate(lengths)]
    shifts = draw_shifts(tracks, n, STEP_S, reach, np.random.default_rng(abs(seed)))
    assert shifts.steps.shape == (len(lengths), n)
    assert shifts.n == n
    for row, length in zip(shifts.steps, lengths):
        assert (row >= 0).all()
        assert (row * STEP_S >= reach - 1e-9).all()
        assert ((length - row) * STEP_S >= reach - 1e-9).all(), "nor from behind"
        span = length - 2 * int(np.ceil(reach / STEP_S))
        order = np.sort(row) - int(np.ceil(reach / STEP_S))
        assert (np.abs(order - (np.arange(n) + 0.5) * span / n) <= span / n / 2 + 1).all(), "they cover the run evenly"


def test_room_is_that_of_the_shortest_run() -> None:
    assert room([track(4000), track(5000)], STEP_S, 14.0) == pytest.approx(100 - 28)
    assert room([], STEP_S, 14.0) == -np.inf


@pytest.mark.parametrize("twice", [False, True])
def test_a_shifted_response_is_the_track_later_on(twice: bool) -> None:
    networks, responses = study(1, twice=twice, n_electrodes=3)
    design, _ = design_of(networks, responses, replace(PLAN, n_shifts=4), np.random.default_rng(0), 1)
    assert design.shifts is not None
    assert design.n_replicates == 5
    electrode, replicate = np.array([2, 0, 1, 1, 2, 0]), np.array([1, 0, 3, 1, 4, 2])
    y = design.targets(Columns(electrode, replicate))
    events = responses.events
    for row in range(0, len(events), 37):
        own = next(k for k, t in enumerate(responses.tracks) if t.run == events["run"][row])
        tr = responses.tracks[own]
        for k, (e, s) in enumerate(zip(electrode, replicate)):
            shift = 0.0 if s == 0 else design.shifts.steps[own, s - 1] * STEP_S
            for b, lag in enumerate(LAGS[AFTER]):
                t = events["onset"][row] + lag + shift - tr.time[0]
                step = round(t / STEP_S) % len(tr.time)
                assert y[row, k, b] == tr.data[step, e]


def test_runs_are_shifted_within_themselves() -> None:
    """A value of one run never stands in the other."""
    networks, responses = study(1, twice=True, n_electrodes=2)
    tracks = tuple(replace(t, data=np.full_like(t.data, k + 1)) for k, t in enumerate(responses.tracks))
    design, _ = design_of(networks, replace(responses, tracks=tracks), PLAN, np.random.default_rng(0), 1)
    assert design.shifts is not None
    assert not np.array_equal(design.shifts.steps[0], design.shifts.steps[1]), "each run in an order of its own"
    y = design.targets(Columns(np.zeros(10, int), np.arange(1, 11)))
    second = (responses.events["run"] == "2").to_numpy()
    assert (y[second] == 2).all()
    assert (y[~second] == 1).all()


def test_time_that_no_window_covers_is_not_shifted_through() -> None:
    """The track leaves out a long silence: what is rolled jumps over it."""
    events = events_of(np.concatenate([np.arange(100) * 1.0, 400 + np.arange(100) * 1.0]))
    onset = events["onset"].to_numpy()
    steps = np.concatenate([np.arange(*np.round(part / STEP_S).astype(int)) * STEP_S
                            for part in (np.array([5, 109]), np.array([405, 509]))])  # fmt: skip
    data = np.arange(len(steps), dtype=np.float32)[:, None]
    responses = Responses(np.zeros((200, 1, 6), "f4"), ("A",), LAGS, events, (Track("1", steps, data),))
    ((own, at),) = positions(responses, LAGS[AFTER])
    assert own.tolist() == list(range(200))
    assert np.allclose(steps[at], onset[:, None] + LAGS[AFTER])
    network = NetworkFeatures("eye", "vision", True, {"a": np.zeros((200, 2), "f4")})
    design, _ = design_of([network], responses, replace(PLAN, bins=(0.0, 1.0)), np.random.default_rng(0), 1)
    assert design.shifts is not None
    assert (design.shifts.steps < len(steps)).all(), "steps of the covered time, not of the recording"


def test_the_nearest_step_is_taken() -> None:
    events = pd.DataFrame({"onset": [10.0, 10.011, 10.014, 99.0], "run": "1"})
    tr = track(3000)
    ((_, at),) = positions(Responses(np.zeros((4, 2, 1), "f4"), ("A", "B"), np.zeros(1), events, (tr,)), np.zeros(1))
    assert np.allclose(tr.time[at[:, 0]], [10.0, 10.0, 10.025, tr.time[-1]]), "beyond the end it is the last"


def test_everything_is_repeated_under_a_shift() -> None:
    """What replicate k holds is what the shifted responses give as if they had been recorded: choices, linear control
    and block sums."""
    networks, responses = study(4, n_electrodes=4, low_level=True)
    encoded = run(networks, responses, n_shifts=3)
    for k in range(3):
        shift = round(encoded.shift_s[0, k] / STEP_S)
        (tr,) = responses.tracks
        rolled = replace(tr, data=np.roll(tr.data, -shift, axis=0))
        events, first = responses.events, round(float(tr.time[0]) / STEP_S)
        at = np.round((events["onset"].to_numpy()[:, None] + LAGS) / STEP_S).astype(int) - first
        data = np.moveaxis(rolled.data[at], 2, 1)
        alone = run(networks, replace(responses, data=data), n_shifts=0)
        assert alone.scores.models == encoded.scores.models
        for m, label in enumerate(encoded.scores.models):
            if label == "linear":  # the pairs that it joins are those of the responses as recorded
                continue
            assert np.abs(encoded.score[m, :, :, k + 1] - alone.score[m, :, :, 0]).max() < NEAR, label
        trained = [m for m, label in enumerate(encoded.scores.models) if label != "linear"]
        gap = np.abs(encoded.sums[trained][..., k + 1] - alone.sums[trained][..., 0]).max(1)
        assert (gap < NEAR).mean() > 0.97, "near ties alone may fall otherwise"


def test_the_linear_control_chooses_anew_under_every_shift() -> None:
    networks, responses = study(4, n_electrodes=12)
    encoded = run(networks, responses, n_shifts=10)
    linear = encoded.scores.models.index("linear")
    parts = [encoded.scores.models.index(name) for name in ("eye", "ear")]
    assert (encoded.score[linear] >= encoded.score[parts].max(0)).all(), "as recorded and shifted"
    assert (encoded.score[linear] > encoded.score[parts].max(0) + 1e-3).any(axis=(0, 1)).all()


def test_shifts_are_of_other_responses_and_the_same_for_all() -> None:
    networks, responses = study(n_electrodes=2)
    one, two, other = (run(networks, responses, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.sums, two.sums)
    assert np.array_equal(one.sums[..., 0], other.sums[..., 0])
    assert not np.array_equal(one.shift_s, other.shift_s)
    assert one.n_shifts == 10
    few = run(networks[:1], responses)
    assert np.array_equal(few.shift_s, one.shift_s)


def method_of(responses: Responses, networks: list[NetworkFeatures], plan: EncodingPlan) -> tuple[str, tuple[str, ...]]:
    encoded = encode(networks, responses, plan, rng=np.random.default_rng(0))
    tests = evidence(encoded, networks, []).tests
    assert (tests["n_shifts"] == encoded.n_shifts).all()
    assert np.isfinite(tests["p"]).all()
    (method,) = set(tests["method"])
    return method, encoded.notes


def test_a_recording_too_short_is_tested_by_the_corrected_t() -> None:
    networks, responses = study(n_electrodes=3)
    assert method_of(responses, networks, PLAN) == (SHIFTS, ())
    none = ("No shifts were asked for: p-values come from the corrected t (Nadeau and Bengio 2003) instead of circular "
            "shifts.")  # fmt: skip
    assert method_of(responses, networks, replace(PLAN, n_shifts=0)) == (CORRECTED, (none,))
    method, notes = method_of(replace(responses, tracks=()), networks, PLAN)
    assert method == CORRECTED
    assert notes == ("A run has 0 s to shift within, fewer than 69: p-values come from the corrected t (Nadeau and "
                     "Bengio 2003) instead of circular shifts (in all runs that are analysed together; --run leaves "
                     "one out).",)  # fmt: skip
    assert method_of(responses, networks, replace(PLAN, n_shifts=1)) == (CORRECTED, (none,)), "one shift has no spread"
    short = tuple(replace(t, time=t.time[:2500], data=t.data[:2500]) for t in responses.tracks)
    method, notes = method_of(replace(responses, tracks=short), networks, PLAN)
    assert method == CORRECTED
    assert "62 s to shift within, fewer than 69" in notes[0]
    enough = tuple(replace(t, time=t.time[:2800], data=t.data[:2800]) for t in responses.tracks)
    assert method_of(replace(responses, tracks=enough), networks, PLAN) == (SHIFTS, ())


def test_every_run_must_have_a_track() -> None:
    networks, responses = study(n_electrodes=2, twice=True)
    method, notes = method_of(replace(responses, tracks=responses.tracks[:1]), networks, PLAN)
    assert method == CORRECTED
    assert notes[0].startswith("A run has 0 s to shift within")


def test_few_blocks_are_counted() -> None:
    networks, responses = study(n=150, n_electrodes=3)
    method, notes = method_of(responses, networks, PLAN)
    assert method == CORRECTED
    assert re.match("A held-out part has [4-7] blocks of 5 s, fewer than 8", notes[0])


def test_responses_are_those_of_the_tracks() -> None:
    """The recordings that tests are made of: at no shift a track's values are the responses."""
    _, responses = study(2, twice=True, n_electrodes=2)
    again = from_tracks(responses.events, responses.tracks)
    assert np.array_equal(again.data, responses.data)
    for (own, at), tr in zip(positions(responses, responses.lags), responses.tracks):
        assert np.array_equal(np.moveaxis(tr.data[at], 2, 1), responses.data[own])
