"""Shares of sites and of participants: their intervals hold what they promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from benchmarks.regions.coverage import planted_coverage
from benchmarks.regions.kinds import COLUMNS, Kind, drawn, rates
from bids_vlint.inference.correction import simes
from bids_vlint.nested.electrodes import Cells
from bids_vlint.nested.prevalence import OWN_LEVEL, positive_groups, prevalence
from bids_vlint.nested.proportion import intraclass_correlation, proportions


def test_intervals_of_clustered_electrodes_cover() -> None:
    kind, rng = COLUMNS["shared 1.5, differ 1"], np.random.default_rng(0)
    truth = np.mean([rates(kind, drawn(kind, rng, 1)[0], rng, 50).mean() for _ in range(10)])
    held = []
    for _ in range(60):
        layout, hit = drawn(kind, rng, 1)
        found = proportions(replace(layout, hit=hit[0]).cells)
        held.append((found.low <= truth) & (truth <= found.high))
    assert 0.92 < np.mean(held) < 0.99


def test_independent_electrodes_have_wilsons_interval() -> None:
    """Cells of one electrode each have nothing in common that could be counted."""
    cells = Cells(np.arange(20), np.zeros(20, int), np.ones(20), np.repeat([1.0, 0], [3, 17]), 20, 1)
    found = proportions(cells)
    low, high = stats.binomtest(3, 20).proportion_ci(method="wilson")
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), rel=1e-6)


def test_correlation_of_sites_is_that_of_participants_whose_logits_are_normal() -> None:
    for centre, shared in ((-3.0, 0.5), (-2.0, 1.5), (0.0, 1.0), (1.5, 2.5), (-4.0, 4.0)):
        rates_of = stats.norm.expect(lambda x, c=centre, s=shared: special.expit(c + s * x))
        squares = stats.norm.expect(lambda x, c=centre, s=shared: special.expit(c + s * x) ** 2)
        expected = (squares - rates_of**2) / (rates_of * (1 - rates_of))
        assert intraclass_correlation(np.array([rates_of]), shared)[0] == pytest.approx(expected, abs=2e-3)
    assert (intraclass_correlation(np.array([0.0, 0.5, 1.0]), 0.0) < 1e-9).all()
    assert intraclass_correlation(np.array([0.5]), 30.0)[0] > 0.9


def test_what_electrodes_share_is_found() -> None:
    """Of participants and regions whose logits vary by 1.2, at rates from .05 to .6."""
    rng = np.random.default_rng(4)
    people, regions, n, shared = 40, 12, 20, 1.2
    chance = special.expit(np.linspace(-3.5, 0.5, regions)[:, None] + shared * rng.standard_normal((regions, people)))
    cells = Cells(np.tile(np.arange(people), regions), np.repeat(np.arange(regions), people),
                  np.full(regions * people, float(n)), rng.binomial(n, chance).ravel().astype(float), people,
                  regions)  # fmt: skip
    assert proportions(cells).shared == pytest.approx(shared, abs=0.12)


def test_an_interval_is_as_wide_as_participants_differ_at_its_own_rate() -> None:
    """One correlation for all rates made 82 to 90 % of intervals hold the rate of a region with an effect."""
    differ = Kind(effect=3, person=1, participants=12)
    assert float(str(planted_coverage("participants' rates differ", differ, 100)["proportion_held"])) >= 0.9


def test_few_participants_have_no_share() -> None:
    cells = Cells(
        np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]), np.array([1.0, 9, 9, 9]), np.array([1.0, 9, 9, 9]), 3, 2
    )
    found = proportions(cells)
    assert np.isnan([found.share[0], found.low[0], found.high[0]]).all()
    assert found.share[1] == found.high[1] == 1
    assert 0 < found.low[1] < 1


def test_prevalence_is_ince_and_others() -> None:
    """Of their equations: the posterior by its density on a grid, its mode, and the narrowest 95 %."""
    for k, n in ((0, 7), (1, 5), (4, 9), (10, 10)):
        gamma = np.linspace(0, 1, 20001)
        theta = OWN_LEVEL + (1 - OWN_LEVEL) * gamma
        density = theta**k * (1 - theta) ** (n - k)
        density /= density.sum()
        order = np.argsort(-density, kind="stable")
        inside = gamma[order[: np.searchsorted(np.cumsum(density[order]), 0.95) + 1]]
        expected = (gamma[np.argmax(density)], inside.min(), inside.max())
        assert prevalence(k, n) == pytest.approx(expected, abs=2e-3), (k, n)


def test_prevalence_covers_over_its_prior() -> None:
    rng = np.random.default_rng(1)
    for n in (5, 10):
        truth = rng.random(4000)
        k = rng.binomial(n, OWN_LEVEL + (1 - OWN_LEVEL) * truth)
        own = {value: prevalence(value, n) for value in range(n + 1)}
        held = [own[v].low <= t <= own[v].high for v, t in zip(k, truth)]
        assert np.mean(held) == pytest.approx(0.95, abs=0.012)


def test_participants_without_any_are_positive_at_the_level() -> None:
    rng = np.random.default_rng(2)
    p = rng.random((4000, 6))
    said = positive_groups(p.ravel(), np.repeat(np.arange(4000), 6), 4000)
    np.testing.assert_array_equal(said, simes(p) <= OWN_LEVEL)
    assert said.mean() == pytest.approx(OWN_LEVEL, abs=0.011)
