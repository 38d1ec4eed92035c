"""When sentences begin around an event."""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import HALVES, Measure, each_window
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.windows import rates
from bids_vlint.networks.low_level.words import SAME_S, sentence_starts

_CAP_S = 10.0
_COLUMNS = (
    *each_window("sentence_rate", HALVES, "sentences per s", "onsets of sentences"),
    Measure("sentence_since", "s", f"time since the onset of the last sentence, its own included, at most {_CAP_S:g}"),
)


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    words, time = material.events.words, material.time
    if words is None or not len(words.onset):
        return np.zeros((len(time), len(_COLUMNS)))
    onset = words.onset[sentence_starts(words)]
    last = np.concatenate([[-np.inf], onset])[np.searchsorted(onset, time + SAME_S, side="right")]
    return np.column_stack([rates(onset, time, HALVES), np.minimum(time - last, _CAP_S).clip(min=0)])


SENTENCE_ONSET = LowLevelFamily("sentence_onset", "when sentences begin", _COLUMNS, _features, place=30)
