"""Spectra before and after the notch: scipy's own, computed apart, and lines of known size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from mne.filter import notch_filter
from scipy import signal as scipy_signal

from bids_vlint.signals.extract import Signal
from bids_vlint.signals.reference import Derivation
from bids_vlint.signals.spectra import FREQUENCIES, above_neighbours, harmonics, spectra, stretches

SFREQ, N_STRETCHES, LENGTH = 500.0, 4, 15_000
TIME = np.arange(N_STRETCHES * LENGTH) / SFREQ
NOISE = np.random.default_rng(0).standard_normal((4, len(TIME))) * 1e-5
LINE = 2e-5 * np.sin(2 * np.pi * 50 * TIME)
CONTACTS = {"A1": NOISE[0] + LINE, "A2": NOISE[1], "A3": NOISE[2] + 100e-6, "B1": NOISE[3] * np.nan}


def read(names: Sequence[str]) -> np.ndarray:
    return np.stack([CONTACTS[name] for name in names])


def alone(name: str) -> Derivation:
    return Derivation(name, ((name, 1.0),), (name,))


def found(derivations: Sequence[Derivation], samples: float = 1e9, contacts: Sequence[str] = ()) -> np.ndarray:
    own = Signal(read, len(TIME), SFREQ)
    return spectra(own, [LENGTH] * N_STRETCHES, derivations, line_freq=50.0, contacts=contacts, samples=samples)


def expected(x: np.ndarray, lengths: Sequence[int] = (LENGTH,) * N_STRETCHES) -> np.ndarray:
    """The median over stretches of scipy's Welch, without 3.5 s at either end, each stretch read apart."""
    parts = [scipy_signal.welch(own[1750:-1750], SFREQ, window="hann", nperseg=1000, noverlap=500)
             for own in np.split(x, np.cumsum(lengths)[:-1])]  # fmt: skip
    hertz = parts[0][0]
    power = np.median([p for _, p in parts], axis=0)
    return power[np.isin(hertz, FREQUENCIES)]


def test_power_is_that_of_scipy() -> None:
    power = found([alone("A1"), alone("A2")])
    top = len(expected(CONTACTS["A1"]))
    for k, name in enumerate(("A1", "A2")):
        known = np.isfinite(power[k, 0])
        assert known.sum() >= top - 2
        np.testing.assert_allclose(power[k, 0, known], expected(CONTACTS[name])[: known.sum()], rtol=1e-5)
    assert not np.isfinite(power[..., FREQUENCIES > SFREQ / 2]).any()
    # 20 µV at 50 Hz are 200 µV² in a window whose noise bandwidth is 1.5 bins of 0.5 Hz
    at = FREQUENCIES == 50
    assert power[0, 0, at][0] == pytest.approx(200e-12 / 0.75, rel=0.02)


def test_stretches_of_several_lengths() -> None:
    """Whole segments of a recording with many interruptions."""
    lengths = [12_000, 20_000, 8_000, 12_000, 8_000]
    own = Signal(read, len(TIME), SFREQ)
    (power,) = spectra(own, lengths, [alone("A1")], line_freq=50.0, samples=1e9)
    known = np.isfinite(power[0])
    np.testing.assert_allclose(power[0, known], expected(CONTACTS["A1"], lengths)[: known.sum()], rtol=1e-5)


def test_after_the_notch_is_what_the_same_filter_leaves_of_each_stretch() -> None:
    power = found([alone("A1")])[0, 1]
    harmonic = np.arange(50.0, SFREQ / 2 - 2, 50.0)
    parts = [notch_filter(own, SFREQ, harmonic, method="fir", phase="zero", verbose="error")
             for own in np.split(CONTACTS["A1"], N_STRETCHES)]  # fmt: skip
    known = np.isfinite(power)
    np.testing.assert_allclose(power[known], expected(np.concatenate(parts))[: known.sum()], rtol=0.02)
    before, after = above_neighbours(found([alone("A1")])[0], 50.0)
    assert before == pytest.approx(10 * np.log10(200 / 0.75 / (1e2 * 2 / SFREQ)), abs=1.0)
    assert after < 0


def test_without_mains_nothing_is_taken_out() -> None:
    own = Signal(read, len(TIME), SFREQ)
    power = spectra(own, [LENGTH] * N_STRETCHES, [alone("A1")], line_freq=None, samples=1e9)
    np.testing.assert_array_equal(power[0, 0], power[0, 1])


def test_reference_blocks_and_what_is_no_number() -> None:
    pair = Derivation("A1-A2", (("A1", 1.0), ("A2", -1.0)), ("A1", "A2"))
    every = [pair, alone("A3"), alone("B1")]
    power = found(every)
    known = np.isfinite(power[0, 0])
    np.testing.assert_allclose(power[0, 0, known], expected(CONTACTS["A1"] - CONTACTS["A2"])[: known.sum()], rtol=1e-5)
    assert not np.isfinite(power[2]).any()
    np.testing.assert_array_equal(power, found(every, samples=1.0))
    average = found([alone("A2")], contacts=["A1", "A2", "A3", "B1"])[0, 0, known]
    mean = np.mean([CONTACTS[name] for name in ("A1", "A2", "A3")], axis=0)
    np.testing.assert_allclose(average, expected(CONTACTS["A2"] - mean)[: known.sum()], rtol=1e-4)


def test_stretches_are_few_and_spread() -> None:
    hour = stretches([slice(0, 360_000)], 100.0)
    assert len(hour) == 12
    assert {own.stop - own.start for own in hour} == {3000}
    assert (hour[0].start, hour[-1].stop) == (0, 360_000)
    assert stretches([slice(0, 2000), slice(2000, 2100)], 100.0) == [slice(0, 2000)]
    assert stretches([slice(0, 1300)], 100.0) == []


def test_a_signal_without_a_stretch_is_not_read() -> None:
    own = Signal(lambda _: np.concatenate([]), 0, SFREQ)  # type: ignore[call-overload]
    power = spectra(own, [], [alone("A2")], line_freq=50.0, contacts=["A2"], samples=1e9)
    assert power.shape == (1, 2, len(FREQUENCIES))
    assert np.isnan(power).all()


def test_harmonics_that_have_neighbours() -> None:
    assert harmonics(50.0, 2000.0).tolist() == [50.0, 100.0, 150.0, 200.0, 250.0]
    assert harmonics(60.0, 128.0).tolist() == [60.0]
    assert harmonics(60.0, 100.0).tolist() == []
