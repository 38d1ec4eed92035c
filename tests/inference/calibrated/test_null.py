"""p-values from shifts against limma's formulas and against what uniform p-values must be, and the corrected t."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from bids_vlint.inference.calibrated.null import (
    corrected_t,
    shift_null,
    shift_variance,
    shrunk_mean,
    shrunk_variance,
    upper_spread,
)
from bids_vlint.inference.calibrated.pairs import Paired


def drawn(n: int, n_shifts: int, rng: np.random.Generator, scale: np.ndarray | float = 1.0) -> np.ndarray:
    """t of exchangeable recorded and shifted responses, (n, 1 + n_shifts)."""
    return rng.standard_normal((n, 1 + n_shifts)) * np.reshape(scale, (-1, 1))


def limma(variance: np.ndarray, df: int) -> tuple[np.ndarray, float]:
    """Smyth 2004 as limma's fitFDist and squeezeVar do: a scaled F distribution fitted to the log variances by moments.

    Written from the paper: log s2 has mean log s0 + psi(d/2) - log(d/2) - psi(d0/2) + log(d0/2) and variance
    psi'(d/2) + psi'(d0/2).
    """
    z = np.log(variance)
    mean = z.mean() - special.psi(df / 2) + np.log(df / 2)
    excess = z.var(ddof=1) - special.polygamma(1, df / 2)
    pooled = len(variance) * df
    if excess <= 0:
        return np.full(len(variance), variance.mean()), pooled
    half = np.exp(optimize.brentq(lambda x: special.polygamma(1, np.exp(x)) - excess, -15, 18))
    d0 = 2 * half
    s0 = np.exp(mean + special.psi(half) - np.log(half))
    return (d0 * s0 + df * variance) / (d0 + df), min(d0 + df, pooled)


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.5, 1.5])
@pytest.mark.parametrize("n", [3, 20, 200])
def test_variances_are_moderated_as_by_limma(n: int, spread: float) -> None:
    rng = np.random.default_rng(n)
    variance = np.exp(spread * rng.standard_normal(n)) * rng.chisquare(19, n) / 19
    ours, df = shrunk_variance(variance, 19)
    theirs, expected = limma(variance, 19)
    assert np.allclose(ours, theirs, rtol=1e-5)
    assert df == pytest.approx(expected, rel=1e-4)
    assert 19 <= df <= 19 * n
    assert (np.sign(np.diff(ours[np.argsort(variance)])) >= 0).all(), "the order stays"


def test_an_example_by_hand() -> None:
    """Variances 1/4 to 4 with 4 degrees of freedom: the variance of their logs is 1.2011, trigamma(2) is 0.6449, so
    that trigamma(d0 / 2) is 0.5562 and d0 / 2 is 2.2537."""
    ours, df = shrunk_variance(np.array([0.5, 1, 2, 4, 0.25]), 4)
    d0 = df - 4
    assert d0 / 2 == pytest.approx(2.2537, abs=1e-4)
    s0 = np.exp(special.psi(d0 / 2) - np.log(d0 / 2) - special.psi(2) + np.log(2))
    assert np.allclose(ours, (d0 * s0 + 4 * np.array([0.5, 1, 2, 4, 0.25])) / df)


def test_too_few_electrodes_are_not_shrunk() -> None:
    variance, df = shrunk_variance(np.array([0.5, 2.0]), 19)
    assert variance.tolist() == [0.5, 2.0]
    assert df == 19
    assert np.array_equal(shrunk_mean(np.arange(6.0).reshape(2, 3)), [1, 4])


def test_means_are_shrunk_by_how_much_they_differ_beyond_chance() -> None:
    rng = np.random.default_rng(0)
    moved = rng.standard_normal((100, 40))
    assert np.ptp(shrunk_mean(moved)) < 0.5 * np.ptp(moved.mean(1)), "they differ by chance alone"
    apart = moved + np.repeat([-2.0, 2.0], 50)[:, None]
    assert np.allclose(shrunk_mean(apart), apart.mean(1), atol=0.02)
    assert np.allclose(shrunk_mean(moved).mean(), moved.mean())


@pytest.mark.parametrize("scale", ["same", "mixed"])
@pytest.mark.parametrize("n_shifts", [10, 40])
def test_p_is_uniform_for_exchangeable_t(n_shifts: int, scale: str) -> None:
    rng = np.random.default_rng(n_shifts)
    p = []
    for _ in range(300):
        own = np.exp(0.4 * rng.standard_normal(20)) if scale == "mixed" else 1.3
        p.append(shift_null(drawn(20, n_shifts, rng, own)).p)
    p = np.concatenate(p)
    for level in (0.05, 0.01, 0.001):
        count = (p < level).sum()
        low, high = stats.binom.ppf([1e-4, 1 - 1e-4], len(p), level)
        # electrodes of one set share their prior, so that counts vary more than of independent p
        assert count <= 1.25 * high + 3, (level, count)
        if n_shifts == 40:  # of ten shifts the tail is wide on purpose
            assert count >= 0.4 * low - 3, (level, count)
    assert (p < 0.05).mean() > 0.025
    assert 0.45 < p.mean() < 0.56


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_few_electrodes_err_no_more_than_said(n: int) -> None:
    rng = np.random.default_rng(n)
    p = np.concatenate([shift_null(drawn(n, 10, rng)).p for _ in range(4000 // n)])
    assert (p < 0.05).mean() < 0.065
    assert (p < 0.001).sum() <= stats.binom.isf(1e-3, len(p), 0.0015)


def test_the_scale_of_each_electrode_counts() -> None:
    """Electrodes whose null is three times as wide as that of others; a common scale would find them ten times as often
    as it says."""
    rng = np.random.default_rng(0)
    scale = np.repeat([1.0, 3.0], 10)
    p = np.concatenate([shift_null(drawn(20, 40, rng, scale)).p[10:] for _ in range(200)])
    assert 0.025 < (p < 0.05).mean() < 0.075
    t = drawn(20, 40, rng, scale)
    null = shift_null(t)
    assert np.allclose(null.sd[10:] / t[10:, 1:].std(1, ddof=1), 1, atol=0.2)
    assert null.sd[10:].min() > 1.5 * null.sd[:10].max()


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.floats(0, 5))
def test_a_negative_mean_never_helps(seed: int, by: float) -> None:
    rng = np.random.default_rng(seed)
    t = drawn(12, 15, rng)
    t[:, 1:] -= t[:, 1:].mean(1, keepdims=True)
    lower = t.copy()
    lower[:, 1:] -= by
    assert np.allclose(shift_null(t).p, shift_null(lower).p, rtol=1e-9)
    higher = t.copy()
    higher[:, 1:] += by
    assert (shift_null(higher).p >= shift_null(t).p - 1e-12).all()
    null = shift_null(higher)
    assert np.allclose(null.mean, by)
    z = (t[:, 0] - by) / null.sd / np.sqrt(1 + 1 / (15 * 12))
    assert np.allclose(null.p, stats.t.sf(z, null.df))


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(2, 20), st.floats(0, 1), st.sampled_from([0.0, 1e-9, 50]))
def test_statistics_are_numbers(seed: int, n: int, n_shifts: int, share: float, scale: float) -> None:
    """Whatever share of shifts has sides that are the same, and however large t is."""
    rng = np.random.default_rng(seed)
    t = drawn(n, n_shifts, rng) + scale
    t[rng.random(t.shape) < share] = 0
    null = shift_null(t)
    for values in (null.mean, null.sd, null.p):
        assert np.isfinite(values).all()
    assert (null.sd > 0).all()
    assert ((null.p >= 0) & (null.p <= 1)).all()
    assert null.df > 0
    assert (null.p[~t.any(1)] == 1).all()


def test_a_model_against_itself_is_never_significant() -> None:
    rng = np.random.default_rng(0)
    t = drawn(10, 20, rng)
    t[3] = 0
    null = shift_null(t)
    assert null.p[3] == 1
    others = np.delete(np.arange(10), 3)
    assert np.allclose(null.p[others], shift_null(t[others]).p), "nor do the others know of it"
    assert (shift_null(np.zeros((4, 6))).p == 1).all()


def test_shifts_whose_sides_are_the_same_do_not_shrink_the_scale() -> None:
    rng = np.random.default_rng(0)
    t = drawn(40, 40, rng)
    assert np.allclose(shift_variance(t[:, 1:]), t[:, 1:].var(1, ddof=1))
    t[0, 1:] = 0
    null = shift_null(t)
    assert 0.8 < null.sd[0] < 1.2
    assert null.p[0] == pytest.approx(stats.norm.sf(t[0, 0]), abs=0.1)
    half = drawn(2000, 40, rng)
    half[:, 1:][rng.random((2000, 40)) < 0.7] = 0
    assert abs(shift_variance(half[:, 1:]).mean() - 1) < 0.1


def test_the_corrected_t() -> None:
    """Nadeau and Bengio 2003: the variance of a mean over K folds is wider by 1 / K + n_test / n_train."""
    sums = np.random.default_rng(0).standard_normal((60, 5)) + 0.2
    own = Paired(sums[:, :, None].astype(np.float32))
    n_folds, ratio = 5, 0.3
    expected = stats.ttest_1samp(sums, 0).statistic * np.sqrt(1 / n_folds / (1 / n_folds + ratio * (n_folds - 1) / 5))
    null = corrected_t(own.t[:, 0], 60, ratio, n_folds)
    assert np.allclose(null.p, stats.t.sf(expected, 9), rtol=1e-4)
    assert np.allclose(null.sd, np.sqrt(1 + 4 * ratio))
    assert null.df == 9, "ten held-out halves, however many blocks"
    assert corrected_t(own.t[:, 0], 6, ratio, n_folds).df == 5
    assert (null.mean == 0).all()
    assert (corrected_t(np.zeros(3), 60, ratio, n_folds).p == 1).all()
    assert np.isnan(corrected_t(np.ones(3), 1, ratio, n_folds).p).all()
    more = corrected_t(own.t[:, 0], 60, ratio, n_folds, 7.0)
    assert np.allclose(more.p, np.minimum(7 * null.p, 1)), "the choice among seven has to be paid for"
    assert np.array_equal(corrected_t(own.t[:, 0], 60, ratio, n_folds, 0.5).p, null.p), "nothing is won by fewer"


def test_t_is_that_of_block_sums_and_of_nothing_where_sides_are_the_same() -> None:
    rng = np.random.default_rng(0)
    sums = (rng.standard_normal((20, 4, 3)) + 0.2).astype(np.float32)
    own = Paired(sums)
    assert np.allclose(own.t, stats.ttest_1samp(sums, 0).statistic, rtol=1e-5)
    assert np.allclose(own.diff, sums.sum(0), rtol=1e-5)
    assert np.allclose(own.error, np.sqrt(20) * sums.std(0, ddof=1), rtol=1e-5)
    assert (Paired(np.zeros((20, 4, 3), np.float32)).t == 0).all()
    assert (Paired(sums * 1e-9).t == 0).all(), "rounding is no difference"
    assert np.allclose(Paired(sums * 1e-4).t, own.t, rtol=1e-5), "small differences are"


def test_nulls_skewed_to_the_right_hold_their_size() -> None:
    rng = np.random.default_rng(5)
    t = (rng.gamma(16.0, size=(4000, 41)) - 16) / 4  # skewness 0.5
    whole = shift_null(t)
    assert (whole.p < 0.05).mean() == pytest.approx(0.05, abs=0.008)
    assert (stats.t.sf((t[:, 0] - np.maximum(whole.mean, 0)) / t[:, 1:].std(), 39) < 0.05).mean() > 0.058


def test_the_upper_spread() -> None:
    rng = np.random.default_rng(6)
    skewed = rng.gamma(16.0, size=(500, 40)) - 16
    c = stats.norm.isf(0.05)
    assert upper_spread(skewed) == pytest.approx(1 + 0.5 * (c**2 - 1) / (6 * c), abs=0.01)
    assert upper_spread(-skewed) == upper_spread(np.abs(skewed[:4])) == 1
    with_nothing = np.where(rng.random(skewed.shape) < 0.3, 0, skewed)
    assert upper_spread(with_nothing) == pytest.approx(upper_spread(skewed), abs=0.02)
