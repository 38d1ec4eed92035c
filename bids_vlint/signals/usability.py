"""Which events can be used, and why others cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bids_vlint.signals.windows import LAGS, WINDOW_S


@dataclass(frozen=True)
class EventLog:
    """How many events of an alignment were found, used, and dropped for which reason."""

    found: int
    used: int
    dropped: dict[str, int]


WINDOW_REACH_S = float(LAGS[-1]) + WINDOW_S / 2

LEAVES = "window leaves the recording"
PAUSE = "window crosses a pause of the film"
BREAK = "window crosses a discontinuity of the recording"
MARKED_BAD = "window touches a stretch marked BAD"
OUTSIDE = "outside the film"


def why_dropped(
    onset: np.ndarray, *, duration: float, pauses: np.ndarray, breaks: np.ndarray, bad: np.ndarray
) -> np.ndarray:
    """Give each event the reason why it cannot be used, "" where it can.

    Parameters
    ----------
    onset : (n,) seconds in the recording
    duration : float
        Of the recording, seconds.
    pauses : (k,) seconds
    breaks : (n, 2) seconds
        From when to when the signal was interrupted.
    bad : (m, 2) seconds
        Start and stop.

    Returns
    -------
    (n,) str

    Examples
    --------
    >>> none = np.empty(0)
    >>> why = why_dropped(np.array([1.0, 10.0, 20.0]), duration=60.0, pauses=none, breaks=none.reshape(0, 2),
    ...                   bad=np.array([[21.0, 22.0]]))
    >>> why.tolist()
    ['window leaves the recording', '', 'window touches a stretch marked BAD']
    """
    start, stop = onset - WINDOW_REACH_S, onset + WINDOW_REACH_S
    reason = np.full(len(onset), "", dtype=object)
    for a, b in bad:
        reason[(stop > a) & (start < b) | ((a == b) & (start <= a) & (a <= stop))] = MARKED_BAD
    for times, why in ((breaks, BREAK), (np.column_stack([pauses, pauses]), PAUSE)):
        for a, b in times:
            reason[(start < b) & (stop > a)] = why
    # half a sample of rounding is no reason
    reason[(start < -1e-6) | (stop > duration + 1e-6)] = LEAVES
    return reason


def bad_rows(events: Any) -> np.ndarray:
    """Stretches of events.tsv rows whose trial_type begins with BAD, (n, 2) seconds.

    Examples
    --------
    >>> import pandas as pd
    >>> bad_rows(pd.DataFrame({"onset": [3.0, 9.0], "duration": [2.0, 1.0], "trial_type": ["BAD_seizure", "word"]}))
    array([[3., 5.]])
    """
    if events is None or "trial_type" not in events:
        return np.empty((0, 2))
    rows = events[events["trial_type"].str.upper().str.startswith("BAD")]
    onset = rows["onset"].to_numpy(float)
    duration = np.nan_to_num(rows["duration"].to_numpy(float))
    known = ~np.isnan(onset)
    return np.column_stack([onset, onset + duration])[known]
