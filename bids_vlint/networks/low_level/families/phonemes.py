"""Which classes of speech sounds are said around an event, where the transcript has a tier of phonemes.

Classes are those of manner: what cortex that follows speech sounds tells apart first (Mesgarani et al. 2014).
"""

from __future__ import annotations

import numpy as np

from bids_vlint.errors import few
from bids_vlint.networks.low_level.columns import HALVES, each_window
from bids_vlint.networks.low_level.family import FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.phonemes import CLASSES, manner_of
from bids_vlint.networks.low_level.windows import rates

_COLUMNS = tuple(column for name in CLASSES
                 for column in each_window(f"phoneme_{name}", HALVES, "per s", f"onsets of {name}s"))  # fmt: skip


def _features(material: FilmAndWords, _n_events: int) -> np.ndarray:
    said, time = material.events.phonemes, material.time
    if said is None:
        return np.zeros((len(time), len(_COLUMNS)))
    manners = np.array([manner_of(label) or "" for label in said.label], object)
    return np.column_stack([rates(said.onset[manners == name], time, HALVES) for name in CLASSES])


def _notes(material: FilmAndWords) -> list[str]:
    name, said, words = material.events.stimulus.path.name, material.events.phonemes, material.events.words
    if said is None:
        none = "low_level: the transcript of {} has no tier of phonemes; the columns of phonemes are zero."
        return [none.format(name)] if words is not None and len(words.onset) else []
    unknown = sorted({label for label in said.label if manner_of(label) is None})
    if not unknown:
        return []
    return [f"low_level: phonemes of {name} that are in no class do not count ({few(unknown)})."]


PHONEMES = LowLevelFamily("phonemes", "classes of speech sounds", _COLUMNS, _features, _notes, place=70)
