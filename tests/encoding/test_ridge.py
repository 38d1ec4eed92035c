"""Operators of held-out halves where features do not vary, and of bands that are joined at several mixtures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calibration.fits import contiguous_folds
from bids_vlint.encoding.joint import FIRST_FREER, joined_candidates
from bids_vlint.encoding.ridge import PENALTIES, band_moments, factorise, fold_sources
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
        alone = factorise(band_moments([one, two], design.folds), weights)
        for a, b in zip(layer.folds, alone.folds, strict=True):
            assert np.array_equal(a.halves[0].matrices, b.halves[0].matrices)
