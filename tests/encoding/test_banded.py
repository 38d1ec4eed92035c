"""Banded ridge against himalaya, plain ridge and brute force; what must not change it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from benchmarks.calibration.fits import contiguous_folds
from bids_vlint.encoding import banded
from bids_vlint.encoding.banded import band_weights, cross_fit
from bids_vlint.encoding.ridge import PENALTIES
from bids_vlint.encoding.stats import leading_directions

N, BINS = 240, 2
FOLDS = contiguous_folds(N, 4)


def study(
    seed: int = 0, widths: tuple[int, ...] = (12, 7), n_electrodes: int = 5
) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    bands = [3 * rng.standard_normal((N, p)) + 1 for p in widths]
    y = rng.standard_normal((N, n_electrodes, BINS))
    for e in range(n_electrodes - 1):  # the last follows nothing
        x = bands[e % len(bands)]
        y[:, e] += (e + 1) * 0.1 * (x @ rng.standard_normal((x.shape[1], BINS)))
    return bands, y


def brute_force(bands: list[np.ndarray], y: np.ndarray, models: list[tuple[int, ...]]) -> np.ndarray:
    """Every candidate fitted on its own by scikit-learn in float64."""
    scale = np.mean([x.shape[1] for x in bands])
    out = np.full((len(models), *y.shape), np.nan)
    candidates = band_weights(len(bands))
    shape = (2, len(FOLDS), len(candidates), len(PENALTIES), *y.shape[1:])
    r2, predicted = np.zeros(shape), {}
    for f, fold in enumerate(FOLDS):
        means = [(x[fold.train].mean(0), x[fold.train].std(0)) for x in bands]
        z = [(x - m) / s * np.sqrt(scale / x.shape[1]) for x, (m, s) in zip(bands, means)]
        for c, g in enumerate(candidates):
            design = np.concatenate([np.sqrt(w) * part for w, part in zip(g, z)], axis=1)
            for a, penalty in enumerate(PENALTIES):
                fit = Ridge(alpha=penalty).fit(design[fold.train], y[fold.train].reshape(len(fold.train), -1))
                for h, rows in enumerate(fold.halves):
                    p = fit.predict(design[rows]).reshape(len(rows), *y.shape[1:])
                    p, own = p - p.mean(0), y[rows] - y[rows].mean(0)
                    predicted[f, c, a, h] = p
                    r2[h, f, c, a] = 1 - ((own - p) ** 2).sum(0) / (own**2).sum(0)
    score = r2.mean(1)
    for m, model in enumerate(models):
        may = [c for c, g in enumerate(candidates) if set(np.flatnonzero(g)) <= set(model)]
        for h in (0, 1):
            other = score[1 - h]
            for e in range(y.shape[1]):
                c = max(may, key=lambda c: np.maximum(other[c, :, e].max(0), 0).mean())  # the first of equals
                for b in range(y.shape[2]):
                    a = other[c, :, e, b].argmax()
                    for f, fold in enumerate(FOLDS):
                        value = predicted[f, c, a, h][:, e, b] if other[c, a, e, b] > 0 else 0.0
                        out[m, fold.halves[h], e, b] = value
    return out


@pytest.mark.parametrize("widths", [(12, 7), (5, 6, 4)])
def test_equals_brute_force(widths: tuple[int, ...]) -> None:
    bands, y = study(widths=widths)
    models: list[tuple[int, ...]] = [(0,), (1,), tuple(range(len(widths)))]
    np.testing.assert_allclose(cross_fit(bands, y, FOLDS, models), brute_force(bands, y, models), atol=2e-4)


@pytest.mark.parametrize("g", [(0.5, 0.5), (0.1, 0.9), (0.0, 1.0)])
def test_a_mixture_equals_himalaya(g: tuple[float, float], monkeypatch: pytest.MonkeyPatch) -> None:
    kernel_ridge = pytest.importorskip("himalaya.kernel_ridge")
    bands, y = study(widths=(9, 30))
    monkeypatch.setattr(banded, "PENALTIES", np.array([20.0]))
    monkeypatch.setattr(banded, "band_weights", lambda n, whole: np.array([g]))
    own = cross_fit(bands, y, FOLDS, [(0, 1)])[0]
    fold = FOLDS[0]
    z = [(x - x[fold.train].mean(0)) / x[fold.train].std(0) * np.sqrt(19.5 / x.shape[1]) for x in bands]
    kernels = [part[fold.train] @ part[fold.train].T for part in z]
    across = [part[fold.halves[0]] @ part[fold.train].T for part in z]
    deltas = np.log(np.maximum(g, 1e-30))[:, None] * np.ones(y[0].size)
    model = kernel_ridge.WeightedKernelRidge(
        alpha=20.0, deltas=deltas, kernels="precomputed", solver_params={"max_iter": 2000, "tol": 1e-10}
    )
    flat = y.reshape(N, -1)
    model.fit(np.stack(kernels), flat[fold.train] - flat[fold.train].mean(0))
    theirs = model.predict(np.stack(across))
    theirs = (theirs - theirs.mean(0)).reshape(-1, *y.shape[1:])
    mine = own[fold.halves[0]]
    predicted = np.abs(mine).max(0) > 0
    assert predicted.sum() >= 4  # else nothing is compared
    np.testing.assert_allclose(mine[:, predicted], theirs[:, predicted], atol=1e-3)


def test_one_band_without_a_cut_is_ridge_where_features_outnumber_events() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((N, 400)) @ rng.standard_normal((400, 400)) * 0.1
    y = (x[:, :3] @ rng.standard_normal((3, 4)))[:, :, None] + 0.1 * rng.standard_normal((N, 4, 1))
    np.testing.assert_allclose(
        cross_fit([x], y, FOLDS, [(0,)], None), brute_force([x], y, [(0,)]), atol=2e-3 * np.abs(y).max()
    )


def test_leading_components_are_those_of_the_training_part() -> None:
    rng = np.random.default_rng(2)
    z = rng.standard_normal((90, 30)) * np.linspace(3, 0.1, 30)
    z -= z.mean(0)
    _, _, vt = np.linalg.svd(z, full_matrices=False)
    for wide in (z, z[:20] - z[:20].mean(0)):
        _, _, vt = np.linalg.svd(wide, full_matrices=False)
        ours = leading_directions(wide, 5)
        np.testing.assert_allclose(ours @ ours.T, vt[:5].T @ vt[:5], atol=1e-8)


def test_every_mixture_sums_to_one_and_bands_can_be_off() -> None:
    for n in (1, 2, 3):
        g = band_weights(n)
        np.testing.assert_allclose(g.sum(1), 1)
        assert len(np.unique(g.round(12), axis=0)) == len(g) == 3**n - 2**n
        for k in range(n):
            assert (g == np.eye(n)[k]).all(1).any()
    few = band_weights(4, whole=(2, 3))
    plain = few[(few[:, 2:] == 0).all(1)]
    np.testing.assert_allclose(plain[:, :2], band_weights(2))
    assert len(few) == len(plain) + 3 * 4, "with either or both of the last, the first on or off"
    for row in few[(few[:, 2:] > 0).any(1)]:
        assert len(set(row[row > 0])) == 1


def test_what_cannot_be_predicted_is_the_mean_and_flat_electrodes_are_harmless() -> None:
    bands, y = study()
    y[:, 0] = 2.5
    p = cross_fit(bands, y, FOLDS, [(0, 1)])
    assert np.isfinite(p).all()
    assert (p[0, :, 0] == 0).all()
    assert (p[0, :, 3] != 0).any()


@settings(max_examples=8)
@given(st.integers(0, 99), st.floats(0.01, 100), st.floats(-50, 50), st.permutations(range(5)))
def test_units_and_order_change_nothing(seed: int, scale: float, shift: float, order: list[int]) -> None:
    bands, y = study(seed)
    before = cross_fit(bands, y, FOLDS, [(0, 1)])
    after = cross_fit([scale * x + shift for x in bands], scale * y[:, order] + shift, FOLDS, [(0, 1)])
    np.testing.assert_allclose(after / scale, before[:, :, order], atol=2e-3)
