"""Variance partitioning: planted parts, null electrodes, and what the numbers add up to."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calibration.fits import contiguous_folds
from bids_vlint.inference.descriptions.partition import MODELS, PARTS, Partition, partition

N, BINS = 900, 3
FOLDS = contiguous_folds(N)
BLOCKS = np.arange(N) // 8
KINDS = ("vision", "language", "shared", "interaction", "null", "both", "faces")


def study(seed: int = 0, each: int = 4, size: float = 0.7) -> tuple[list[np.ndarray], np.ndarray]:
    """Electrodes of every kind; vision and language share a component."""
    rng = np.random.default_rng(seed)
    v, s, c, f = rng.standard_normal((4, N, 3))

    def features(*parts: np.ndarray) -> np.ndarray:
        x = np.concatenate(parts, 1)
        return x @ rng.standard_normal((x.shape[1], 24)) + 0.05 * rng.standard_normal((N, 24))

    # vision lacks what only the whole network's picture part knows (f)
    bands = [features(v, c), features(s, c), features(v, s, c, f), features(v, s, c, f, v * s)]
    drive = {"vision": v, "language": s, "shared": c, "interaction": v * s, "both": np.concatenate([v, s], 1),
             "faces": f}  # fmt: skip
    y = rng.standard_normal((N, len(KINDS) * each, BINS))
    for k, kind in enumerate(KINDS):
        if kind != "null":
            for e in range(k * each, (k + 1) * each):
                x = drive[kind] @ rng.standard_normal((drive[kind].shape[1], 1))
                y[:, e] += size * x / x.std()
    return bands, y


@pytest.fixture(scope="module")
def found() -> Partition:
    bands, y = study()
    return partition(*bands, y, FOLDS, BLOCKS, n_resamples=400)


def of(part: str, kind: str, values: np.ndarray) -> np.ndarray:
    k = KINDS.index(kind)
    return values[PARTS.index(part), 4 * k : 4 * (k + 1)]


@pytest.mark.parametrize(
    ("part", "kind"),
    [("unique_vision", "vision"), ("unique_language", "language"), ("shared", "shared"),
     ("joint_only", "interaction"), ("unique_vision", "both"), ("unique_language", "both")],
)  # fmt: skip
def test_planted_parts_are_found(found: Partition, part: str, kind: str) -> None:
    assert (of(part, kind, found.low) > 0).all()
    true = 0.49 / 1.49 * (0.5 if kind == "both" else 1)
    # features hold the components with some noise, and a drive of both is vision's by chance weights
    assert np.abs(of(part, kind, found.value).mean() - true) < 0.12


@pytest.mark.parametrize("part", PARTS)
def test_what_is_not_there_is_about_zero(found: Partition, part: str) -> None:
    expected = {
        "unique_vision": "language",
        "unique_language": "vision",
        "shared": "vision",
        "joint_only": "faces",
    }
    for kind in ("null", expected[part]):
        assert np.abs(of(part, kind, found.value)).max() < 0.03
        assert np.abs(of(part, kind, found.value).mean()) < 0.012


def test_null_electrodes_have_parts_at_or_just_below_zero() -> None:
    bands, y = study(5)
    rng = np.random.default_rng(6)
    y = rng.standard_normal((N, 60, BINS))
    null = partition(*bands, y, FOLDS, BLOCKS, n_resamples=400)
    assert (null.low > 0).mean(1).max() <= 0.08  # 2.5 % are meant
    assert (np.abs(null.value.mean(1)) < 0.004).all()
    assert (null.value.mean(1) < 2 * null.value.std(1) / np.sqrt(60)).all()


def test_parts_are_differences_of_r2_and_blocks_add_up(found: Partition) -> None:
    v, s, vs, vsp, vspj = found.r2
    np.testing.assert_allclose(found.value, [vs - s, vs - v, v + s - vs, vspj - vsp], atol=1e-12)
    faces = slice(4 * KINDS.index("faces"), 4 * KINDS.index("faces") + 4)
    assert (vsp - vs)[faces].min() > 0.2, "what its picture part knows is in VLP"
    np.testing.assert_allclose(found.value[:3].sum(0), vs, atol=1e-12)
    np.testing.assert_allclose(found.sums.sum(1), found.value, atol=1e-12)
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()


def test_r2_of_one_model_by_hand() -> None:
    from bids_vlint.encoding.banded import cross_fit

    bands, y = study(2, each=1)
    r2 = partition(*bands, y, FOLDS, BLOCKS, n_resamples=10).r2
    p = cross_fit(bands, y, FOLDS, MODELS, whole=(2, 3))[2]
    errors, squares = np.zeros(y.shape[1:]), np.zeros(y.shape[1:])
    for fold in FOLDS:
        for half in fold.halves:
            own = y[half] - y[half].mean(0)
            errors += ((own - p[half]) ** 2).sum(0)
            squares += (own**2).sum(0)
    np.testing.assert_allclose(r2[2], (1 - errors / squares).mean(-1), atol=1e-6)


def test_no_joint_run_no_such_part() -> None:
    (vision, language, *_), y = study(1, each=1)
    two = partition(vision, language, None, None, y, FOLDS, BLOCKS, n_resamples=10)
    assert np.isnan(two.value[3]).all()
    assert np.isfinite(two.value[:3]).all()
    assert np.isnan(two.r2[3:]).all()


def test_a_duplicated_network_adds_nothing() -> None:
    (vision, language, *_), y = study(3, each=1)
    same = partition(vision, language, None, vision, y, FOLDS, BLOCKS, n_resamples=10)
    np.testing.assert_array_equal(same.r2[3], same.r2[2])
    assert np.abs(same.value[3]).max() < 0.01


def test_an_electrode_alone_is_what_it_is_among_others_and_flat_ones_are_nan(found: Partition) -> None:
    bands, y = study()
    y[:, 1] = 4.0
    alone = partition(*bands, y[:, :2], FOLDS, BLOCKS, n_resamples=400)
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(getattr(alone, name)[:, 0], getattr(found, name)[:, 0], atol=1e-5)
        assert np.isnan(getattr(alone, name)[:, 1]).all()
