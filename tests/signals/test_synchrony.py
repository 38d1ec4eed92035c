"""Whether a recording follows a film: a right start passes, wrong ones are found, unrelated recordings rarely warn."""

from __future__ import annotations

import numpy as np
import pytest

from bids_vlint.signals.synchrony import N_SURROGATES, synchrony_of
from bids_vlint.signals.traces import AS_ANALYSED, HIGH_GAMMA, n_trace_steps, traced
from tests.acceptance.signals import pink_noise

NAMES = ("A1", "A2", "A3", "A4")
FILM, WHOLE = 2400, 3600  # tenths of a second
TRUE = 700


def film(rng: np.random.Generator) -> np.ndarray:
    """Bursts of sound and pauses."""
    slow = np.convolve(rng.standard_normal(FILM + 20), np.ones(20) / 20, "same")[:FILM]
    return np.where(slow > 0, rng.lognormal(0, 0.6, FILM), 0.05)


def recording(rng: np.random.Generator, level: np.ndarray | None = None, at: int = TRUE) -> dict[str, np.ndarray]:
    """Noise of uneven amplitude with a few artefacts; the high gamma of A2 follows a level."""
    uneven = np.exp(0.6 * pink_noise(rng, WHOLE, 10.0, 2.0))[:, None]
    data = {kind: uneven * np.stack([pink_noise(rng, WHOLE, 10.0, e) for _ in NAMES], 1)
            for kind, e in ((HIGH_GAMMA, 0.3), (AS_ANALYSED, 1.0))}  # fmt: skip
    data[HIGH_GAMMA][rng.integers(0, WHOLE, 3)] += 40
    if level is not None:
        end = min(at + 2 + FILM, WHOLE)
        data[HIGH_GAMMA][at + 2 : end, 1] += level[: end - at - 2] - level.mean()
    return data


@pytest.mark.parametrize("wrong", [0, 50, -50, 700, -976])
def test_wrong_starts_are_found_and_the_right_one_passes(wrong: int) -> None:
    """Also where the film is said to begin before the recording, or to end after it."""
    rng = np.random.default_rng(abs(wrong))
    level = film(rng)
    found = synchrony_of(recording(rng, level), NAMES, level, np.arange(FILM), TRUE + wrong, 1)
    assert found is not None
    assert found.follows is (wrong == 0)
    assert found.lag == pytest.approx(0.2 - wrong / 10, abs=0.11)
    assert (found.electrode, found.kind) == ("A2", HIGH_GAMMA)
    assert found.z > found.threshold
    assert found.p == 1 / (1 + N_SURROGATES)
    assert ("A2", HIGH_GAMMA) in found.curves
    assert len(found.curve_lag) == 201 == len(found.curves["A2", HIGH_GAMMA])
    assert found.profile.max() == pytest.approx(found.z)


def test_unrelated_recordings_rarely_warn() -> None:
    """One false alarm in 100 is what the surrogates allow, and a margin is left."""
    warned = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        found = synchrony_of(recording(rng), NAMES, film(rng), np.arange(FILM), TRUE, seed)
        assert found is not None
        warned += found.follows is not None
    assert warned <= 1


def test_a_pause_and_a_drift() -> None:
    """A film that was paused is followed on both sides; clocks that drift show in its thirds."""
    rng = np.random.default_rng(3)
    level = 3 * film(rng)
    paused = np.concatenate([np.arange(1200), np.full(300, -1), np.arange(1200, FILM)])
    data = recording(rng)
    data[HIGH_GAMMA][TRUE + 2 : TRUE + 2 + len(paused), 1] += np.where(paused >= 0, level[paused], 0)
    found = synchrony_of(data, NAMES, level, paused, TRUE, 1)
    assert found is not None
    assert found.follows is True
    assert np.abs(found.thirds).max() <= 0.1
    drifting = np.round(np.arange(FILM) * (1 - 6 / FILM)).astype(int)  # 0.6 s over the film
    data = recording(rng)
    data[HIGH_GAMMA][TRUE + 2 : TRUE + 2 + FILM, 1] += level[drifting]
    found = synchrony_of(data, NAMES, level, np.arange(FILM), TRUE, 1)
    assert found is not None
    assert found.thirds[-1] - found.thirds[0] == pytest.approx(0.4, abs=0.11)


@pytest.mark.parametrize("what", ["flat film", "flat recording", "short film", "short recording", "elsewhere"])
def test_what_cannot_be_compared(what: str) -> None:
    rng = np.random.default_rng(0)
    level, data, first = film(rng), recording(rng), TRUE
    shown = np.arange(250) if what == "short film" else np.arange(FILM)
    level = np.ones(FILM) if what == "flat film" else level
    if what == "flat recording":
        data = {kind: np.zeros_like(x) for kind, x in data.items()}
    if what == "short recording":
        data = {kind: x[:200] for kind, x in data.items()}
    if what == "elsewhere":
        shown = np.full(FILM, -1)
    assert synchrony_of(data, NAMES, level, shown, first, 1) is None


def test_the_same_seed_the_same_result() -> None:
    rng = np.random.default_rng(5)
    level = film(rng)
    data = recording(rng, level)
    a, b, other = (synchrony_of(data, NAMES, level, np.arange(FILM), TRUE, seed) for seed in (1, 1, 2))
    assert a is not None
    assert b is not None
    assert other is not None
    assert (a.z, a.threshold, a.lag) == (b.z, b.threshold, b.lag)
    assert (a.z, a.lag) == (other.z, other.lag)
    assert a.threshold != other.threshold


@pytest.mark.parametrize("sfreq, holds", [(500.0, True), (2048.0, True), (128.0, False)])
def test_high_gamma_of_a_trace(sfreq: float, holds: bool) -> None:
    """Loud from 10 to 20 s in its high gamma alone; the mains is no high gamma."""
    rng, n = np.random.default_rng(0), round(30 * sfreq)
    time = np.arange(n) / sfreq
    loud = 1.0 + 3.0 * ((time > 10) & (time < 20))
    x = loud * rng.standard_normal(n) + 100 * np.sin(2 * np.pi * 50 * time) * np.sin(2 * np.pi * 0.1 * time)
    assert n_trace_steps(30.0) == 300
    high, same = traced(x, x, sfreq, np.arange(300) / 10, 50.0)
    assert high.any() == holds
    if holds:
        assert high[110:190].mean() - np.r_[high[20:80], high[220:280]].mean() > 2
    assert same[150] == pytest.approx(
        x[round(14.9 * sfreq) : round(14.9 * sfreq) + round(0.2 * sfreq)].mean(), abs=1e-5
    )
