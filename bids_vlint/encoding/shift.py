"""Circular shifts of the responses against the stimulus: what the responses would be if they had nothing to do with it.

A shift is made in continuous time, within each run, over the time that events' windows cover: neighbouring events keep
the share of signal that their distance in time gives them, and only the responses change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace

from bids_vlint.encoding.arrays import Array, index_of
from bids_vlint.signals.responses import Responses, Track

# The least that must be left to shift within, beyond the reach on either side.
ROOM_S = 60.0


@dataclass(frozen=True)
class Shifts:
    """Shifts of every run.

    Attributes
    ----------
    steps : (n_runs, n_shifts) int
        By how many steps each run's track is rolled.
    """

    steps: np.ndarray

    @property
    def n(self) -> int:
        """How many shifts."""
        return int(self.steps.shape[1])


def room(tracks: Sequence[Track], step: float, reach: float) -> float:
    """Seconds that the shortest run leaves to shift within, beyond `reach` at either end (negative: none)."""
    return min((len(track.time) * step - 2 * reach for track in tracks), default=-np.inf)


def draw_shifts(tracks: Sequence[Track], n_shifts: int, step: float, reach: float, rng: np.random.Generator) -> Shifts:
    """Draw shifts that cover each run evenly, none nearer than `reach` to none at all.

    Parameters
    ----------
    tracks : sequence of Track
    n_shifts : int
    step : float
        Seconds between steps of a track.
    reach : float
        Seconds over which neighbouring samples share signal.
    rng : numpy.random.Generator

    Returns
    -------
    Shifts
        Of several runs each has an order of its own.
    """
    rows = []
    for track in tracks:
        least, n_steps = int(np.ceil(reach / step)), len(track.time)
        at = (np.arange(n_shifts) + rng.random(n_shifts)) / n_shifts
        rows.append(rng.permutation(np.floor(least + at * (n_steps - 2 * least)).astype(int)))
    return Shifts(np.stack(rows))


def positions(responses: Responses, lags: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per run: which events are its own, and the step of its track nearest to each event and lag, (n_own, n_lags)."""
    run = responses.events["run"].to_numpy(str)
    onset = responses.events["onset"].to_numpy(float)
    found = []
    for track in responses.tracks:
        own = np.flatnonzero(run == track.run)
        wanted = onset[own][:, None] + lags
        at = np.clip(np.searchsorted(track.time, wanted), 1, len(track.time) - 1)
        found.append((own, at - (wanted - track.time[at - 1] < track.time[at] - wanted)))
    return found


def shifted(
    tracks: Sequence[Array],
    places: Sequence[tuple[np.ndarray, Array]],
    shifts: Shifts,
    electrodes: np.ndarray,
    numbers: np.ndarray,
    out: Array,
    columns: np.ndarray,
) -> None:
    """Write responses under some shifts.

    Parameters
    ----------
    tracks : sequence of (n_times, n_electrodes) float32
        The data of each.
    places : from `positions`
    shifts : Shifts
    electrodes, numbers : (n,) int
        The electrode and the shift of each response.
    out : (n_events, n_columns, n_lags) float32
        Where they are written.
    columns : (n,) int
        At which columns.
    """
    xp = array_namespace(out)
    for (own, at), track, steps in zip(places, tracks, shifts.steps):
        rows, flat = index_of(own, out), xp.reshape(at, (-1,))
        for electrode in np.unique(electrodes).tolist():
            signal = xp.concat([track[:, electrode]] * 2)  # twice, so that what is rolled needs no wrapping
            for k in np.flatnonzero(electrodes == electrode).tolist():
                moved = xp.take(signal[int(steps[numbers[k]]) :], flat, axis=0)
                out[rows, int(columns[k]), ...] = xp.reshape(moved, at.shape)
