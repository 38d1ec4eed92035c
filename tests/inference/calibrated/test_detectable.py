"""The smallest detectable difference: planted, it is found as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bids_vlint.encoding.stats import block_t, standard_error
from bids_vlint.inference.calibrated.detectable import family_level, noncentrality, smallest_detectable


def share_found(difference: float, n_blocks: int, level: float, null_sd: float, mean: float = 0.0) -> float:
    """Share of recordings in which a difference is found; fold dependence shifts and widens all of a recording's t."""
    rng = np.random.default_rng(0)
    n = 20000
    common = rng.standard_normal(n) * np.sqrt(null_sd**2 - 1) if null_sd > 1 else np.zeros(n)
    noise = rng.standard_normal((n_blocks, n)) + (common + mean) / np.sqrt(n_blocks)
    t = block_t(noise + difference / n_blocks)
    return float((stats.t.sf((t - max(mean, 0)) / null_sd, n_blocks - 1) < level).mean())


@pytest.mark.parametrize("n_blocks", [24, 200])
@pytest.mark.parametrize("level", [0.05, family_level(200)])
@pytest.mark.parametrize("power", [0.8, 0.5])
def test_planted_difference_is_found_as_often_as_said(n_blocks: int, level: float, power: float) -> None:
    error = np.sqrt([float(n_blocks)])  # of a sum of unit variances
    needed = smallest_detectable(error, 1.0, n_blocks - 1, level=level, power=power)
    assert share_found(needed[0], n_blocks, level, 1.0) == pytest.approx(power, abs=0.015)


@pytest.mark.parametrize("mean", [0.0, 0.4, -0.4])
def test_a_wider_and_moved_null(mean: float) -> None:
    needed = smallest_detectable(np.sqrt([240.0]), 1.3, 239, null_mean=mean, level=family_level(100))
    assert share_found(needed[0], 240, family_level(100), 1.3, mean) == pytest.approx(0.8, abs=0.02)


def test_close_to_the_normal_formula_for_many_blocks() -> None:
    z = stats.norm.isf(0.001) + stats.norm.isf(0.2)
    assert noncentrality(5000, 0.001, 0.8) == pytest.approx(z, rel=2e-3)
    assert noncentrality(30, 0.001, 0.8) > z


def test_standard_error_and_unknown() -> None:
    sums = np.random.default_rng(1).standard_normal((300, 4)) * [1, 2, 3, 0]
    np.testing.assert_allclose(standard_error(sums) ** 2, 300 * sums.var(0, ddof=1))
    needed = smallest_detectable(standard_error(sums), 1.0, 299)
    assert np.isnan(needed[3])
    assert np.isfinite(needed[:3]).all()
    np.testing.assert_allclose(needed[1] / needed[0], 2, rtol=0.2)
    assert family_level(0) == 0.05


def test_each_electrode_has_its_own_degrees_of_freedom() -> None:
    few, many = smallest_detectable(np.ones(2), 1.0, np.array([2.0, 39.0]))
    assert few == smallest_detectable(np.ones(1), 1.0, 2)[0] > many == smallest_detectable(np.ones(1), 1.0, 39)[0]
