"""The shared statistics against numpy in float64, scipy and plain loops, on columns of any size, place and spread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bids_vlint.encoding.stats import (
    ROUNDING,
    block_draws,
    block_membership,
    block_t,
    correlation,
    interval,
    inverse_sd,
    leading_directions,
    mean_and_sd,
    pearson,
    standard_error,
    unit_columns,
    weighted_pearson,
    weighted_unit_columns,
)

SEEDS = st.integers(0, 2**32 - 1)
SCALES = st.integers(-12, 12).map(lambda k: 10.0**k)
TYPES = st.sampled_from([np.float32, np.float64])


def table(seed: int, n: int, k: int, scale: float = 1.0, dtype: type = np.float64) -> np.ndarray:
    """Columns around a place of their own, up to ten standard deviations from zero."""
    rng = np.random.default_rng(seed)
    return ((rng.standard_normal((n, k)) + rng.uniform(-10, 10, k)) * scale).astype(dtype)


@given(SEEDS, st.integers(3, 60), st.integers(1, 6), SCALES, TYPES)
def test_columns_are_standardised_as_numpy_does(seed: int, n: int, k: int, scale: float, dtype: type) -> None:
    x = table(seed, n, k, scale, dtype)
    exact = x.astype(np.float64)
    mean, sd = mean_and_sd(x)
    np.testing.assert_array_equal(mean, exact.mean(0))
    np.testing.assert_array_equal(sd, exact.std(0))
    unit = unit_columns(x)
    assert unit.dtype == dtype
    np.testing.assert_allclose(unit, stats.zscore(exact, axis=0), atol=2e-4 if dtype == np.float32 else 1e-10)


@given(SEEDS, st.integers(3, 60), SCALES, st.floats(-9, -3), TYPES)
def test_one_rule_says_what_is_constant(seed: int, n: int, scale: float, power: float, dtype: type) -> None:
    """By the share that the SD has of the largest absolute value, whatever the unit and the precision."""
    wanted = 10.0**power
    wave = np.where(np.arange(n - n % 2) % 2, 1, -1)
    x = scale * (1 + wanted * np.stack([wave, wave[::-1]], axis=1).astype(np.float64))
    x = x.astype(dtype)
    share = x.astype(np.float64).std(0) / np.abs(x.astype(np.float64)).max(0)
    if (np.abs(np.log10(np.maximum(share, 1e-300)) - np.log10(ROUNDING)) < 0.1).any():
        return  # at the edge float32 may round either way
    varies = share > ROUNDING
    np.testing.assert_array_equal(np.isfinite(mean_and_sd(x)[1]), varies)
    np.testing.assert_array_equal(inverse_sd(x.astype(np.float64).var(0), np.abs(x).max(0)) > 0, varies)
    ones = np.ones(len(x))
    assert (weighted_unit_columns(x.astype(np.float64), ones).any(0) == varies).all()
    if dtype == np.float64:
        assert (unit_columns(x).any(0) == varies).all()


def test_flat_columns_become_zero_without_a_warning() -> None:
    for value in (0.0, 1e-20, 0.1, 3e8):
        for dtype in (np.float32, np.float64):
            x = np.full((7, 2), value, dtype)
            mean, sd = mean_and_sd(x)
            assert not ((x - mean) / sd).any()
            assert not unit_columns(x).any()
            assert not weighted_unit_columns(x, np.arange(1.0, 8)).any()


@given(SEEDS, st.integers(3, 50), st.integers(1, 5), SCALES, TYPES)
def test_pearson_is_scipys(seed: int, n: int, k: int, scale: float, dtype: type) -> None:
    a, b = table(seed, n, k, scale, dtype), table(seed + 1, n, k, 1.0, dtype)
    b = b + (a / np.abs(a).max()).astype(dtype)
    r = pearson(unit_columns(a), unit_columns(b))
    expected = [stats.pearsonr(a[:, j].astype(float), b[:, j].astype(float)).statistic for j in range(k)]
    np.testing.assert_allclose(r, expected, atol=3e-4 if dtype == np.float32 else 1e-10)
    a[:, 0] = 3
    assert pearson(unit_columns(a), unit_columns(b))[0] == 0


@given(SEEDS, st.integers(4, 40), st.integers(1, 4))
def test_weights_are_copies_of_rows(seed: int, n: int, k: int) -> None:
    """Whether they are given to rows, or to blocks of rows, or taken into the columns."""
    rng = np.random.default_rng(seed)
    a, b = unit_columns(table(seed, n, k)), unit_columns(table(seed + 1, n, k))
    blocks = np.sort(rng.integers(0, 3, n)) * 7
    known, member = block_membership(blocks)
    weights = rng.integers(0, 4, (5, len(known)))
    weights[:, 0] += 1
    counts = weights @ member
    found = weighted_pearson(a, b, weights, member)
    np.testing.assert_allclose(found, weighted_pearson(a, b, counts), atol=1e-9)
    for row, own in zip(found, counts.astype(int)):
        at = np.repeat(np.arange(n), own)
        for j in range(k):
            if a[at, j].std() * b[at, j].std() < 1e-3:
                continue
            expected = np.corrcoef(a[at, j], b[at, j])[0, 1]
            assert row[j] == pytest.approx(expected, abs=1e-6)
            kept = own > 0
            units = [weighted_unit_columns(x[kept, j : j + 1], own[kept].astype(float)) for x in (a, b)]
            assert (units[0] * units[1]).sum() == pytest.approx(expected, abs=1e-6)


def test_without_variance_r_is_zero_and_without_weights_unknown() -> None:
    a, b = unit_columns(table(0, 6, 2)), unit_columns(table(1, 6, 2))
    found = weighted_pearson(a, b, np.array([[0, 5, 0, 0, 0, 0], np.zeros(6), np.ones(6)]))
    assert (found[0] == 0).all()
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[2], pearson(a, b))
    np.testing.assert_array_equal(correlation(np.array([0.5, 0.5, 0.5]), np.array([1.0, 0.0, -1e-9])), [0.5, 0, 0])


@given(SEEDS, st.integers(2, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
def test_leading_directions_are_those_of_the_svd(seed: int, n: int, p: int, rank: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    rank, k = min(rank, p), min(k, n, p)
    x = rng.standard_normal((n, rank)) * 2.0 ** -np.arange(rank) @ rng.standard_normal((rank, p))
    x -= x.mean(0)
    found, (_, s, vt) = leading_directions(x, k), np.linalg.svd(x, full_matrices=False)
    spanned = int((s**2 > 1e-8 * s[0] ** 2).sum())
    assert min(k, spanned) <= found.shape[1] <= k
    np.testing.assert_allclose(found.T @ found, np.eye(found.shape[1]), atol=1e-6)
    power = ((x @ found) ** 2).sum(0)[::-1]
    np.testing.assert_allclose(power, s[: found.shape[1]] ** 2, rtol=1e-6, atol=1e-8 * s[0] ** 2)
    if 0 < k < spanned and s[k - 1] > 1.001 * s[k]:
        np.testing.assert_allclose(found @ found.T, vt[:k].T @ vt[:k], atol=1e-5)


def test_rows_that_do_not_differ_lead_nowhere() -> None:
    assert leading_directions(np.zeros((5, 3)), 2).shape == (3, 0)
    assert leading_directions(np.zeros((3, 5)), 2).shape == (5, 0)


@given(SEEDS, st.integers(1, 60), TYPES)
def test_block_sums_are_those_of_loops(seed: int, n: int, dtype: type) -> None:
    rng = np.random.default_rng(seed)
    blocks, x = rng.integers(-3, 9, n), rng.standard_normal((n, 2))
    known, member = block_membership(blocks, dtype)
    assert member.dtype == dtype
    assert known.tolist() == sorted(set(blocks.tolist()))
    np.testing.assert_allclose(member @ x, [x[blocks == b].sum(0) for b in known], atol=1e-12)


@given(SEEDS, st.integers(1, 40))
def test_draws_keep_the_number_of_blocks(seed: int, n: int) -> None:
    draws = block_draws(n, 30, np.random.default_rng(seed))
    assert draws.shape == (30, n)
    assert (draws >= 0).all()
    assert (draws.sum(1) == n).all()


@given(SEEDS, st.integers(2, 60), st.floats(-2, 2), TYPES)
def test_t_of_block_sums_is_scipys(seed: int, n: int, effect: float, dtype: type) -> None:
    sums = (np.random.default_rng(seed).standard_normal((n, 3, 2)) + effect).astype(dtype)
    exact = sums.astype(np.float64)
    np.testing.assert_allclose(standard_error(sums), n * stats.sem(exact, axis=0), rtol=1e-9)
    np.testing.assert_allclose(block_t(sums), stats.ttest_1samp(exact, 0).statistic, rtol=1e-9, atol=1e-9)


def test_the_t_of_rounding_is_zero() -> None:
    rng = np.random.default_rng(0)
    assert (block_t(np.zeros((20, 2))) == 0).all()
    assert (block_t(1e-9 + 1e-9 * rng.standard_normal((20, 2))) == 0).all()
    assert (np.abs(block_t(1e-3 + 1e-3 * rng.standard_normal((20, 2)))) > 1).all()


@given(SEEDS, st.integers(1, 200), st.integers(0, 2), TYPES)
def test_the_interval_is_numpys(seed: int, n: int, axis: int, dtype: type) -> None:
    values = np.moveaxis(np.random.default_rng(seed).standard_normal((n, 3, 2)), 0, axis).astype(dtype)
    kept = values.copy()
    low, high = interval(values, axis)
    assert low.dtype == dtype
    np.testing.assert_array_equal(values, kept)
    np.testing.assert_allclose([low, high], np.percentile(values, (2.5, 97.5), axis=axis), rtol=1e-6, atol=1e-7)
    first = tuple(0 for _ in range(3))
    values[first] = np.nan
    low, high = interval(values, axis)
    assert np.isnan(low).sum() == np.isnan(high).sum() == 1
