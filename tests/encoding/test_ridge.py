"""Operators of held-out halves where features do not vary, and of bands that are joined at several mixtures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calibration.fits import contiguous_folds
from bids_vlint.encoding.cholesky import banded_solutions
from bids_vlint.encoding.joint import FIRST_FREER, joined_candidates
from bids_vlint.encoding.ridge import PENALTIES, band_moments, factorise, factorise_mixtures, fold_sources
from bids_vlint.encoding.stats import unit_columns
from tests.encoding.recordings import study
from tests.encoding.test_encoding import prepared

FOLDS = contiguous_folds(120)


def predictions(x: np.ndarray, y: np.ndarray, width: int | None = None) -> np.ndarray:
    """Of every fold, half and penalty, one after the other."""
    layer = factorise(band_moments(x, FOLDS, width))
    return np.concatenate([
        half.prediction(source, k)
        for operators, source in zip(layer.folds, fold_sources(layer, FOLDS, y), strict=True)
        for half in operators.halves
        for k in range(len(PENALTIES))
    ])  # fmt: skip


def responses() -> np.ndarray:
    y = np.random.default_rng(0).standard_normal((120, 5)).astype(np.float32)
    return y - y.mean(0)


@pytest.mark.parametrize("p", [8, 300])
@pytest.mark.parametrize("width", [None, 3])
def test_features_that_do_not_vary_predict_nothing(p: int, width: int | None) -> None:
    assert not predictions(np.full((120, p), 2.5, np.float32), responses(), width).any()


@pytest.mark.parametrize("p", [8, 300], ids=["primal", "kernel"])
def test_a_feature_that_varies_where_nothing_is_trained_on_says_nothing(p: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((120, p)).astype(np.float32)
    fold = FOLDS[2]
    more = np.zeros((120, 1), np.float32)
    more[np.concatenate(fold.halves)] = rng.standard_normal((sum(map(len, fold.halves)), 1))
    layers = [factorise(band_moments(own, [fold])) for own in (x, np.concatenate([x, more], axis=1))]
    one, two = (
        layer.folds[0].halves[1].prediction(next(fold_sources(layer, [fold], responses())), 0) for layer in layers
    )
    assert np.abs(unit_columns(one) - unit_columns(two)).max() < 1e-4


def test_mixtures_of_bands_read_each_of_them_once() -> None:
    networks, recorded = study(n_electrodes=1)
    one, two = (networks[k].layers["a"] for k in (0, 1))
    design, _ = prepared(recorded, {"a": one})
    read: list[str] = []

    def bands(name: str) -> list:
        return [lambda: read.append(name) or one, lambda: read.append(name) or two]

    candidates = [c for name in ("first", "then") for c in joined_candidates(name, bands(name), FIRST_FREER, design)]
    design.room.left = 0  # no operators are kept
    layers = [c.factorise() for c in candidates]
    assert read == ["first", "first", "then", "then"]
    for layer, weights in zip(layers, [*FIRST_FREER, *FIRST_FREER], strict=True):
        (alone,) = factorise_mixtures(band_moments([one, two], design.folds), [weights])
        for a, b in zip(layer.folds, alone.folds, strict=True):
            assert np.array_equal(a.halves[0].matrices, b.halves[0].matrices)


@pytest.mark.parametrize("n_bands", [1, 2, 3])
def test_penalties_of_bands_are_those_of_a_direct_solution(n_bands: int) -> None:
    """Of float64, or of float32 where penalties allow; the same bits whichever systems are solved beside."""
    rng = np.random.default_rng(n_bands)
    band = np.repeat(np.arange(n_bands), (5, 40, 17)[:n_bands])
    x = rng.standard_normal((90, len(band))) @ np.diag(rng.uniform(0.1, 3, len(band)))
    gram, rows = x.T @ x, rng.standard_normal((11, len(band)))
    weights = np.array([(1.0, 1.0, 1.0), (1.0, 10**-0.5, 0.1), (0.3, 1.0, 2.0)])[:, :n_bands]
    penalties = (PENALTIES[:, None] / weights[:, None] ** 2).reshape(-1, n_bands)
    found = dict(banded_solutions(gram, penalties, band, rows, np.float32))
    assert sorted(found) == list(range(len(penalties)))
    assert {one.dtype.name for one in found.values()} == {"float32", "float64"}
    for k, own in enumerate(penalties):
        direct = np.linalg.solve(gram + np.diag(own[band]), rows.T).T
        exact = 1e-9 if found[k].dtype == np.float64 else 1e-5
        assert np.abs(found[k] - direct).max() < exact * np.abs(direct).max()
    for k in range(0, len(penalties), 4):
        ((_, alone),) = banded_solutions(gram, penalties[[k]], band, rows, np.float32)
        assert np.array_equal(alone, found[k])
