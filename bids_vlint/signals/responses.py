"""Responses: what the electrodes did around events. Arrays are float32, times are seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError
from bids_vlint.signals.usability import why_dropped
from bids_vlint.signals.windows import LAGS, covered_steps, window_means

_ONE_RUN, _ONE_FILM = "1", "film"


@dataclass(frozen=True)
class Track:
    """The electrodes' signals over the time of a run that events' windows cover.

    Attributes
    ----------
    run : its label, as in the events' `run`
    time : (n_steps,) float64, seconds in the recording; steps of 25 ms, longer where no event's window reaches
    data : (n_steps, n_electrodes) float32; means in 200 ms windows centred on `time`, standardised as the responses
    """

    run: str
    time: np.ndarray
    data: np.ndarray


@dataclass(frozen=True)
class Responses:
    """What the electrodes did around the events of one fit and alignment.

    Attributes
    ----------
    data : (n_events, n_electrodes, n_lags) float32; standardised per run and electrode
    channels : names, in order
    lags : (n_lags,) seconds
    events : one row per event: onset (s in its recording), duration, trial_type, run, stimulus, movie_time (s), text
    tracks : the continuous signals, one per run; empty where only the responses are known

    Examples
    --------
    Responses that were made elsewhere, without tracks, get the corrected t instead of shifts:

    >>> import numpy as np, pandas as pd
    >>> onset = np.arange(5.0, 55.0, 0.5)
    >>> events = pd.DataFrame({"onset": onset, "run": "1", "stimulus": "film", "movie_time": onset})
    >>> lags = np.array([0.1, 0.3])
    >>> Responses(np.zeros((100, 2, 2), np.float32), ("A1", "A2"), lags, events).data.shape
    (100, 2, 2)
    """

    data: np.ndarray
    channels: tuple[str, ...]
    lags: np.ndarray
    events: pd.DataFrame
    tracks: tuple[Track, ...] = ()


def responses_around(
    signals: np.ndarray | Mapping[str, np.ndarray],
    sfreq: float,
    events: pd.DataFrame,
    channels: Sequence[str] | None = None,
) -> Responses:
    """Average signals in 200 ms windows around events, at 161 lags from -2 to +2 s.

    Parameters
    ----------
    signals : (n_electrodes, n_times), or run -> such an array
        Clean (`clean_signals`), in any unit: each electrode is standardised per run. One that does not vary stays 0.
    sfreq : float
        Hz.
    events : DataFrame
        A row per event with `onset`, seconds from its run's first sample; `run` (where there are several), `stimulus`
        and `movie_time`, seconds in the film (the onset itself where it is not given), from which folds are cut.
    channels : sequence of str | None
        Names of the electrodes; E1, E2, ... if None.

    Returns
    -------
    Responses
        With the tracks that shifted responses are taken from; events in the order given.

    Raises
    ------
    InputError
        An event's windows leave its recording or are of a run that is not there, or names and electrodes differ in
        number.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(0).standard_normal((3, 60 * 100))  # a minute at 100 Hz
    >>> events = pd.DataFrame({"onset": np.arange(5.0, 55.0, 0.5)})
    >>> responses = responses_around(noise, 100.0, events, ["A1", "A2", "A3"])
    >>> responses.data.shape
    (100, 3, 161)
    >>> responses.tracks[0].data.shape[1]
    3
    """
    runs = dict(signals) if isinstance(signals, Mapping) else {_ONE_RUN: signals}
    runs = {str(run): np.atleast_2d(np.asarray(x, np.float64)) for run, x in runs.items()}
    table = _completed(events)
    names = (
        tuple(channels)
        if channels is not None
        else tuple(f"E{k}" for k in range(1, len(next(iter(runs.values()))) + 1))
    )
    data = np.zeros((len(table), len(names), len(LAGS)), np.float32)
    tracks = []
    if unknown := sorted(set(table["run"]) - set(runs)):
        raise InputError("events", f"are of run {unknown[0]!r}, which has no signals", "give the signals of every run")
    for run, x in runs.items():
        if len(x) != len(names):
            raise InputError(f"signals of run {run!r}", f"have {len(x)} electrodes, but {len(names)} are named",
                             "name each of them once")  # fmt: skip
        own = np.flatnonzero(table["run"].to_numpy(str) == run)
        onset = table["onset"].to_numpy(float)[own]
        _check_within(onset, x.shape[1] / sfreq, run)
        steps = covered_steps(onset)
        track = np.zeros((len(steps), len(names)), np.float32)
        for k, y in enumerate(_standardised(x)):
            data[own, k] = window_means(y, sfreq, onset)
            track[:, k] = window_means(y, sfreq, steps, np.zeros(1))[:, 0]
        tracks.append(Track(run, steps, track))
    return Responses(data, names, LAGS, table, tuple(tracks))


def _completed(events: pd.DataFrame) -> pd.DataFrame:
    """Events with the columns that folds and shifts are made from."""
    if "onset" not in events:
        raise InputError("events", "have no column onset", "give seconds from the first sample")
    table = events.reset_index(drop=True)
    for column, value in (("run", _ONE_RUN), ("stimulus", _ONE_FILM), ("movie_time", table["onset"])):
        if column not in table:
            table[column] = value
    return table.astype({"run": str})


def _check_within(onset: np.ndarray, duration: float, run: str) -> None:
    nothing = np.empty((0, 2))
    why = why_dropped(onset, duration=duration, pauses=np.empty(0), breaks=nothing, bad=nothing)
    if (out := onset[why != ""]).size:
        raise InputError("events", f"{len(out)} of run {run!r} cannot be used, the first at {out[0]:g} s: "
                         f"{why[why != ''][0]}", "leave them out, and their features")  # fmt: skip


def _standardised(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=1, keepdims=True)
    sd = centred.std(axis=1, keepdims=True)
    return np.divide(centred, sd, out=np.zeros_like(centred), where=sd > 1e-12 * np.abs(x).max(initial=1.0))
