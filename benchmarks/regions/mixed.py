"""A binomial mixed model of each region against the rest, as a check beside the program's test.

The logit of an electrode's chance to be a site is an intercept, the region's effect, and random intercepts of the
participant and of the shaft; in `with_slopes` participants differ in the region's effect, too. The random effects are
integrated out by Laplace's approximation (as R's glmer does it); p is of the signed root of the likelihood ratio,
one-sided. All regions of a group are fitted at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from bids_vlint.nested.electrodes import Nested

_STEP, _CLOSE, _ROUNDS = 1e-4, 1e-7, 50
_BOUNDS = ((-12, 12), (-8, 8), (0, 8), (0, 8), (0, 8))  # intercept, effect, SD of participants, of shafts, of slopes


@dataclass
class Counts:
    """Electrodes n and sites k, (n_regions, n_shafts, 2): outside of the region, inside; `of`: (n_shafts,
    n_participants), 1 where a shaft is a participant's. `modes`: where the random effects were found last."""

    n: np.ndarray
    k: np.ndarray
    of: np.ndarray
    modes: tuple[np.ndarray, np.ndarray, np.ndarray]


def counts_of(electrodes: Nested) -> Counts:
    """Count the electrodes of each shaft inside and outside of each region."""
    regions, shafts = len(electrodes.regions), int(electrodes.shaft.max()) + 1
    inside = electrodes.region == np.arange(regions)[:, None]
    n, k = np.zeros((2, regions, shafts, 2))
    for region in range(regions):
        cell = 2 * electrodes.shaft + inside[region]
        n[region] = np.bincount(cell, minlength=2 * shafts).reshape(shafts, 2)
        k[region] = np.bincount(cell, electrodes.hit, 2 * shafts).reshape(shafts, 2)
    owner = electrodes.participant[np.unique(electrodes.shaft, return_index=True)[1]]
    of = (owner[:, None] == np.arange(len(electrodes.participants))).astype(float)
    people = np.zeros((regions, of.shape[1]))
    return Counts(n, k, of, (people, people, np.zeros((regions, shafts))))


def log_likelihood(theta: np.ndarray, at: Counts) -> np.ndarray:
    """Laplace's approximation of the marginal log likelihood, (n_regions,).

    Parameters
    ----------
    theta : (n_regions, 5)
        Intercept, the region's effect, and the standard deviations of participants, shafts and participants' effects.
    at : Counts
        Its modes are where the search for them begins, and are set to what was found.
    """
    base, effect, person, shaft, slope = theta.T[..., None]
    u, s, w = at.modes  # standard normal: of participants, of their slopes, of shafts
    for _ in range(_ROUNDS):
        common = base + person * (u @ at.of.T) + shaft * w
        eta = np.stack([common, common + effect + slope * (s @ at.of.T)], -1)
        chance = special.expit(eta)
        rest, weight = at.k - at.n * chance, at.n * chance * (1 - chance)
        both, own = weight.sum(-1), weight[..., 1]
        d = 1 + shaft**2 * both
        cross_u, cross_s = shaft * person * both, shaft * slope * own
        to_w = shaft * rest.sum(-1) - w
        a = 1 + (person**2 * both - cross_u**2 / d) @ at.of
        b = (person * slope * own - cross_u * cross_s / d) @ at.of
        c = 1 + (slope**2 * own - cross_s**2 / d) @ at.of
        det = a * c - b * b
        to_u = (person * rest.sum(-1) - cross_u * to_w / d) @ at.of - u
        to_s = (slope * rest[..., 1] - cross_s * to_w / d) @ at.of - s
        du, ds = (c * to_u - b * to_s) / det, (a * to_s - b * to_u) / det
        dw = (to_w - cross_u * (du @ at.of.T) - cross_s * (ds @ at.of.T)) / d
        if max(np.abs(x).max() for x in (du, ds, dw)) < _CLOSE:
            break
        u, s, w = (x + np.clip(dx, -2, 2) for x, dx in ((u, du), (s, ds), (w, dw)))
    at.modes = u, s, w
    said = (at.k * eta - at.n * np.logaddexp(0, eta)).sum((1, 2))
    prior = (u**2).sum(1) + (s**2).sum(1) + (w**2).sum(1)
    found: np.ndarray = said - (prior + np.log(d).sum(1) + np.log(det).sum(1)) / 2
    return found


def fitted(at: Counts, start: np.ndarray, free: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The parameters with the highest likelihood and its logarithm; those that are not free stay as they start."""

    def downhill(values: np.ndarray) -> tuple[float, np.ndarray]:
        theta = start.copy()
        theta[:, free] = values.reshape(-1, len(free))
        here = log_likelihood(theta, at)
        slopes = [(log_likelihood(theta + _STEP * np.eye(5)[k], at) - here) / _STEP for k in free]
        return -float(here.sum()), -np.stack(slopes, -1).ravel()

    bounds = [_BOUNDS[k] for k in free] * len(start)
    found = optimize.minimize(downhill, start[:, free].ravel(), jac=True, bounds=bounds, method="L-BFGS-B",
                              options={"maxcor": 30, "ftol": 1e-10, "gtol": 1e-2})  # fmt: skip
    theta = start.copy()
    theta[:, free] = found.x.reshape(-1, len(free))
    return theta, log_likelihood(theta, at)


def intercepts(electrodes: Nested) -> np.ndarray:
    """Random intercepts of participants and shafts: p of each region, (n_regions,)."""
    return _p(electrodes, [0, 2, 3], 0.0)


def with_slopes(electrodes: Nested) -> np.ndarray:
    """The same, and participants differ in the region's effect."""
    return _p(electrodes, [0, 2, 3, 4], 0.5)


def _p(electrodes: Nested, free: list[int], slope: float) -> np.ndarray:
    at, rate = counts_of(electrodes), electrodes.hit.mean()
    if rate in (0, 1):
        return np.ones(len(electrodes.regions))
    start = np.tile([special.logit(rate), 0, 0.5, 0.5, slope], (len(electrodes.regions), 1))
    without, less = fitted(at, start, free)
    theta, more = fitted(at, without, sorted([*free, 1]))
    p: np.ndarray = stats.norm.sf(np.sign(theta[:, 1]) * np.sqrt(2 * np.maximum(more - less, 0)))
    return p
