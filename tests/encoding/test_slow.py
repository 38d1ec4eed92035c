"""What the responses' high-pass takes out is taken out of the features, within runs and held-out parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import signal

from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.slow import impulse_response, slow_part, without_slow_part
from tests.reference import encoding as reference

CUTOFF = 0.1


def stretch(onset: np.ndarray, run: str = "1") -> pd.DataFrame:
    return pd.DataFrame({"onset": onset, "run": run})


def whole(n: int) -> list[Fold]:
    """One part holds everything."""
    return [Fold(np.arange(0), (np.arange(n // 2), np.arange(n // 2, n)))]


def test_dense_events_are_filtered_as_the_signals_are() -> None:
    step = 0.25
    x = np.cumsum(np.random.default_rng(0).standard_normal((1200, 3)), axis=0)
    x = (x - x.mean(0)) / x.std(0)
    events = stretch(np.arange(len(x)) * step)
    made = without_slow_part(x, slow_part(events, whole(len(x)), CUTOFF))
    sos = signal.butter(2, CUTOFF, "highpass", fs=1 / step, output="sos")
    expected = signal.sosfiltfilt(sos, x, axis=0)
    inside = slice(100, -100)
    assert np.abs(made[inside] - expected[inside]).max() < 0.03 * expected.std()


def test_the_impulse_response_is_a_low_pass_of_gain_one() -> None:
    time = np.arange(-60, 60, 0.01)
    response = impulse_response(time, CUTOFF)
    assert response.sum() * 0.01 == pytest.approx(1, abs=1e-4)
    at_cutoff = (response * np.cos(2 * np.pi * CUTOFF * time)).sum() * 0.01
    assert at_cutoff == pytest.approx(0.5, abs=1e-3)  # 1 / sqrt 2 forwards, and as much backwards


def test_parts_and_runs_know_nothing_of_each_other() -> None:
    rng = np.random.default_rng(1)
    onset = np.cumsum(rng.uniform(0.2, 0.6, 60))
    events = pd.concat([stretch(onset), stretch(onset, "2")], ignore_index=True)
    halves = np.split(np.arange(60), 4)
    first, second = ((np.append(a, a + 60), np.append(b, b + 60)) for a, b in (halves[:2], halves[2:]))
    slow = slow_part(events, [Fold(np.concatenate(second), first), Fold(np.concatenate(first), second)], CUTOFF)
    x = rng.standard_normal((120, 2))
    changed = x.copy()
    changed[:30] = rng.permutation(changed[:30])  # the same mean and SD
    before, after = without_slow_part(x, slow), without_slow_part(changed, slow)
    np.testing.assert_array_equal(before[30:], after[30:])
    assert (before[:30] != after[:30]).any()


def test_events_far_apart_are_kept_and_constants_stay_nothing() -> None:
    onset = np.arange(40) * 30.0
    x = np.random.default_rng(2).standard_normal((40, 2)).astype(np.float32)
    x[:, 1] = 0.1
    made = without_slow_part(x, slow_part(stretch(onset), whole(40), CUTOFF))
    assert np.corrcoef(made[:, 0], x[:, 0])[0, 1] > 0.999
    assert not made[:, 1].any()


def test_without_a_filter_features_are_as_they_are() -> None:
    x = np.ones((3, 2))
    assert without_slow_part(x, None) is x


def test_an_independent_implementation_agrees() -> None:
    rng = np.random.default_rng(3)
    onset, x = np.cumsum(rng.uniform(0.2, 1.5, 300)), np.cumsum(rng.standard_normal((300, 4)), axis=0)
    parts = [[np.arange(k, k + 70), np.arange(k + 70, k + 150)] for k in (0, 150)]
    cuts = [(np.concatenate(parts[1 - k]), own) for k, own in enumerate(parts)]
    folds = [Fold(train, (halves[0], halves[1])) for train, halves in cuts]
    expected = reference.without_slow_part(x, onset, cuts, CUTOFF)
    found = without_slow_part(x, slow_part(stretch(onset), folds, CUTOFF))
    np.testing.assert_allclose(found, expected, atol=1e-5)
