"""Means of regions and ranks of networks, over participants."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bids_vlint.nested.means import region_means
from bids_vlint.nested.ranks import ranks


def test_one_electrode_each_is_students_interval() -> None:
    x = np.array([0.1, 0.4, 0.2, 0.5, 0.35])
    found = region_means(x, np.arange(5), np.zeros(5, int), 1)
    low, high = stats.t.interval(0.95, 4, x.mean(), stats.sem(x))
    assert [float(v[0]) for v in found] == pytest.approx([x.mean(), low, high])


def test_intervals_cover_where_participants_are_of_very_different_size() -> None:
    rng, held = np.random.default_rng(0), []
    size = np.array([1, 2, 3, 5, 10, 80])
    person = np.tile(np.repeat(np.arange(6), size), 4)
    region = np.repeat(np.arange(4), size.sum())
    for _ in range(300):
        own = rng.standard_normal((4, 6))
        found = region_means(own[region, person] + 2 * rng.standard_normal(len(person)), person, region, 4)
        held.append((found.low <= 0) & (found.high >= 0))
    assert 0.92 < np.mean(held) < 0.975


def test_the_same_value_everywhere_is_the_mean() -> None:
    found = region_means(np.full(5, 0.15), np.array([0, 1, 2, 2, 1]), np.zeros(5, int), 1)
    assert [float(x[0]) for x in found] == pytest.approx([0.15] * 3)


def test_two_participants_have_no_interval() -> None:
    found = region_means(np.array([1.0, 2, 3, 4, 5]), np.array([0, 1, 0, 1, 2]), np.array([0, 0, 1, 1, 1]), 2)
    assert np.isnan([x[0] for x in found]).all()
    assert found.mean[1] == pytest.approx(4)


def test_ranges_of_ranks_hold_all_ranks_at_once() -> None:
    rng = np.random.default_rng(1)
    level = np.array([0.0, 0.0, 0.3, 0.6, 2.0])
    lowest, highest = np.array([4, 4, 3, 2, 1]), np.array([5, 5, 3, 2, 1])  # the last two are one rank, 4 to 5
    missed, wide = 0, []
    for _ in range(400):
        values = level + rng.standard_normal((8, 1)) + 0.5 * rng.standard_normal((8, 5))
        found = ranks(values)
        missed += bool(((found.low > lowest) | (found.high < highest)).any())
        assert ((found.low <= found.rank) & (found.rank <= found.high)).all()
        wide.append(found.high[4] - found.low[4])
    assert missed / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert np.mean(wide) < 0.5, "the best by far is known to be the best"


def test_networks_that_some_participants_lack_have_no_rank_from_the_rest() -> None:
    values = np.array([[1.0, 2], [1.1, np.nan], [1.2, np.nan], [0.9, 2.1]])
    assert np.isnan(ranks(values).rank).all()
