"""When films were on in a recording, by the rows of its events.tsv that start them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError
from bids_vlint.files.tables import numbers
from bids_vlint.study.clock import Showing, from_rows
from bids_vlint.study.stim_file import is_film

_MARKS = ("word", "scene_cut", "sentence")


def trial_types(events: pd.DataFrame) -> pd.Series:
    """The trial_type of each row in lower case; "" where there is no such column."""
    return events["trial_type"].str.lower() if "trial_type" in events else pd.Series("", index=events.index)


def showings_of_films(events: pd.DataFrame, file: Path) -> dict[str, list[Showing]]:
    """Showings of each film, in order of its first; one ends at the latest where another film starts.

    Parameters
    ----------
    events : DataFrame
        As `bids_vlint.study.events_file.read_events` gives them, with a column stim_file.
    file : Path
        Theirs, for errors.

    Raises
    ------
    InputError
        A stim_onset that is no number, a film whose rows have no onset (65).

    Examples
    --------
    >>> rows = pd.DataFrame({"onset": [5.0, 6.0], "trial_type": ["film", "word"], "stim_file": ["f.mp4", "n/a"]})
    >>> shown = showings_of_films(rows.assign(duration=np.nan), Path("events.tsv"))
    >>> [showing.to_recording(np.array([1.0])).tolist() for showing in shown["f.mp4"]]
    [[6.0]]
    """
    starts = _starts(events, file)
    shown: dict[str, list[Showing]] = {}
    for name, rows in starts.groupby("stim_file", sort=False):
        others = starts.loc[starts["stim_file"] != name, "onset"].to_numpy(float)
        onset, duration = rows["onset"].to_numpy(float), rows["duration"].to_numpy(float).copy()
        for k, r in enumerate(onset):
            following = others[others > r]
            room = following.min() - r if len(following) else np.inf
            known = duration[k] if duration[k] > 0 else np.inf
            duration[k] = min(room, known) if np.isfinite(min(room, known)) else np.nan
        shown[str(name)] = from_rows(onset.tolist(), rows["movie"].tolist(), duration.tolist())
    return shown


def _starts(events: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The rows that start or resume a film, with `movie`: from when in the film, seconds."""
    kind = trial_types(events)
    videos = events["stim_file"].map(is_film).astype(bool)
    shows = videos & ~kind.isin(_MARKS)
    starts = events[shows & events["onset"].notna()].copy()
    if never := sorted(set(events["stim_file"][shows]) - set(starts["stim_file"])):
        raise InputError(file, f"names {never[0]} in rows without an onset, so that it is not known when it was on",
                         "give the onset of its start, in seconds")  # fmt: skip
    starts["movie"] = numbers(starts, "stim_onset", file) if "stim_onset" in starts else np.nan
    # many fill in stim_file on every row: a row of another type is a start only where it says from when in the film
    first_kind = starts["stim_file"].map(kind[starts.index].groupby(starts["stim_file"]).first())
    starts = starts[starts["movie"].notna() | (kind[starts.index] == first_kind)]
    return starts.assign(movie=starts["movie"].fillna(0.0))
