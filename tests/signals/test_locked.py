"""High gamma around events: a planted response, and parts that share no window."""

from __future__ import annotations

import numpy as np
import pytest

from bids_vlint.signals.locked import APART_S, LOCKED_LAGS, N_PARTS, means_of_parts

DECIBEL = 10 / np.log(10)


def planted(onset: np.ndarray, n_steps: int, height: float) -> np.ndarray:
    """A bump 0.4 s after each event, in a trace of steps of 0.1 s."""
    time = np.arange(n_steps) / 10
    return height * np.exp(-0.5 * ((time[:, None] - onset - 0.4) / 0.15) ** 2).sum(axis=1)


def test_a_planted_response_has_its_height_and_time() -> None:
    rng = np.random.default_rng(0)
    onset = 5 + 6 * np.arange(100) + rng.uniform(0, 1, 100)
    noise = 0.3 * rng.standard_normal((6200, 2))
    trace = noise + np.column_stack([planted(onset, 6200, 0.5), np.zeros(6200)])
    level, n_events = means_of_parts([trace], [onset])
    assert n_events.tolist() == [10] * N_PARTS  # they are 5 s apart at least
    mean = level.mean(axis=0)
    assert LOCKED_LAGS[mean[0].argmax()] == 0.4
    own = np.stack([np.interp(onset + lag, np.arange(6200) / 10, trace[:, 0]) for lag in LOCKED_LAGS], axis=1)
    np.testing.assert_allclose(mean[0], (own.mean(axis=0) - trace[:, 0].mean()) * DECIBEL, atol=1e-4)
    assert mean[0, 14] - mean[0, 0] == pytest.approx(0.5 * DECIBEL, abs=0.4)
    assert np.abs(mean[1]).max() < 0.4


def test_no_window_of_a_part_reaches_into_another() -> None:
    onset = np.arange(20.0, 120.0, 0.5)
    _, n_events = means_of_parts([np.random.default_rng(0).standard_normal((1500, 1))], [onset])
    parts = np.array_split(onset, N_PARTS)
    assert n_events[0] == len(parts[0])
    for before, own, n in zip(parts, parts[1:], n_events[1:]):
        assert n == (own >= before[-1] + APART_S).sum()
    assert (n_events[1:] < 20).all()


def test_runs_are_put_together_each_against_its_own_mean() -> None:
    onsets = [np.arange(10.0, 90.0, 8.0), np.arange(10.0, 90.0, 8.0)]
    traces = [np.column_stack([planted(onset, 1000, 1.0) + 100 * k, np.zeros(1000)]) for k, onset in enumerate(onsets)]
    level, n_events = means_of_parts(traces, onsets)
    assert n_events.tolist() == [2] * N_PARTS
    assert np.ptp(level[:, 0], axis=0).max() < 0.1
    assert np.isnan(level[:, 1]).all()  # the trace does not vary: its rate does not hold high gamma


def test_few_events_leave_parts_empty() -> None:
    level, n_events = means_of_parts([np.random.default_rng(0).standard_normal((300, 1))], [np.array([5.0, 15.0])])
    assert n_events.sum() == 2
    assert np.isnan(level[n_events == 0]).all()
    assert np.isfinite(level[n_events > 0]).all()
