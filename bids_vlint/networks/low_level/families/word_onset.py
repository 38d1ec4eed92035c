"""When words come: their rate around an event, and how far those before and after it are."""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import CENTRED, HALVES, Measure, each_window
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.windows import rates
from bids_vlint.networks.low_level.words import gaps

_CAP_S = 5.0
_COLUMNS = (
    *each_window("word_rate", (*HALVES, *CENTRED), "words per s", "word onsets"),
    Measure("word_since_previous", "s", f"time since the onset of the word before, at most {_CAP_S:g}"),
    Measure("word_to_next", "s", f"time to the onset of the next word, at most {_CAP_S:g}"),
)


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    words, time = material.events.words, material.time
    if words is None or not len(words.onset):
        return np.zeros((len(time), len(_COLUMNS)))
    return np.column_stack([rates(words.onset, time, (*HALVES, *CENTRED)), *gaps(words.onset, time, _CAP_S)])


WORD_ONSET = LowLevelFamily("word_onset", "when words come", _COLUMNS, _features, place=10)
