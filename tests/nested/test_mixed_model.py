"""The mixed model that the region test is checked against: its likelihood is the integral over random effects."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import special

from benchmarks.regions.kinds import Kind, drawn
from benchmarks.regions.mixed import Counts, intercepts, log_likelihood, with_slopes

N = np.array([[[20, 10], [15, 25]]], float)
K = np.array([[[4, 5], [3, 12]]], float)


def counts() -> Counts:
    """Two shafts of a participant."""
    return Counts(N, K, np.ones((2, 1)), (np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 2))))


def of_binomials(eta: np.ndarray) -> float:
    return float((K[0] * eta - N[0] * np.logaddexp(0, eta)).sum())


def test_without_random_effects_it_is_that_of_binomials() -> None:
    found = log_likelihood(np.array([[-1.2, 0.7, 0, 0, 0]]), counts())
    assert found[0] == pytest.approx(of_binomials(np.array([[-1.2, -0.5]] * 2)))


@pytest.mark.parametrize("theta", [(-1.0, 0.8, 0.6, 0.5, 0.0), (-1.5, 1.0, 0.3, 0.4, 0.7)])
def test_it_is_near_the_integral(theta: tuple[float, ...]) -> None:
    """By Gauss-Hermite quadrature over participant, slope and both shafts."""
    base, effect, person, shaft, slope = theta
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    found = []
    for u, s, w, v in product(range(9), repeat=4):
        common = base + person * nodes[u] + shaft * nodes[[w, v]]
        eta = np.stack([common, common + effect + slope * nodes[s]], -1)
        found.append(of_binomials(eta) + np.log(weights[[u, s, w, v]] / np.sqrt(2 * np.pi)).sum())
    assert log_likelihood(np.array([theta]), counts())[0] == pytest.approx(special.logsumexp(found), abs=0.05)


def test_it_finds_the_region_that_is_planted() -> None:
    layout, hit = drawn(Kind(effect=2.5, participants=5, shafts=6, regions=5), np.random.default_rng(1), 1)
    for test in (intercepts, with_slopes):
        p = test(replace(layout, hit=hit[0]))
        assert p[0] < 0.01 < p[1:].min()
    assert (intercepts(layout) == 1).all(), "no site at all"
