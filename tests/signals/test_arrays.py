"""Responses from arrays: the same numbers as those of a data set's recordings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bids_vlint.errors import InputError
from bids_vlint.signals.clean import clean_signals
from bids_vlint.signals.extract import Cleaning, Signal, extract
from bids_vlint.signals.reference import derive
from bids_vlint.signals.responses import responses_around
from bids_vlint.signals.windows import covered_steps

SFREQ = 200.0
ONSET = np.round(np.arange(4.0, 56.0, 0.7), 3)


@pytest.fixture(scope="module")
def volts() -> np.ndarray:
    """Drifting noise of three contacts; the last is flat."""
    x = np.cumsum(np.random.default_rng(1).standard_normal((3, int(60 * SFREQ))), axis=1) * 1e-6
    x[2] = 3e-6
    return x


def test_the_same_as_from_a_recording(volts: np.ndarray) -> None:
    names = ["A1", "A2", "A3"]
    signal = Signal(lambda wanted: volts[[names.index(n) for n in wanted]], volts.shape[1], SFREQ)
    derivations, _ = derive(names, "none")
    steps = covered_steps(ONSET)
    found, track, _, flat = extract(signal, derivations, {"language": ONSET}, steps=steps, whole=np.empty(0),
                                    cuts=np.array([30.0]), contacts=names,
                                    cleaning=Cleaning(50.0, "broadband", 0.1, average=False))  # fmt: skip
    clean = clean_signals(volts, SFREQ, line_freq=50.0, cuts=[30.0])
    made = responses_around(clean, SFREQ, pd.DataFrame({"onset": ONSET}), names)
    np.testing.assert_allclose(made.data, found["language"], atol=1e-6)
    np.testing.assert_allclose(made.tracks[0].data, track, atol=1e-6)
    np.testing.assert_array_equal(made.tracks[0].time, steps)
    assert flat == ["A3"]
    assert not made.data[:, 2].any()


def test_runs_keep_the_order_of_the_events(volts: np.ndarray) -> None:
    table = pd.DataFrame({"onset": [10.0, 5.0, 20.0], "run": [2, 1, 2], "movie_time": [30.0, 1.0, 40.0]})
    made = responses_around({"1": volts[:2], "2": -volts[:2]}, SFREQ, table)
    alone = responses_around(volts[:2], SFREQ, pd.DataFrame({"onset": [10.0, 5.0, 20.0]}))
    np.testing.assert_allclose(made.data, alone.data * np.array([-1, 1, -1])[:, None, None], atol=1e-6)
    assert made.channels == ("E1", "E2")
    assert list(made.events["stimulus"]) == ["film"] * 3


@pytest.mark.parametrize(
    ("events", "channels", "said"),
    [
        (pd.DataFrame({"onset": [5.0, 1.0]}), None, "the first at 1 s: window leaves the recording"),
        (pd.DataFrame({"onset": [5.0], "run": ["3"]}), None, "run '3', which has no signals"),
        (pd.DataFrame({"time": [5.0]}), None, "no column onset"),
        (pd.DataFrame({"onset": [5.0]}), ["A1"], "3 electrodes, but 1 are named"),
    ],
)
def test_what_cannot_be_is_said(volts: np.ndarray, events: pd.DataFrame, channels: list[str] | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        responses_around(volts, SFREQ, events, channels)


def test_a_rate_that_is_too_low_is_said(volts: np.ndarray) -> None:
    with pytest.raises(InputError, match="70 to 150 Hz"):
        clean_signals(volts, 100.0, band="high-gamma")
