"""What `--mem-gb` allows: signals at a time, and participants at a time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bids_vlint.fit.memory import COPIES, needed_gb, samples_at_a_time, workers_within
from bids_vlint.signals.extract import SAMPLES_AT_A_TIME
from bids_vlint.signals.usability import EventLog

HOUR = {"duration": 3600.0, "sampling_frequency": [2048.0]}


@dataclass
class Run:
    """What is read of a recording."""

    about: dict[str, Any] = field(default_factory=lambda: dict(HOUR))


@dataclass
class Fit:
    """What is read of a prepared fit: an hour at 2 kHz, 8,000 words."""

    n: int = 200
    runs: Sequence[Run] = (Run(),)
    alignments: tuple[str, ...] = ("language",)

    @property
    def derivations(self) -> list[int]:
        """Electrodes."""
        return list(range(self.n))

    @property
    def n_targets(self) -> int:
        """Electrodes times bins."""
        return 161 * self.n

    @property
    def logs(self) -> dict[str, EventLog]:
        """Events."""
        return {"language": EventLog(8000, 8000, {})}


def test_signals_are_bounded() -> None:
    assert samples_at_a_time(None, 4) == SAMPLES_AT_A_TIME
    assert samples_at_a_time(1000.0, 4) == SAMPLES_AT_A_TIME
    assert samples_at_a_time(4.0, 2) * COPIES * 8 * 2 == pytest.approx(1e9), "a quarter, by two processes"


def test_less_is_needed_where_less_may_be_read() -> None:
    fits: Any = [Fit()]
    whole, bounded = (needed_gb(fits, 5, 40, s) for s in (SAMPLES_AT_A_TIME, 1e7))
    assert whole - bounded == pytest.approx(8 * COPIES * (SAMPLES_AT_A_TIME - 1e7) / 1e9)
    assert needed_gb(fits, 5, 40, 1.0) == pytest.approx(needed_gb(fits, 5, 40, 3600 * 2048)), "a channel at least"
    small: Any = [Fit(n=1)]
    assert needed_gb(small, 5, 40, SAMPLES_AT_A_TIME) < whole - 8 * COPIES * 0.8 * SAMPLES_AT_A_TIME / 1e9


def test_fewer_participants_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    participants: Any = [[Fit()], [Fit(n=20)]]
    assert workers_within(None, participants, 8) == 8
    assert workers_within(64.0, participants, 8, 5, 40) == 8
    few = workers_within(16.0, participants, 8, 5, 40)
    assert 1 <= few < 8
    assert few * needed_gb(participants[0], 5, 40, samples_at_a_time(16.0, 8)) <= 16.0
    with caplog.at_level(logging.WARNING, logger="bids_vlint"):
        assert workers_within(1.0, participants, 8, 5, 40) == 1
    assert "more than --mem-gb 1" in caplog.text
