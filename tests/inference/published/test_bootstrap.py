"""The published bootstrap against explicit copies of rows and a solve for every penalty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bids_vlint.encoding.cholesky import ridge_solve
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.errors import InputError
from bids_vlint.inference.published import bootstrap as module
from bids_vlint.inference.published.bootstrap import Refitted, refit, resampled_counts
from bids_vlint.inference.published.correlation import correlations, prepare
from bids_vlint.inference.published.resample import sorted_resample, standardised
from bids_vlint.signals.responses import Responses
from tests.reference import published as slow
from tests.reference.encoding import folds

LAGS = np.linspace(-1, 1, 5)


def responses_of(data: np.ndarray) -> Responses:
    events = pd.DataFrame({"onset": np.arange(len(data)) * 0.7 + 3, "run": "1"})
    return Responses(data.astype(np.float32), tuple(f"A{k}" for k in range(data.shape[1])), LAGS, events)


def study(n: int = 100, n_electrodes: int = 4) -> tuple[list[NetworkFeatures], Responses]:
    """Two layers of seeing, two of hearing, one of both, and a random twin; electrodes that follow eye, ear, both."""
    rng = np.random.default_rng(0)
    v, s = rng.standard_normal((2, n, 4))

    def features(x: np.ndarray) -> np.ndarray:
        return (x @ rng.standard_normal((x.shape[1], 12)) + 0.1 * rng.standard_normal((n, 12))).astype(np.float32)

    both = np.concatenate([v, s, v * s], 1)
    networks = [
        NetworkFeatures("eye", "vision", True, {"a": features(v), "b": features(v[:, :2])}),
        NetworkFeatures("ear", "language", True, {"a": features(s[:, :2]), "b": features(s[:, 2:])}),
        NetworkFeatures("fusion", "multimodal", True, {"a": features(both)}),
        NetworkFeatures("fusion", "multimodal", False, {"a": features(rng.standard_normal((n, 3)))}),
    ]
    data = 2 * rng.standard_normal((n, n_electrodes, len(LAGS)))
    for e in range(n_electrodes):
        x = (v[:, :2], s[:, :2], both, s[:, 2:])[e % 4]
        data[:, e] += x @ rng.standard_normal((x.shape[1], len(LAGS)))
    return networks, responses_of(data)


def run(networks: list[NetworkFeatures], responses: Responses, n: int = 12, threads: int = 1) -> Refitted:
    return refit(networks, responses, n_bootstraps=n, rng=np.random.default_rng(1), threads=threads)


def draws_of(n_events: int, n: int = 12) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.array([rng.integers(0, n_events, n_events) for _ in range(n)])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_a_cholesky_solve_is_a_solve(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(0)
    x, rows = rng.standard_normal((30, 40)), rng.standard_normal((7, 40)).astype(dtype)
    gram = (x.T @ x).astype(dtype)
    kept = gram.copy(), rows.copy()
    found = ridge_solve(gram, 2.0, rows)
    expected = np.linalg.solve(gram + 2.0 * np.eye(40), rows.T).T
    assert found.dtype == dtype
    assert np.abs(found - expected).max() < tolerance
    assert np.array_equal(gram, kept[0])
    assert np.array_equal(rows, kept[1])
    with pytest.raises(np.linalg.LinAlgError):
        ridge_solve(gram, -1e4, rows)


@given(st.integers(10, 80), st.integers(0, 10**6))
@settings(max_examples=50)
def test_rows_and_counts_are_the_parts_of_the_sorted_copies(n: int, seed: int) -> None:
    counts = resampled_counts(n, 1, np.random.default_rng(seed))[0]
    copies = np.repeat(np.arange(n), counts)
    resample = sorted_resample(counts)
    rebuilt = np.repeat(resample.events, resample.counts.astype(int))
    assert np.array_equal(rebuilt, copies)
    for fold, (training, validation, test) in enumerate(folds(n)):
        for rows, expected in (
            (resample.validation(fold), validation),
            (resample.test(fold), test),
            (resample.training(fold), training),
        ):
            repeated = np.repeat(resample.events[rows], resample.counts[rows].astype(int))
            assert np.array_equal(repeated, copies[expected])


@pytest.mark.parametrize(("n", "p"), [(120, 9), (90, 60), (80, 200), (61, 5)])
def test_one_resample_is_that_of_copied_rows(n: int, p: int) -> None:
    """Primal and kernel form; columns of very unequal size, one constant, one constant in most training parts."""
    rng = np.random.default_rng(n + p)
    x = (rng.standard_normal((n, p)) * 10 ** rng.uniform(-2, 2, p) + rng.standard_normal(p) * 20).astype(np.float32)
    x[:, 1] = 7.3
    x[5:, 2] = 0.5
    y = (x[:, :1] * rng.standard_normal(30) * 0.02 + rng.standard_normal((n, 30)) + 5).astype(np.float32)
    counts = resampled_counts(n, 1, rng)[0]
    copies = np.repeat(np.arange(n), counts)
    resample = sorted_resample(counts)
    validation, test = correlations(prepare(standardised(x, np.float64), resample), y[resample.events].astype(float))
    expected_validation, expected_test, margin = slow.best_scores(x[copies], y[copies])
    clear = margin > 1e-9
    assert clear.mean() > 0.9
    assert np.abs(validation - expected_validation).max() < 1e-8
    assert np.abs(test - expected_test)[clear].max() < 1e-8
    validation, test = correlations(prepare(standardised(x, np.float32), resample), (y - y.mean(0))[resample.events])
    assert np.abs(validation - expected_validation).max() < 1e-4
    assert np.abs(test - expected_test)[margin > 1e-4].max() < 1e-4


@given(st.integers(50, 90), st.integers(4, 90), st.integers(0, 10**6))
@settings(max_examples=15)
def test_any_resample_is_that_of_copied_rows(n: int, p: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, p)).astype(np.float32), rng.standard_normal((n, 4)).astype(np.float32)
    counts = resampled_counts(n, 1, rng)[0]
    copies = np.repeat(np.arange(n), counts)
    resample = sorted_resample(counts)
    assume(np.diff(resample.edges).min() > 1)  # a half of one event has no correlation
    validation, test = correlations(prepare(standardised(x, np.float64), resample), y[resample.events].astype(float))
    expected_validation, expected_test, margin = slow.best_scores(x[copies], y[copies])
    assert np.abs(validation - expected_validation).max() < 1e-7
    assert np.abs(test - expected_test)[margin > 1e-7].max(initial=0) < 1e-7


def test_single_precision_is_near() -> None:
    """As in a large study: the same draws, products in float32."""
    networks, responses = study(n=120, n_electrodes=3)
    exact = run(networks, responses)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SMALL", 0)
        near = run(networks, responses)
    for name in module.ARRAYS:
        assert np.abs(getattr(exact, name) - getattr(near, name)).max() < 1e-3
    assert np.median(np.abs(exact.r - near.r)) < 1e-6


def test_means_and_percentiles_are_those_of_a_loop_over_resamples() -> None:
    networks, responses = study(n=100, n_electrodes=4)
    found = run(networks, responses)
    flat = responses.data.reshape(100, -1)
    shape = responses.data.shape[1:]
    for network in networks:
        k = found.models.index(network.label)
        r_of_layer = {n: slow.best_scores(x, flat)[0].reshape(shape).mean(1) for n, x in network.layers.items()}
        names = np.array(list(r_of_layer))
        layer = names[np.argmax(list(r_of_layer.values()), axis=0)]
        assert np.array_equal(found.layer[k], layer)
        for name in set(layer):
            validation, test, _ = slow.resampled_scores(network.layers[name], flat, draws_of(100))
            at = layer == name
            for values, mean, low, high in (
                (test, found.r, found.r_low, found.r_high),
                (validation, found.validation, found.validation_low, found.validation_high),
            ):
                for expected, array in zip(
                    (values.mean(0), *np.percentile(values, (2.5, 97.5), axis=0)), (mean, low, high), strict=True
                ):
                    assert np.abs(array[k] - expected.reshape(shape))[at].max() < 1e-6


def test_the_linear_control_joins_each_electrodes_best_two() -> None:
    networks, responses = study(n=90, n_electrodes=3)
    flat, shape = responses.data.reshape(90, -1), responses.data.shape[1:]
    rng = np.random.default_rng(5)
    other = NetworkFeatures("other", "language", True, {"a": rng.standard_normal((90, 5)).astype(np.float32)})
    found = run([*networks, other], responses)

    def score(x: np.ndarray) -> np.ndarray:
        return slow.best_scores(x, flat)[0].reshape(shape).mean(1)

    sides = {m: [n for n in [*networks, other] if n.trained and n.modality == m] for m in ("language", "vision")}
    for e in range(3):
        best = [
            max(((score(x)[e], n.label, k, x) for n in side for k, x in n.layers.items()), key=lambda t: t[0])
            for side in sides.values()
        ]
        assert found.layer[-1, e] == "+".join(f"{label}/{layer}" for _, label, layer, _ in best)
        x = np.concatenate([layer for *_, layer in best], axis=1)
        validation, test, _ = slow.resampled_scores(x, responses.data[:, e], draws_of(90))
        assert np.abs(found.r[-1, e] - test.mean(0)).max() < 1e-6
        assert np.abs(found.validation_low[-1, e] - np.percentile(validation, 2.5, axis=0)).max() < 1e-6


def test_twins_are_averaged_resample_by_resample() -> None:
    networks, responses = study(n=80, n_electrodes=2)
    rng = np.random.default_rng(3)
    twins = [
        NetworkFeatures("eye", "vision", False, {"a": rng.standard_normal((80, 6)).astype(np.float32)}, k)
        for k in (1, 2)
    ]
    found = run([networks[0], *twins], responses)
    assert found.models == ("eye", "eye-random", "eye-random-1", "eye-random-2")
    flat = responses.data.reshape(80, -1)
    both = [slow.resampled_scores(t.layers["a"], flat, draws_of(80)) for t in twins]
    validation, test = (np.mean([one[k] for one in both], axis=0) for k in (0, 1))
    assert np.abs(found.r[1].ravel() - test.mean(0)).max() < 1e-6
    assert np.abs(found.validation_low[1].ravel() - np.percentile(validation, 2.5, axis=0)).max() < 1e-6


def test_threads_groups_and_order_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    networks, responses = study(n=100, n_electrodes=6)
    one, two = run(networks, responses), run(networks, responses, threads=3)
    for name in module.ARRAYS:
        assert np.array_equal(getattr(one, name), getattr(two, name))
    monkeypatch.setattr(module, "RESAMPLED_BYTES", 2 * 4 * 5 * 12 * 2)  # two electrodes at a time
    grouped = run(networks[::-1], responses)
    order = [grouped.models.index(m) for m in one.models]
    for name in module.ARRAYS:
        assert np.abs(getattr(one, name) - getattr(grouped, name)[order]).max() < 1e-6


def test_scale_and_offset_change_nothing() -> None:
    networks, responses = study(n=80, n_electrodes=2)
    one = run(networks[:1], responses)
    moved = replace(networks[0], layers={k: x * 64 - 3 for k, x in networks[0].layers.items()})
    two = run([moved], replace(responses, data=responses.data * np.float32(0.25) + 2))
    for name in module.ARRAYS:
        assert np.abs(getattr(one, name) - getattr(two, name)).max() < 1e-5


def test_what_does_not_vary_scores_nothing() -> None:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((60, 2, 5))
    data[:, 1] = 3.0
    flat = NetworkFeatures("flat", "vision", True, {"a": np.full((60, 3), 2.0, np.float32)})
    found = run([flat], responses_of(data))
    assert (found.r == 0).all()
    noise = replace(flat, name="noise", layers={"a": rng.standard_normal((60, 3)).astype(np.float32)})
    found = run([noise], responses_of(data))
    assert (found.r[0, 1] == 0).all()
    assert (found.r[0, 0] != 0).all()


def test_too_few_events_are_refused() -> None:
    networks, responses = study(n=9, n_electrodes=1)
    with pytest.raises(InputError, match="9 events are too few"):
        run(networks, responses)


def test_other_modalities_and_runs_on_parts_are_left_out() -> None:
    networks, responses = study(n=60, n_electrodes=1)
    sound = NetworkFeatures("low_level", "low_level", True, networks[0].layers)  # type: ignore[arg-type]
    part = replace(networks[0], name="eye:image", modality="multimodal", part_of="eye")
    assert run([networks[0], sound, part], responses, n=2).models == ("eye",)
    assert run([sound], responses, n=2).r.shape == (0, 1, 5)
