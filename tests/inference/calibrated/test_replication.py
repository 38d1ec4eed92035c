"""Split-half replication and the smallest detectable difference belong to the same block sums."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bids_vlint.encoding.stats import block_t
from bids_vlint.inference.calibrated.replication import film_half, replicate


def test_halves_are_those_of_the_film_however_often_it_was_seen() -> None:
    time = np.array([0, 5, 10, 15, 0, 5, 10, 15, 0, 5])
    np.testing.assert_array_equal(film_half(time), [0, 0, 1, 1, 0, 0, 1, 1, 0, 0])
    assert film_half(np.arange(7.0)).sum() == 3


def test_without_a_null_it_is_scipys_t_test_in_each_half() -> None:
    rng = np.random.default_rng(0)
    sums, time = rng.standard_normal((60, 5)) + 0.3, rng.permutation(60).astype(float)
    found = replicate(sums, time)
    for k in (0, 1):
        own = sums[(time >= 30) == k]
        t, p = stats.ttest_1samp(own, 0, alternative="greater")
        np.testing.assert_allclose(found.t[k], t)
        np.testing.assert_allclose(found.p[k], p)
        np.testing.assert_allclose(found.diff[k], own.mean(0) * 60)
    np.testing.assert_allclose(found.diff.mean(0), sums.sum(0))  # halves are equally long here


def test_a_lasting_effect_replicates_one_of_a_single_half_does_not() -> None:
    rng = np.random.default_rng(1)
    time = np.arange(120.0)
    sums = rng.standard_normal((120, 90))
    sums[:, :30] += 1
    sums[:60, 30:60] += 1
    found = replicate(sums, time).replicated
    assert sum(v is True for v in found[:30]) == 30
    assert sum(v is True for v in found[30:]) <= 6  # 5 % of those with one good half, 0.25 % of the rest


def test_chance_of_replicating_without_an_effect() -> None:
    sums = np.random.default_rng(2).standard_normal((80, 20000))
    share = np.mean(replicate(sums, np.arange(80.0)).replicated.astype(bool))
    assert share == pytest.approx(0.0025, abs=0.0012)


def test_a_null_wider_than_t_makes_it_harder_and_a_negative_mean_no_easier() -> None:
    sums, time = np.random.default_rng(3).standard_normal((80, 40)) + 0.2, np.arange(80.0)
    plain, wide = replicate(sums, time), replicate(sums, time, null_sd=1.5)
    assert (wide.p > plain.p)[plain.t > 0].all()
    np.testing.assert_allclose(replicate(sums, time, correction=1.5).p, wide.p)
    np.testing.assert_allclose(replicate(sums, time, null_sd=1.0, null_mean=-1.0).p, plain.p)
    assert (replicate(sums, time, null_sd=np.ones((2, 40)), null_mean=0.5).p > plain.p).all()


def test_known_null_holds_its_size_when_blocks_depend() -> None:
    """Neighbouring blocks that share signal: the null of the halves' t, from replicates, sets it right."""
    rng = np.random.default_rng(4)
    white = rng.standard_normal((101, 4000, 2))
    sums, replicates = (white[1:] + white[:-1])[:, :, 0], (white[1:] + white[:-1])[:, :, 1]
    time = np.arange(100.0)
    sd = np.stack([block_t(replicates[film_half(time) == k]).std() for k in (0, 1)])[:, None]
    naive, known = replicate(sums, time), replicate(sums, time, null_sd=sd)
    assert (naive.p < 0.05).mean() > 0.08
    assert (known.p < 0.05).mean() == pytest.approx(0.05, abs=0.012)


def test_too_few_blocks_say_nothing() -> None:
    found = replicate(np.ones((15, 2)) + np.arange(15)[:, None], np.arange(15.0))
    assert np.isnan(found.p[1]).all()
    assert np.isfinite(found.p[0]).all()
    assert found.replicated.tolist() == [None, None]


def test_blocks_that_do_not_vary_do_not_replicate() -> None:
    assert replicate(np.zeros((40, 1)), np.arange(40.0)).replicated.tolist() == [False]
