"""What a high-pass takes out of the responses, taken out of the features, too.

Responses are filtered against drift, so that whatever a feature says of the slow course of a film has no counterpart in
them: a regression that may use it learns noise from it. A zero-phase Butterworth high-pass of order 2, run forwards and
backwards, takes out what a low-pass of the impulse response

    h(t) = w / (2 sqrt 2) exp(-a |t|) (cos(a t) + sin(a |t|)),    a = w / sqrt 2,  w = 2 pi cutoff,

leaves. Of events in time that is, at event i, the sum over events j of h(t_i - t_j) d_j x_j, with the features x less
their mean and d_j the time that event j stands for. Each held-out part of the folds, and each run, is filtered on its
own, so that no training event holds anything of what is held out, nor the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import mean_and_sd

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Time that an event stands for: half of the way to its neighbours, but no more than this on either side. What a word or
# a cut evokes is over after about a second; where events are further apart than that, little of them is slow.
LONGEST_S = 0.5
# Periods of the cutoff after which the impulse response is below 0.2 % of its peak.
_REACH = 1.5


def impulse_response(time: np.ndarray, cutoff: float) -> np.ndarray:
    """The low-pass that a zero-phase Butterworth high-pass of order 2 takes out, at times from its centre.

    Parameters
    ----------
    time : any shape, seconds
    cutoff : float
        Hz, of the high-pass.

    Returns
    -------
    The same shape, per second; its integral is 1
    """
    w = 2 * np.pi * cutoff
    a = w / np.sqrt(2)
    distance = np.abs(time)
    response: np.ndarray = w / (2 * np.sqrt(2)) * np.exp(-a * distance) * (np.cos(a * distance) + np.sin(a * distance))
    return response


def slow_part(events: pd.DataFrame, folds: Sequence[Fold], cutoff: float) -> csr_matrix:
    """The matrix that takes features to the slow part of them.

    Parameters
    ----------
    events : DataFrame
        With columns run and onset (seconds).
    folds : sequence of Fold
    cutoff : float
        Hz, of the responses' high-pass.

    Returns
    -------
    (n_events, n_events) sparse float32
        Of events of one run and one held-out part; rows and columns of events that no fold holds out are empty.
    """
    from scipy.sparse import coo_matrix

    run, onset = events["run"].to_numpy(str), events["onset"].to_numpy(float)
    entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for fold in folds:
        part = np.sort(np.concatenate(fold.halves))
        for name in np.unique(run[part]):
            own = part[run[part] == name]
            own = own[np.argsort(onset[own], kind="stable")]
            entries.append(_filtered(own, onset[own], cutoff))
    rows, columns, values = (np.concatenate(arrays) for arrays in zip(*entries))
    return coo_matrix((values, (rows, columns)), shape=(len(onset), len(onset)), dtype=np.float32).tocsr()


def _filtered(own: np.ndarray, time: np.ndarray, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and values of one stretch of events, in order of time."""
    gaps = np.minimum(np.diff(time), 2 * LONGEST_S)
    stands_for = (np.append(gaps, 2 * LONGEST_S) + np.insert(gaps, 0, 2 * LONGEST_S)) / 2
    first = np.searchsorted(time, time - _REACH / cutoff)
    n = np.searchsorted(time, time + _REACH / cutoff, side="right") - first
    row = np.repeat(np.arange(len(own)), n)
    column = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + np.repeat(first, n)
    return own[row], own[column], impulse_response(time[row] - time[column], cutoff) * stands_for[column]


def without_slow_part(features: np.ndarray, slow: csr_matrix | None) -> np.ndarray:
    """Standardised features less their slow part, (n_events, n_features) float32; as they are where none is known."""
    if slow is None:
        return features
    mean, sd = mean_and_sd(features)
    unit = ((features - mean) / sd).astype(np.float32)
    unit -= slow @ unit
    return unit
