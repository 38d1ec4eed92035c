"""What a column of the low-level features is, and the windows around an event that columns are averages over."""

from __future__ import annotations

from dataclasses import dataclass

from bids_vlint.networks.low_level.windows import Windows

# Responses are analysed up to 2 s after an event and may lag what evokes them by half a second.
FIFTHS: Windows = tuple((k / 5, (k + 1) / 5) for k in range(-2, 10))  # where the responses' windows lie
QUARTERS: Windows = tuple((k / 4, (k + 1) / 4) for k in range(-2, 8))
HALVES: Windows = tuple((k / 2, (k + 1) / 2) for k in range(-1, 4))
WIDE: Windows = ((-0.5, 0.75), (0.75, 2.0))
CENTRED: Windows = ((-2.5, 2.5),)
AFTER_S = (0.0, 0.5, 1.0, 1.5, 2.0)
REACH_S = 2.0  # no sound and no picture later than that is asked for


@dataclass(frozen=True)
class Measure:
    """A column: its name, its unit, and what it is."""

    name: str
    unit: str
    meaning: str


def in_windows(name: str, windows: Windows) -> list[str]:
    """Names of a measure in several windows: level[0:0.25] is its mean from 0 to 0.25 s after the event."""
    return [f"{name}[{start:g}:{stop:g}]" for start, stop in windows]


def each_window(name: str, windows: Windows, unit: str, meaning: str) -> list[Measure]:
    """A measure's columns, one for each window."""
    said = [f"{meaning}, from {start:g} to {stop:g} s relative to the event" for start, stop in windows]
    return [Measure(n, unit, text) for n, text in zip(in_windows(name, windows), said)]
