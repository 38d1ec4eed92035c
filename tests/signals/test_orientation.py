"""The order of numbers that a BrainVision header declares, against the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bids_vlint.signals.orientation import MULTIPLEXED, VECTORIZED, judge_orientation

ORDERS = (MULTIPLEXED, VECTORIZED)
TYPES = {"INT_16": "<i2", "IEEE_FLOAT_32": "<f4"}


def signals(seed: int, n_channels: int, rate: float, mains: float, exponent: float, offsets: float) -> np.ndarray:
    """Contacts with a spectrum of 1 / f ** exponent, gains and offsets of their own and the mains, in 0.1 µV."""
    rng, n = np.random.default_rng(seed), 3000
    frequency = np.fft.rfftfreq(n)
    frequency[0] = frequency[1]
    spectrum = rng.standard_normal((2, n_channels, len(frequency))) * frequency ** (-exponent / 2)
    own = np.fft.irfft(spectrum[0] + 1j * spectrum[1], n)
    own *= 500 * np.exp(rng.normal(0, 0.5, (n_channels, 1))) / own.std(1, keepdims=True)
    phase = 2 * np.pi * 50 * np.arange(n) / rate + rng.uniform(0, 0.3, (n_channels, 1))
    found: np.ndarray = own + offsets * rng.standard_normal((n_channels, 1)) + mains * np.sin(phase)
    return found


def written(file: Path, x: np.ndarray, order: str, kind: str = "INT_16") -> Path:
    rows = x.T if order == MULTIPLEXED else x
    np.clip(rows, -32767, 32767).astype(TYPES[kind]).tofile(file)
    return file


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("order", ORDERS)
def test_the_other_order_is_refused_with_both_names(tmp_path: Path, order: str, kind: str) -> None:
    file = written(tmp_path / "a.eeg", signals(0, 63, 1000.0, 50.0, 2.0, 100.0), order, kind)
    for declared in ORDERS:
        found = judge_orientation(file, kind, declared, 63)
        assert found is not None
        assert found.verdict == ("agrees" if declared == order else "refused")
        assert found.found == order
        assert (f"DataOrientation={declared}" in found.said) == (declared != order)


@settings(max_examples=40)
@given(
    st.integers(0, 10_000), st.sampled_from([6, 10, 20, 40, 50, 117, 200]), st.sampled_from([250.0, 500.0, 1000.0]),
    st.sampled_from([0.0, 500.0, 10_000.0]), st.floats(0.8, 3.0), st.sampled_from([0.0, 10_000.0]),
    st.sampled_from(ORDERS),
)  # fmt: skip
def test_what_is_as_declared_is_never_refused(  # also where the mains' period is a row
    tmp_path_factory: pytest.TempPathFactory, seed: int, n: int, rate: float, mains: float, exponent: float,
    offsets: float, order: str,
) -> None:  # fmt: skip
    file = tmp_path_factory.getbasetemp() / "order.eeg"
    found = judge_orientation(
        written(file, signals(seed, n, rate, mains, exponent, offsets), order), "INT_16", order, n
    )
    assert found is not None
    assert found.verdict == "agrees"


@pytest.mark.parametrize("x", [np.zeros((16, 4000)), np.ones((16, 4000)) * np.arange(16)[:, None],
                               np.full((16, 4000), np.nan), np.ones((3, 4000)), np.ones((16, 9))])  # fmt: skip
def test_where_nothing_can_be_told_nothing_is_said(tmp_path: Path, x: np.ndarray) -> None:
    np.ascontiguousarray(x.T).astype("<f4").tofile(tmp_path / "a.eeg")
    assert judge_orientation(tmp_path / "a.eeg", "IEEE_FLOAT_32", MULTIPLEXED, len(x)) is None


def test_noise_without_memory_could_be_either(tmp_path: Path) -> None:
    file = written(tmp_path / "a.eeg", 1000 * np.random.default_rng(0).standard_normal((32, 4000)), MULTIPLEXED)
    for declared in ORDERS:
        found = judge_orientation(file, "INT_16", declared, 32)
        assert found is not None
        assert (found.verdict, found.found) == ("agrees", "could be either")
