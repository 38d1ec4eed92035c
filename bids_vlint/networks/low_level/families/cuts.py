"""When scene cuts come: the time since the last one, and a decaying kernel of it at several lags.

Where no cut is known, all columns are zero.
"""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import AFTER_S, Measure
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.words import SAME_S

_CAP_S = 10.0
_DECAY_S = 0.5
_COLUMNS = (
    Measure("cut_since", "s", f"time since the scene cut before the event, at most {_CAP_S:g}"),
    *(
        Measure(f"cut_kernel[{s:g}]", "", f"exp(-d / {_DECAY_S:g} s), d: time since the last scene cut, {s:g} s after "
               "the event")
        for s in AFTER_S
    ),
)  # fmt: skip


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    cuts, time = material.events.cuts, material.time
    if not len(cuts):
        return np.zeros((len(time), len(_COLUMNS)))
    bounded = np.concatenate([[-np.inf], cuts])
    since = np.minimum(time - bounded[np.searchsorted(cuts, time - SAME_S)], _CAP_S)
    at = time[:, None] + np.array(AFTER_S)
    last = bounded[np.searchsorted(cuts, at + SAME_S, side="right")]
    return np.column_stack([since, np.exp(-(at - last).clip(min=0) / _DECAY_S)])


CUTS = LowLevelFamily("cuts", "when scene cuts come", _COLUMNS, _features, place=90)
