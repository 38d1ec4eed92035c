"""Responses: what the electrodes did around events. Arrays are float32, times are seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


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
    """

    data: np.ndarray
    channels: tuple[str, ...]
    lags: np.ndarray
    events: pd.DataFrame
    tracks: tuple[Track, ...] = ()
