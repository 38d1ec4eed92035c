"""What makes noise hard to believe, before it is cleaned: bursts, drifts with jumps, what is left of the mains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.calibration.film import STEP_S
from benchmarks.calibration.recording import power_law

Shape = Callable[[np.ndarray, np.random.Generator], np.ndarray]
_ON_A_SHAFT = 8


def bursty(noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Three bursts a minute, 0.3 to 4 s long and 3 to 12 times as large, which the electrodes of a shaft share; spikes
    of single electrodes between them."""
    out = noise.copy()
    n_steps, n_electrodes = noise.shape
    minutes = n_steps * STEP_S / 60
    for first in range(0, n_electrodes, _ON_A_SHAFT):
        own = slice(first, min(first + _ON_A_SHAFT, n_electrodes))
        for start in rng.integers(0, n_steps, rng.poisson(3 * minutes)):
            length = round(rng.uniform(0.3, 4.0) / STEP_S)
            shared = power_law(length, np.array([1.5]), rng)
            out[start : start + length, own] += rng.uniform(3, 12) * shared[: n_steps - start]
    for e in range(n_electrodes):
        at = rng.integers(0, n_steps - 4, rng.poisson(6 * minutes))
        out[at[:, None] + np.arange(4), e] += rng.uniform(5, 20, (len(at), 1)) * np.array([1.0, -0.6, -0.3, 0.1])
    return out


def drifting(noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random walk of ten times the noise with a jump every two minutes, and an amplitude that wanders fourfold."""
    n_steps, n_electrodes = noise.shape
    knots = np.linspace(0, n_steps - 1, 9)
    gain = np.stack([np.exp(0.7 * np.interp(np.arange(n_steps), knots, rng.standard_normal(9)))
                     for _ in range(n_electrodes)], axis=1)  # fmt: skip
    jumps = (rng.random(noise.shape) < STEP_S / 120) * rng.normal(0, 20, noise.shape)
    return noise * gain + 10 * power_law(n_steps, np.full(n_electrodes, 2.0), rng) + np.cumsum(jumps, axis=0)


def line_ridden(noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A steady tone of three times the noise in all electrodes, where a filter that missed the mains leaves one, its
    amplitude coming and going over a minute."""
    n_steps, n_electrodes = noise.shape
    time = np.arange(n_steps) * STEP_S
    slow = np.exp(0.5 * power_law(n_steps, np.array([3.0]), rng))
    tone = np.sin(2 * np.pi * rng.uniform(2.0, 8.0) * time + rng.uniform(0, 2 * np.pi))[:, None]
    return noise + 3 * slow * tone * rng.uniform(0.3, 1.0, n_electrodes)


SHAPES: dict[str, Shape] = {"even": lambda noise, _rng: noise, "bursty": bursty, "drifting": drifting,
                            "line-ridden": line_ridden}  # fmt: skip
