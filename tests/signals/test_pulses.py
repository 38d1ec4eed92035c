"""Triggers and dead channels are told from a brain's signal, whatever ails that."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from bids_vlint.signals.pulses import without_brain

SECONDS = 60


def brain(rng: np.random.Generator, sfreq: float, exponent: float) -> np.ndarray:
    """Noise of 50 µV whose power falls with frequency, and a converter's noise."""
    n = int(SECONDS * sfreq)
    frequency = np.fft.rfftfreq(n, 1 / sfreq)
    drawn = rng.standard_normal(len(frequency)) + 1j * rng.standard_normal(len(frequency))
    x = np.fft.irfft(drawn * np.maximum(frequency, 0.1) ** (-exponent / 2), n)
    return 50 * x / x.std() + rng.standard_normal(n)


def spikes(x: np.ndarray, rng: np.random.Generator, sfreq: float) -> np.ndarray:
    shape = signal.windows.gaussian(int(0.1 * sfreq), 0.015 * sfreq)
    at = np.zeros(len(x))
    at[rng.integers(0, len(x), SECONDS * 2)] = rng.choice([400.0, -4000.0], SECONDS * 2)
    return x + np.convolve(at, shape, "same")


def saturated(x: np.ndarray, rng: np.random.Generator, sfreq: float) -> np.ndarray:
    out = np.clip(x, -80, 80)
    for start in rng.integers(0, len(x), SECONDS // 2):
        out[start : start + int(rng.uniform(0.05, 0.6) * sfreq)] = rng.choice([5000.0, -5000.0])
    return out


def with_mains(x: np.ndarray, rng: np.random.Generator, sfreq: float) -> np.ndarray:
    return x + rng.choice([100, 1000]) * np.sin(2 * np.pi * 60 * np.arange(len(x)) / sfreq)


def flat_at_times(x: np.ndarray, rng: np.random.Generator, sfreq: float) -> np.ndarray:
    out = x.copy()
    for start in rng.integers(0, len(x), 5):
        out[start : start + int(12 * sfreq)] = x[start]
    return out


def stepping(x: np.ndarray, rng: np.random.Generator, _sfreq: float) -> np.ndarray:
    at = np.zeros(len(x))
    at[rng.integers(0, len(x), 10)] = 5000.0 * rng.choice([-1, 1], 10)
    return x + np.cumsum(at)


def coarse(x: np.ndarray, _rng: np.random.Generator, _sfreq: float) -> np.ndarray:
    return 10 * np.round(x / 10)


def found(x: np.ndarray, sfreq: float, others: int = 1) -> str:
    beside = np.random.default_rng(9).standard_normal((others, len(x)))
    told = without_brain(lambda a, b: np.vstack([x, beside])[:, a:b], ["x", *map(str, range(others))], len(x), sfreq)
    assert told is not None
    return told.get("x", "")


@pytest.mark.parametrize("ailment", [None, spikes, saturated, with_mains, flat_at_times, stepping, coarse])
def test_a_brain_is_one_whatever_ails_it(ailment: object) -> None:
    rng = np.random.default_rng(0)
    for sfreq, exponent in ((256.0, 1.0), (2048.0, 2.5)):
        x = brain(rng, sfreq, exponent)
        assert found(ailment(x, rng, sfreq) if callable(ailment) else x, sfreq) == "", (sfreq, exponent)


def pulses(sfreq: float, gap: float, rng: np.random.Generator) -> np.ndarray:
    """Square pulses of 5 V and 30 ms, not quite regular."""
    x = np.zeros(int(SECONDS * sfreq))
    for start in np.cumsum(rng.uniform(0.8, 1.2, int(SECONDS / gap)) * gap):
        x[int(start * sfreq) : int((start + 0.03) * sfreq)] = 5e6
    return x


def test_triggers_are_found() -> None:
    rng = np.random.default_rng(1)
    for sfreq, gap in ((512.0, 0.085), (512.0, 1.0), (2048.0, 0.085)):
        x = pulses(sfreq, gap, rng)
        n, mains = len(x), 1e5 * np.sin(2 * np.pi * 60 * np.arange(len(x)) / sfreq)
        assert "2 values alone" in found(x, sfreq)
        smooth = signal.sosfilt(signal.butter(2, 0.8, output="sos"), x)  # by the converter's filter
        for heard in (x + 1e4 * rng.standard_normal(n), -x + mains, smooth + 1e3 * rng.standard_normal(n),
                      x + np.linspace(0, 1e6, n) + 1e4 * rng.standard_normal(n)):  # fmt: skip
            assert "square pulses" in found(heard, sfreq)


def test_numbers_of_triggers_and_dead_channels_are_found() -> None:
    rng, n = np.random.default_rng(2), int(SECONDS * 1000)
    codes = np.repeat(rng.integers(0, 200, n // 500) * rng.integers(0, 2, n // 500), 500).astype(float)
    assert "but for a few jumps" in found(codes, 1000.0)
    assert found(np.full(n, 3.0), 1000.0) == "it is constant"
    assert found(np.full(n, np.nan), 1000.0) == "it has no numbers"
    rails = np.where(rng.random(n // 100) < 0.9, 1.0, -1.0).repeat(100) * 5000
    assert found(rails, 1000.0) == "it has 2 values alone"


def test_where_nothing_varies_nothing_is_said() -> None:
    assert without_brain(lambda a, b: np.zeros((2, b - a)), ["a", "b"], 5000, 100.0) is None
    assert without_brain(lambda a, b: np.zeros((2, b - a)), ["a", "b"], 0, 100.0) is None
