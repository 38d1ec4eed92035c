"""The events of a run: what is shown to the networks, and what happens when in the recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bids_vlint.inputs.stimuli import Presentation
from bids_vlint.inputs.words import preceding_sentence
from bids_vlint.types import Alignment, StimulusEvents

COLUMNS = ["onset", "duration", "trial_type", "run", "stimulus", "movie_time", "text", "presentation"]


def shown_to_networks(presentation: Presentation, alignment: Alignment, cuts: np.ndarray) -> StimulusEvents:
    """A stimulus's events in movie time.

    Parameters
    ----------
    presentation : Presentation
    alignment : Alignment
    cuts : (n,) seconds in movie time, for the vision alignment
    """
    if alignment == "language":
        words = presentation.words
        return StimulusEvents(presentation.stimulus, alignment, words["movie_time"].to_numpy(float),
                              tuple(words["text"]))  # fmt: skip
    text = preceding_sentence(presentation.sentences, cuts)
    return StimulusEvents(presentation.stimulus, alignment, cuts, tuple(text))


def in_recording(
    presentations: Sequence[Presentation], shown: Mapping[int, StimulusEvents], alignment: Alignment, run: str
) -> pd.DataFrame:
    """The events of a run in recording time, in order.

    Parameters
    ----------
    presentations : sequence of Presentation
    shown : mapping
        Index of a presentation to its events in movie time.
    alignment : Alignment
    run : str
        Label for the run column.

    Returns
    -------
    DataFrame
        onset and duration (s, NaN where unknown), trial_type, run, stimulus, movie_time (s), text, presentation.
    """
    parts = []
    for k, events in shown.items():
        presentation = presentations[k]
        if alignment == "language":
            part = presentation.heard.assign(trial_type="word")
        else:
            index, onset = presentation.when(events.onset)
            part = pd.DataFrame({"onset": onset, "duration": np.nan, "movie_time": events.onset[index],
                                 "text": [events.text[i] for i in index], "trial_type": "scene_cut"})  # fmt: skip
        parts.append(part.assign(run=run, stimulus=presentation.stimulus.name, presentation=k))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(parts)[COLUMNS].sort_values("onset", kind="stable").reset_index(drop=True)
