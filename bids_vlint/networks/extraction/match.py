"""Which row of a stimulus's features belongs to which event."""

from __future__ import annotations

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.networks.features import Features

_TOLERANCE_S = 1e-3 + 1e-6  # 1 ms, and what float64 seconds lose


def rows_of(features: Features, onset: np.ndarray, *, model: str) -> np.ndarray:
    """Find each event's row of features by its onset in movie time.

    Parameters
    ----------
    features : Features
        Of the events' stimulus; its onsets need not be sorted.
    onset : (n_events,) float
        Seconds in movie time.
    model : str
        The network's name, for messages.

    Returns
    -------
    (n_events,) int
        Index of the nearest onset, at most 1 ms away.

    Raises
    ------
    InputError
        65 where an event has no features; it names the first such event.
    """
    wanted = np.asarray(onset, dtype=np.float64)
    order = np.argsort(features.onset, kind="stable")
    known = features.onset[order]
    after = np.clip(np.searchsorted(known, wanted), 0, len(known) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(known[before] - wanted) <= np.abs(known[after] - wanted), before, after)
    missed = np.flatnonzero(~(np.abs(known[nearest] - wanted) <= _TOLERANCE_S))
    if len(missed):
        count = f" (and {len(missed) - 1} more)" if len(missed) > 1 else ""
        wrong = f"{model!r} has no features for the event at {wanted[missed[0]]:.3f} s of the movie{count}"
        raise InputError(features.source, wrong, "give features for every event, with onsets within 1 ms")
    return order[nearest]
