"""What became of the events of a film in a recording: used, dropped and why, or never on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bids_vlint.signals.usability import OUTSIDE
from bids_vlint.study.fits import RunPlan
from bids_vlint.study.stimulus import Alignment, StimulusEvents


def outcomes_of(plan: RunPlan, shown: Mapping[int, StimulusEvents], happened: pd.DataFrame) -> pd.DataFrame:
    """Every event of the films of a recording with what became of it.

    Parameters
    ----------
    plan : RunPlan
    shown : mapping
        Index of a presentation to its events in movie time.
    happened : DataFrame
        Those that were on, with stimulus, movie_time (s) and outcome ("" where they are used, else why not).

    Returns
    -------
    DataFrame
        The same columns, with those of the films that were never on in this recording.
    """
    parts = [happened[["stimulus", "movie_time", "outcome"]]]
    for k, events in shown.items():
        presentation = plan.presentations[k]
        unseen = np.delete(events.onset, np.unique(presentation.when(events.onset)[0]))
        parts.append(pd.DataFrame({"stimulus": presentation.stimulus.name, "movie_time": unseen, "outcome": OUTSIDE}))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def outside_of(plan: RunPlan, alignment: Alignment, shown: Mapping[int, StimulusEvents]) -> int:
    """How many words or cuts were never on in this recording."""
    if alignment == "language":
        return sum(p.outside for p in plan.presentations)
    unseen = [len(e.onset) - len(np.unique(plan.presentations[k].when(e.onset)[0])) for k, e in shown.items()]
    return sum(p.cuts_outside for p in plan.presentations) + sum(unseen)
