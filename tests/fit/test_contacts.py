"""Contacts whose signal is no brain's are remarked on, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from bids_vlint.fit.contacts import remark_on_signals
from bids_vlint.log import remarks

SFREQ, N = 512.0, 30 * 512


def remarked(signals: dict[str, np.ndarray], contacts: tuple[str, ...]) -> list[str]:
    def read(wanted: tuple[str, ...], start: int, stop: int) -> np.ndarray:
        return np.stack([signals[name][start:stop] for name in wanted])

    devices: Any = [SimpleNamespace(names=names, n_times=N, sfreq=SFREQ, read=read) for names in (tuple(signals), ())]
    plan: Any = SimpleNamespace(run=SimpleNamespace(file=Path("sub-01_ieeg.vhdr")))
    recording: Any = SimpleNamespace(devices=devices)
    fit: Any = SimpleNamespace(contacts=contacts)
    with remarks() as told:
        remark_on_signals(recording, fit, plan)
    return list(told)


def test_triggers_among_the_contacts_are_named() -> None:
    rng = np.random.default_rng(0)
    brain = np.cumsum(rng.standard_normal((2, N)), axis=1)
    pulses = 5.0 * (np.arange(N) % 100 < 20) + 0.01 * rng.standard_normal(N)
    signals = {"A1": brain[0], "A2": brain[1], "A3": np.zeros(N), "A4": pulses, "DC1": pulses}
    assert remarked(signals, ("A1", "A2", "A3")) == []
    (said,) = remarked(signals, ("A1", "A2", "A3", "A4"))
    assert said.startswith(
        "sub-01_ieeg.vhdr: no brain's signal, by a few stretches of it: A4 (it carries square pulses"
    )
    assert "A3" not in said  # left out as flat, and said then
    assert "DC1" not in said
