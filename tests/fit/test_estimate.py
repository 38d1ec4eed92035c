"""What `--dry-run` says a participant takes: it grows with what is counted, and fits what was measured."""

from __future__ import annotations

import pytest

from bids_vlint.fit.estimate import Estimate, estimate_of
from bids_vlint.signals.extract import SAMPLES_AT_A_TIME
from tests.fit.test_memory import Fit


def estimate(fit: Fit, n_networks: int = 4, n_shifts: int = 40, *tests: str) -> Estimate:
    return estimate_of([fit], n_networks, n_shifts, 1000, tests or ("calibrated",), SAMPLES_AT_A_TIME)  # type: ignore[list-item]


def test_it_grows_with_what_is_counted() -> None:
    small, large = estimate(Fit(n=20)), estimate(Fit(n=200))
    for key in ("seconds", "memory_gb", "out_bytes", "work_bytes"):
        assert getattr(large, key) > getattr(small, key)
    assert estimate(Fit(), 8).seconds > 1.5 * estimate(Fit(), 4).seconds
    assert estimate(Fit(), 4, 80).seconds > 1.5 * estimate(Fit(), 4, 40).seconds
    both = estimate(Fit(), 4, 40, "calibrated", "published").seconds
    assert both == pytest.approx(estimate(Fit()).seconds + 4 * 1.5e-7 * 8000 * 200 * 161 * 1000)


def test_it_is_near_what_was_measured() -> None:
    """37 minutes of film: 4,693 words, 4 networks, 100 electrodes, 40 shifts: 25 minutes (benchmarks/README.md)."""
    events = Fit(n=100).logs["language"].used
    seconds = estimate(Fit(n=100)).seconds * 4693 / events
    assert 25 * 60 / 3 < seconds < 25 * 60 * 3
