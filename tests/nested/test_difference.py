"""Intervals of a region's difference to the rest: between -1 and 1, as wide as the test's where there is none."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from scipy import stats

from benchmarks.regions.coverage import planted_coverage
from benchmarks.regions.kinds import COLUMNS, Kind, drawn
from bids_vlint.nested.contrast import Contrasts, Sums, moderated, summed
from bids_vlint.nested.difference import difference_to_rest
from bids_vlint.nested.electrodes import Cells


def interval(kind: Kind, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, Sums, Contrasts]:
    layout, hit = drawn(kind, np.random.default_rng(seed), 1)
    cells = replace(layout, hit=hit[0]).cells
    made, sums = summed(replace(cells, k=cells.k[:, None]))
    found = moderated(sums)
    return *difference_to_rest(cells, made, sums, found), sums, found


def as_the_test(sums: Sums, found: Contrasts) -> np.ndarray:
    """Half of an interval with the test's own variance, at every difference."""
    of_score = found.variance[0] * sums.information[:, 0]
    half: np.ndarray = stats.t.ppf(0.975, found.total_df) * np.sqrt(of_score) / sums.weight[:, 0]
    return half


def test_no_interval_passes_one() -> None:
    beyond = 0
    for seed in range(20):
        for kind in (Kind(effect=8, participants=3), Kind(base=3, effect=-8, participants=4)):
            difference, low, high, sums, found = interval(kind, seed)
            beyond += int((np.abs(difference) + as_the_test(sums, found) > 1).sum())
            known = ~np.isnan(difference)
            assert (np.isnan(low) == ~known).all()
            assert (low[known] >= -1).all()
            assert (low[known] <= difference[known]).all()
            assert (difference[known] <= high[known]).all()
            assert (high[known] <= 1).all()
    assert beyond > 20, "so many would, with the test's variance"


def test_where_nothing_is_they_say_so_as_often_as_the_test_does() -> None:
    """An interval holds 0 where one of the test's own variance does: coverage at 0 is that of before."""
    held = []
    for seed, kind in product(range(40), (COLUMNS["independent"], COLUMNS["shared 1.5, differ 1"])):
        difference, low, high, sums, found = interval(kind, seed)
        known = ~np.isnan(difference)
        zero = ((low <= 0) & (high >= 0))[known]
        np.testing.assert_array_equal(zero, (np.abs(difference) <= as_the_test(sums, found))[known])
        held += list(zero)
    assert 0.92 < np.mean(held) < 0.98


def test_they_hold_the_difference_that_is_planted() -> None:
    """With the test's variance, that of rates near the participant's own, 68 % do."""
    assert float(str(planted_coverage("independent", Kind(effect=3), 60)["difference_held"])) >= 0.87


def test_they_hold_it_where_participants_rates_differ() -> None:
    """One odds ratio makes other differences at other rates: 82 % do where these are taken for the same."""
    differ = Kind(effect=3, person=1, participants=12, shafts=20)
    assert float(str(planted_coverage("participants' rates differ", differ, 100)["difference_held"])) >= 0.9


def test_few_regions_have_intervals_as_narrow_as_others() -> None:
    """As a region's difference grows the rate elsewhere stays what it was seen to be, though half of all is the region:
    otherwise intervals are up to .7 wide."""
    widths = []
    for seed in range(40):
        _, low, high, *_ = interval(Kind(regions=2, effect=3), seed)
        widths.append(np.nanmax(high - low))
    assert max(widths) < 0.45


def test_participants_who_differ_count_as_many_as_they_are() -> None:
    """Of many electrodes at participants' own rates and one odds ratio, the interval is t's of their differences."""
    logits = np.array([-3.0, -2.5, -2.2, -1.8, -1.5, -1.0])
    inside, rest = (1 / (1 + np.exp(-(logits + effect))) for effect in (0.8, 0.0))
    people, n = len(logits), 20_000.0
    cells = Cells(np.tile(np.arange(people), 2), np.repeat([0, 1], people), np.full(2 * people, n),
                  np.round(n * np.concatenate([inside, rest])), people, 2)  # fmt: skip
    made, sums = summed(replace(cells, k=cells.k[:, None]))
    _, low, high = difference_to_rest(cells, made, sums, moderated(sums))
    of_participants = stats.ttest_1samp(inside - rest, 0).confidence_interval()
    assert low[0] < np.mean(inside - rest) < high[0]
    width = of_participants.high - of_participants.low
    assert 0.7 * width <= high[0] - low[0] <= 2 * width
