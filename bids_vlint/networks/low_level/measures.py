"""Low-level features that a user's own table gives: what was measured at moments of a stimulus, as words' pitch."""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.columns import HALVES, in_windows
from bids_vlint.study.moments import SILENCE_S
from bids_vlint.study.stimulus import Measures

_SAME_S = 1e-6


def measure_columns(measures: Measures) -> list[str]:
    """The names of the columns: each measure as it last was, and its mean in windows around the event.

    Examples
    --------
    >>> measure_columns(Measures(np.zeros(1), ("pitch",), np.zeros((1, 1))))[:2]
    ['pitch', 'pitch[-0.5:0]']
    """
    return [column for name in measures.names for column in (name, *in_windows(name, HALVES))]


def measure_features(measures: Measures | None, time: np.ndarray) -> np.ndarray:
    """Describe what was measured around moments.

    Parameters
    ----------
    measures : Measures | None
        None: no column.
    time : (n,) seconds

    Returns
    -------
    (n, n_columns) float64, as `measure_columns`
        The value of the last row at or before the moment and not more than 30 s ago, and the means of the rows that
        begin in windows; where there is none, the mean over the table, as in cells that say nothing.

    Examples
    --------
    >>> pitch = Measures(np.array([1.0, 1.2, 9.0]), ("pitch",), np.array([[100.0], [200.0], [300.0]]))
    >>> measure_features(pitch, np.array([1.2]))[0, :3].tolist()
    [200.0, 100.0, 200.0]
    """
    if measures is None or not len(measures.onset):
        return np.zeros((len(time), 0))
    usual = np.nan_to_num([_mean(column) for column in measures.values.T])
    values = np.where(np.isfinite(measures.values), measures.values, usual)
    last = np.searchsorted(measures.onset, time + _SAME_S, side="right") - 1
    known = (last >= 0) & (time - measures.onset[last] <= SILENCE_S)
    own = np.where(known[:, None], values[last], usual)
    n_rows = _sums(np.ones(len(values)), measures.onset, time)
    parts = []
    for k, column in enumerate(values.T):
        mean = np.divide(_sums(column, measures.onset, time), n_rows, out=np.full(n_rows.shape, usual[k]),
                         where=n_rows > 0)  # fmt: skip
        parts += [own[:, k : k + 1], mean]
    return np.hstack(parts)


def _mean(column: np.ndarray) -> float:
    known = column[np.isfinite(column)]
    return float(known.mean()) if len(known) else 0.0


def _sums(values: np.ndarray, onset: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Sums over the rows that begin in each window around each moment, (n, n_windows)."""
    edges = np.array(HALVES)
    first, stop = (np.searchsorted(np.round(onset, 6), np.round(time[:, None] + edge, 6)) for edge in edges.T)
    total = np.concatenate([[0.0], np.cumsum(values)])
    sums: np.ndarray = total[stop] - total[first]
    return sums
