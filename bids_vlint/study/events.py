"""The events of a run: what is shown to the networks, and what happens when in the recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bids_vlint.study.moments import SPOKEN
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.stimulus import Alignment, StimulusEvents, Words
from bids_vlint.study.transcript import TO_WORD

_COLUMNS = ["onset", "duration", "trial_type", "run", "stimulus", "movie_time", "text", "text_status", "presentation"]


def shown_to_networks(
    presentation: Presentation, alignment: Alignment, cuts: np.ndarray, context: str = TO_WORD
) -> StimulusEvents:
    """A stimulus's events in movie time.

    Parameters
    ----------
    presentation : Presentation
        Read with the same context.
    alignment : Alignment
    cuts : (n,) seconds in movie time; the events of the vision alignment
    context : str
        As in `bids_vlint.study.moments.preceding`.
    """
    if alignment == "language":
        onset, said = presentation.words["movie_time"].to_numpy(float), presentation.words
    else:
        onset, said = cuts, presentation.before(cuts, context)
    return StimulusEvents(
        presentation.stimulus,
        alignment,
        onset,
        tuple(said["text"]),
        language=presentation.language,
        translation=tuple(said["translation"]) if presentation.translated else None,
        translation_language=presentation.translation_language if presentation.translated else None,
        words=_words(presentation),
        cuts=cuts,
        measures=presentation.measures,
        phonemes=presentation.phonemes,
        so_far=tuple(presentation.words["text"]) if context == TO_WORD else None,
    )


def _words(presentation: Presentation) -> Words:
    """The transcript of a stimulus, whatever its events are."""
    words = presentation.words
    onset = words["movie_time"].to_numpy(float)
    length = words["end"].to_numpy(float) - onset
    sentence = words["sentence"].to_numpy(int)
    if not (sentence >= 0).any():  # no table of sentences: they begin where one of the words does
        sentence = np.searchsorted(presentation.sentences["onset"].to_numpy(float), onset, side="right")
    return Words(onset, np.where(length > 0, length, np.nan), tuple(words["word"]), sentence)


def in_recording(
    presentations: Sequence[Presentation],
    shown: Mapping[int, StimulusEvents],
    alignment: Alignment,
    run: str,
    context: str = TO_WORD,
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
    context : str

    Returns
    -------
    DataFrame
        onset and duration (s, NaN where unknown), trial_type, run, stimulus, movie_time (s), text, translation (where a
        stimulus has one), text_status, presentation.
    """
    parts = []
    for k, events in shown.items():
        presentation = presentations[k]
        if alignment == "language":
            part = presentation.heard.assign(trial_type="word", text_status=SPOKEN)
        else:
            index, onset = presentation.when(events.onset)
            said = presentation.before(events.onset, context).iloc[index].reset_index(drop=True)
            part = said.rename(columns={"status": "text_status"}).assign(
                onset=onset, duration=np.nan, movie_time=events.onset[index], trial_type="scene_cut"
            )
        parts.append(part.assign(run=run, stimulus=presentation.stimulus.name, presentation=k))
    if not parts:
        return pd.DataFrame(columns=_COLUMNS)
    table = pd.concat(parts)
    columns = [c for c in [*_COLUMNS[:-1], "translation", _COLUMNS[-1]] if c in table]
    return table[columns].sort_values("onset", kind="stable").reset_index(drop=True)
