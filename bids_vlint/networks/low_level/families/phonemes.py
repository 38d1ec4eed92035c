"""Which classes of speech sounds are said around an event, where the transcript has a tier of phonemes.

Classes are those of manner: what cortex that follows speech sounds tells apart first (Mesgarani et al. 2014).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from bids_vlint.networks.low_level.columns import HALVES, WIDE, Measure, each_window
from bids_vlint.networks.low_level.family import FamilyForm, FilmAndWords, LowLevelFamily
from bids_vlint.networks.low_level.phonemes import CLASSES, manner_of
from bids_vlint.networks.low_level.windows import Windows, rates

_FINE_EVENTS = 1000


def _columns(windows: Windows) -> tuple[Measure, ...]:
    return tuple(column for name in CLASSES
                 for column in each_window(f"phoneme_{name}", windows, "per s", f"onsets of {name}s"))  # fmt: skip


def _features(material: FilmAndWords, windows: Windows) -> np.ndarray:
    said, time = material.events.phonemes, material.time
    if said is None:
        return np.zeros((len(time), len(CLASSES) * len(windows)))
    classes = np.array([manner_of(label) or "" for label in said.label], object)
    return np.column_stack([rates(said.onset[classes == name], time, windows) for name in CLASSES])


def _notes(material: FilmAndWords) -> list[str]:
    name, said, words = material.events.stimulus.path.name, material.events.phonemes, material.events.words
    if said is None:
        none = "low_level: the transcript of {} has no tier of phonemes; the columns of phonemes are zero."
        return [none.format(name)] if words is not None and len(words.onset) else []
    unknown = sorted({label for label in said.label if manner_of(label) is None})
    if not unknown:
        return []
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    return [f"low_level: phonemes of {name} that are in no class do not count ({', '.join(unknown[:5])}{more})."]


def _form(windows: Windows, fewest_events: int) -> FamilyForm:
    return FamilyForm(_columns(windows), partial(_features, windows=windows), fewest_events)


PHONEMES = LowLevelFamily("phonemes", "classes of speech sounds", (_form(HALVES, _FINE_EVENTS), _form(WIDE, 0)), _notes,
                          place=70)  # fmt: skip
