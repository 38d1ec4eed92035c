"""Amplitude is made steady within segments; what is flat or short stays safe."""

from __future__ import annotations

import numpy as np
import pytest

from bids_vlint.signals.clean import clean
from bids_vlint.signals.steady import steadied

SFREQ = 50.0
RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal(6000)


def whole(x: np.ndarray) -> list[slice]:
    return [slice(0, len(x))]


def test_a_loud_stretch_is_as_loud_as_the_rest() -> None:
    loud = NOISE * np.where(np.arange(6000) < 3000, 1, 8)
    made = steadied(loud, SFREQ, whole(loud))
    assert made[4000:].std() / made[:2000].std() == pytest.approx(1, abs=0.1)


def test_the_window_is_ten_seconds_cut_at_the_ends() -> None:
    made = steadied(NOISE, SFREQ, whole(NOISE))
    for at in (0, 300, 3000, 5999):
        near = NOISE[max(at - 250, 0) : at + 251]
        assert made[at] == pytest.approx(NOISE[at] / np.sqrt((near**2).mean()))


def test_segments_know_nothing_of_each_other() -> None:
    cut = [slice(0, 3000), slice(3000, 6000)]
    louder = NOISE.copy()
    louder[3000:] *= 100
    np.testing.assert_allclose(steadied(louder, SFREQ, cut), steadied(NOISE, SFREQ, cut))


def test_what_is_flat_or_quiet_stays_so() -> None:
    x = NOISE.copy()
    x[2000:4000] *= 1e-9  # a saturated amplifier: rounding alone
    made = steadied(x, SFREQ, whole(x))
    assert np.abs(made[2600:3400]).max() < 1e-6
    assert not steadied(np.zeros(500), SFREQ, [slice(0, 500)]).any()
    assert np.isfinite(made).all()


@pytest.mark.parametrize("length", [0, 1, 5, 40])
def test_short_segments(length: int) -> None:
    x = NOISE[: 2000 + length]
    parts = [slice(0, 2000), slice(2000, 2000 + length)]
    made = clean(x, SFREQ, parts, line_freq=None, band="broadband", high_pass=0.1)
    assert np.isfinite(made).all()
    assert np.abs(made).max() < 8


def test_channels_are_made_steady_one_by_one() -> None:
    two = np.stack([NOISE, 5 * NOISE[::-1]], axis=1)
    made = steadied(two, SFREQ, whole(NOISE))
    for k in (0, 1):
        np.testing.assert_allclose(made[:, k], steadied(two[:, k], SFREQ, whole(NOISE)))
