"""Noise ceilings of repeated films: known reliabilities, and n/a where a film was seen once."""

from __future__ import annotations

import numpy as np
import pytest

from bids_vlint.inference.descriptions.ceiling import noise_ceiling, repeats

N = 800


def seen(
    times: int, reliability: float, seed: int = 0, n_electrodes: int = 6, n: int = N
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Responses of which a share repeats, over presentations one after the other."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal((n, n_electrodes, 2))
    noise = rng.standard_normal((times, n, n_electrodes, 2))
    y = np.sqrt(reliability) * signal + np.sqrt(1 - reliability) * noise
    time = np.tile(np.arange(n) / 2 + rng.uniform(0, 0.4, n), times)
    stimulus, blocks = np.full(n * times, "film"), (time // 5).astype(int)
    return y.reshape(-1, n_electrodes, 2), stimulus, time, blocks, signal


def test_of_a_flat_response_nothing_is_known() -> None:
    y, stimulus, time, blocks, _ = seen(2, 0.3)
    y[:, 1] = 0.1
    y[:N, 2, 0] = 7.0
    found = noise_ceiling(y, stimulus, time, blocks, n_resamples=20)
    assert np.isnan([found.r[1], found.low[1], found.reliability[1], found.averaged[1]]).all()
    assert np.isnan(found.r[2]).tolist() == [True, False]
    assert np.isnan(found.mean).tolist() == [False, True, True, False, False, False]


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("reliability", [0.04, 0.3])
def test_ceiling_is_what_the_true_signal_reaches(times: int, reliability: float) -> None:
    y, stimulus, time, blocks, signal = seen(times, reliability)
    found = noise_ceiling(y, stimulus, time, blocks, n_resamples=200)
    single = np.mean([
        [np.corrcoef(y[k * N : (k + 1) * N, e, b], signal[:, e, b])[0, 1] for k in range(times)]
        for e in range(6) for b in range(2)
    ])  # fmt: skip
    assert found.r.mean() == pytest.approx(single, abs=0.04)
    assert found.mean == pytest.approx(np.full(6, np.sqrt(reliability)), abs=0.13)
    average = y.reshape(times, N, 6, 2).mean(0)
    reached = np.mean([np.corrcoef(average[:, e, b], signal[:, e, b])[0, 1] for e in range(6) for b in range(2)])
    assert found.averaged.mean() == pytest.approx(reached, abs=0.04)
    assert (found.n_presentations, found.n_events) == (times, N)


def test_two_presentations_are_a_plain_correlation() -> None:
    y, stimulus, time, blocks, _ = seen(2, 0.3)
    rng = np.random.default_rng(1)
    order = rng.permutation(len(y))  # a table's order does not matter, but for which presentation is called first
    order = np.concatenate([order[order < N], order[order >= N]])
    found = noise_ceiling(y[order], stimulus[order], time[order], blocks[order], n_resamples=20)
    direct = [[np.corrcoef(y[:N, e, b], y[N:, e, b])[0, 1] for b in range(2)] for e in range(6)]
    np.testing.assert_allclose(found.reliability, direct, atol=1e-10)
    np.testing.assert_allclose(found.r, np.sqrt(direct), atol=1e-10)
    np.testing.assert_allclose(found.mean, np.sqrt(np.mean(direct, 1)), atol=1e-10)


@pytest.mark.parametrize("reliability", [0.0, 0.25])
def test_the_mean_is_what_repeats_and_its_interval_holds_it(reliability: float) -> None:
    """Also where nothing repeats: a mean of roots that are cut off at zero would be 0.1 there."""
    true = np.sqrt(reliability)
    found = []
    for seed in range(25):
        y, stimulus, time, blocks, _ = seen(2, reliability, seed, 8, 400)
        found.append(noise_ceiling(y, stimulus, time, blocks, n_resamples=200))
    mean, low, high = (np.concatenate([getattr(one, name) for one in found]) for name in
                       ("mean", "mean_low", "mean_high"))  # fmt: skip
    assert np.mean(mean) == pytest.approx(true, abs=0.03)
    assert 0.88 <= np.mean((low <= true) & (true <= high)) <= 0.99
    bins = np.stack([[one.r, one.low, one.high] for one in found])
    assert bins[:, 0].mean() == pytest.approx(true, abs=0.03)
    assert 0.88 <= np.mean((bins[:, 1] <= true) & (true <= bins[:, 2])) <= 0.99
    for one in found[:3]:
        np.testing.assert_allclose(np.sign(one.r) * one.r**2, one.reliability, atol=1e-12)
        np.testing.assert_allclose(np.sign(one.mean) * one.mean**2, one.reliability.mean(1), atol=1e-12)


def test_seen_once_or_hardly_repeated_is_not_available() -> None:
    y, stimulus, time, blocks, _ = seen(1, 0.5)
    once = noise_ceiling(y, stimulus, time, blocks)
    assert np.isnan(once.r).all()
    assert np.isnan(once.mean).all()
    assert (once.n_presentations, once.n_events) == (1, 0)
    few = np.concatenate([np.arange(N), np.arange(10)])  # the first seconds again
    hardly = noise_ceiling(y[few], stimulus[few], time[few], blocks[few])
    assert np.isnan(hardly.r).all()
    assert hardly.n_events == 10


def test_repeats_pairs_the_same_second_of_the_same_film() -> None:
    stimulus = np.array(["a", "a", "b", "a", "a", "b"])
    time = np.array([1.0, 2.0, 1.0, 2.00004, 1.0, 9.0])
    found = {tuple(row) for row in repeats(stimulus, time).tolist()}
    assert found == {(0, 4), (1, 3), (2, -1), (5, -1)}
    assert repeats(np.empty(0, str), np.empty(0)).shape[0] == 0
