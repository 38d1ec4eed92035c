"""How unexpected words are, given what was said before: by a causal language network of the model set.

The columns are those that a table of one's own would have.
"""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.causal import LOW_LEVEL_FAMILY
from bids_vlint.networks.low_level.columns import HALVES, Measure, each_window
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.measures import measure_features
from bids_vlint.study.stimulus import Measures

_COLUMNS = (
    Measure(LOW_LEVEL_FAMILY, "bits", "-log2 of the probability of the event's word, given the text so far"),
    *each_window(LOW_LEVEL_FAMILY, HALVES, "bits", "surprisal of the words that begin"),
)


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    words, bits, time = material.events.words, material.surprisal, material.time
    if words is None or bits is None:
        return np.zeros((len(time), len(_COLUMNS)))
    return measure_features(Measures(words.onset, (LOW_LEVEL_FAMILY,), bits[:, None]), time)


SURPRISAL = LowLevelFamily(LOW_LEVEL_FAMILY, "how unexpected words are", _COLUMNS, _features, place=25, of_network=True)
