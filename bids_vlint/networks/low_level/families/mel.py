"""The spectrum of the sound: energies of mel bands, and how fast they rise.

What an electrode makes of sound has a course within a window of the responses (200 ms), so that windows are no longer
than these, and half as long where events are many. Where they are few, there are fewer windows, and neighbouring bands
are taken together: the low-level features are never cut to width, and columns that a regression cannot pin down are
columns that it pays for.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from bids_vlint.networks.low_level.columns import FIFTHS, HALVES, TENTHS, WIDE, Measure, each_window
from bids_vlint.networks.low_level.family import FamilyForm, FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.mel import EDGES_HZ, N_BANDS
from bids_vlint.networks.low_level.sound import MEL_BANDS, SOUND_RATE, rises
from bids_vlint.networks.low_level.windows import Windows, averages


def _columns(joined: int, level: Windows, rise: Windows) -> tuple[Measure, ...]:
    out: list[Measure] = []
    for first in range(0, N_BANDS, joined):
        name = f"mel_{first + 1}" + (f"to{first + joined}" if joined > 1 else "")
        hertz = f"{EDGES_HZ[first]:.0f} to {EDGES_HZ[first + joined + 1]:.0f} Hz"
        out += each_window(name, level, "dB", f"energy of the sound from {hertz}, above 70 dB below full scale")
        out += each_window(f"{name}_rise", rise, "dB per s", f"positive part of the derivative of {name}")
    return tuple(out)


def _features(material: FilmAndWords, joined: int, level: Windows, rise: Windows) -> np.ndarray:
    if material.sound is None:
        return np.zeros((len(material.time), N_BANDS // joined * (len(level) + len(rise))))
    bands = material.sound[:, MEL_BANDS].reshape(-1, N_BANDS // joined, joined).mean(2).T
    return np.column_stack([averages(series, SOUND_RATE, material.time, windows) for band in bands
                            for series, windows in ((band, level), (rises(band), rise)) if windows])  # fmt: skip


def _form(joined: int, level: Windows, rise: Windows, fewest_events: int) -> FamilyForm:
    features = partial(_features, joined=joined, level=level, rise=rise)
    return FamilyForm(_columns(joined, level, rise), features, fewest_events)


MEL = LowLevelFamily(
    "mel",
    "the spectrum of the sound",
    (_form(1, TENTHS, WIDE, 4000), _form(1, FIFTHS, WIDE, 1000), _form(2, HALVES, WIDE, 300), _form(4, WIDE, (), 0)),
    place=60,
)
