"""Continuous signals: which time they cover, and that events' responses are values of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bids_vlint.encoding.shift import positions
from bids_vlint.signals.extract import Cleaning, Signal, extract
from bids_vlint.signals.reference import derive
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.windows import LAGS, STEP_S, covered_steps, window_means
from tests.encoding.recordings import events_of

SFREQ = 256.0
N_TIMES = int(200 * SFREQ)


@settings(max_examples=30)
@given(st.lists(st.floats(2.2, 500), min_size=1, max_size=30))
def test_steps_cover_what_windows_cover(onset: list[float]) -> None:
    steps = covered_steps(np.array(onset))
    step = np.round(steps / STEP_S).astype(int)
    assert np.allclose(steps, step * STEP_S, atol=1e-9), "on a grid"
    assert (np.diff(step) > 0).all()
    near = np.abs(steps[:, None] - np.array(onset)).min(1)
    assert near.max() <= 2 + STEP_S / 2 + 1e-6, "no step where no event's window reaches"
    for t in onset:
        inside = step[np.abs(steps - t) <= 2]
        assert len(inside) in (160, 161)
        assert (np.diff(inside) == 1).all()
    wanted = np.array(onset)[:, None] + LAGS
    assert np.abs(steps[np.abs(steps[:, None, None] - wanted[None]).argmin(0)] - wanted).max() <= STEP_S / 2 + 1e-6


def test_steps_of_other_lags_and_of_none() -> None:
    assert covered_steps(np.empty(0)).shape == (0,)
    assert np.allclose(covered_steps(np.array([10.0]), np.array([-0.05, 0.1])), np.arange(398, 405) * STEP_S)
    apart = covered_steps(np.array([10.0, 20.0]))
    assert len(apart) == 2 * 161
    assert np.isclose(np.diff(apart).max(), 10 - 4)
    assert len(covered_steps(np.array([10.0, 10.5]))) == 161 + 20


@pytest.fixture(scope="module")
def extracted() -> tuple[np.ndarray, np.ndarray, Responses]:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((3, N_TIMES)).cumsum(1) * 1e-6
    data[2] = 0
    names = ["A1", "A2", "A3"]
    derivations, _ = derive(names, "none")
    signal = Signal(lambda wanted: np.stack([data[names.index(n)] for n in wanted]), N_TIMES, SFREQ)
    onsets = {"language": np.sort(rng.uniform(5, 190, 120)), "vision": np.array([8.0, 30.0, 44.4])}
    steps = covered_steps(np.concatenate(list(onsets.values())))
    out, track, _, flat = extract(signal, derivations, onsets, steps=steps, whole=np.empty(0), cuts=np.empty(0),
                                  cleaning=Cleaning(None, "broadband", 0.1, average=False), contacts=names)  # fmt: skip
    assert flat == ["A3"]
    assert track.shape == (len(steps), 3)
    assert track.dtype == np.float32
    events = events_of(onsets["language"], start=0.0)
    responses = Responses(out["language"], ("A1", "A2", "A3"), LAGS, events, (Track("1", steps, track),))
    return steps, track, responses


def test_a_track_is_the_window_mean_at_each_step(extracted: tuple[np.ndarray, np.ndarray, Responses]) -> None:
    steps, track, _ = extracted
    assert not track[:, 2].any(), "a flat channel"
    assert (track[:, :2].std(0) > 0.3).all()
    ramp = np.arange(N_TIMES) / SFREQ
    assert np.abs(window_means(ramp, SFREQ, steps, np.zeros(1))[:, 0] - steps).max() <= 1 / SFREQ + 1e-5


def test_responses_are_the_track_at_the_nearest_step(extracted: tuple[np.ndarray, np.ndarray, Responses]) -> None:
    """Onsets lie up to 12.5 ms from a step, and windows are 200 ms long."""
    _, track, responses = extracted
    ((own, at),) = positions(responses, LAGS)
    assert own.tolist() == list(range(120))
    found = np.moveaxis(track[at], 2, 1)
    for e in (0, 1):
        r = np.corrcoef(found[:, e].ravel(), responses.data[:, e].ravel())[0, 1]
        assert r > 0.995
        late = np.corrcoef(found[:, e, :-4].ravel(), responses.data[:, e, 4:].ravel())[0, 1]
        assert late < r - 0.001, "and not a step or more beside it"
