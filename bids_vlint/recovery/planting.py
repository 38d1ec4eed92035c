"""Responses with planted effects: a recording's own signal against another part of the film, and what is added to it.

The tracks are rolled in time by one of the program's own shifts, so that nothing of the film is left in what the events
meet, while all that the noise is (its spectrum, its bursts and drifts, what electrodes share) stays. Effects are added
to the tracks, and the responses are taken from the tracks as those of the null's shifts are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bids_vlint.encoding.plan import EncodingPlan, counted_bins, encoded_stretch
from bids_vlint.encoding.shift import ROOM_S, Shifts, draw_shifts, positions, room
from bids_vlint.recovery.assignment import HALF, UNHELD, Planted
from bids_vlint.recovery.course import PEAKS_S, course_of, wandering
from bids_vlint.recovery.held import FilmFeatures, standardised_columns
from bids_vlint.recovery.kind import EffectKind
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.windows import STEP_S
from bids_vlint.study.stimulus import Alignment

# Neighbouring gaps between shifts, of which a roll takes the widest.
_GAPS = 3


def why_no_noise(tracks: Sequence[Track], reach: float) -> str:
    """Why a recording cannot be set against another part of its film; "" where it can."""
    left = room(tracks, STEP_S, reach)
    if left >= ROOM_S:
        return ""
    least = ROOM_S + 2 * reach
    return f"a run has {max(0.0, left + 2 * reach):.0f} s around events, and {least:.0f} s are needed to shift within"


def rolls_of(tracks: Sequence[Track], n: int, reach: float, null: Shifts, rng: np.random.Generator) -> Shifts:
    """By how much the tracks of every run are rolled in each replicate.

    A shift of the null that undid a roll would bring back what an electrode truly does, and widen the null. So a roll
    that is drawn moves to where its way back lies in the middle of the widest of the three nearest gaps between shifts.

    Parameters
    ----------
    tracks : sequence of Track
    n : int
        Replicates.
    reach : float
        Seconds; the least roll.
    null : Shifts
        Those that the tests will make.
    rng : numpy.random.Generator
    """
    drawn = draw_shifts(tracks, n, STEP_S, reach, rng).steps
    if null.n <= _GAPS:
        return Shifts(drawn)
    rows = []
    for track, steps, shifts in zip(tracks, drawn, null.steps):
        edges = np.sort(shifts)
        back, middle, wide = len(track.time) - steps, (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        near = np.argsort(np.abs(middle - back[:, None]), axis=1)[:, :_GAPS]
        own = np.take_along_axis(near, wide[near].argmax(1)[:, None], axis=1)[:, 0]
        rows.append(len(track.time) - np.round(middle[own] + wide[own] * (rng.random(n) - 0.5) / 3).astype(int))
    return Shifts(np.stack(rows))


def rolled(tracks: Sequence[Track], rolls: Shifts, number: int) -> tuple[Track, ...]:
    """The tracks of one replicate."""
    return tuple(replace(track, data=np.roll(track.data, -int(steps[number]), axis=0))
                 for track, steps in zip(tracks, rolls.steps))  # fmt: skip


def values_followed(
    held: FilmFeatures, kinds: Mapping[str, EffectKind], own: Sequence[Planted], rng: np.random.Generator
) -> np.ndarray:
    """What each electrode follows, as values at events.

    Parameters
    ----------
    held : FilmFeatures
    kinds : name -> EffectKind
    own : sequence of Planted
        Of each electrode.
    rng : numpy.random.Generator

    Returns
    -------
    (n_events, n_electrodes)
        Of unit variance, or 0.
    """
    events = held.events
    film = np.unique(events["stimulus"].to_numpy(str), return_inverse=True)[1]
    other = standardised_columns(wandering(events["movie_time"].to_numpy(float), film, len(own), rng))
    values = np.zeros(other.shape)
    for name in dict.fromkeys(one.kind for one in own):
        at = np.flatnonzero([one.kind == name for one in own])
        values[:, at] = kinds[name].variable(held, len(at), rng)
    for e, one in enumerate(own):
        if one.source == UNHELD:
            values[:, e] = other[:, e]
        elif one.source == HALF:
            values[:, e] = (values[:, e] + other[:, e]) / np.sqrt(2)
    return values


def planted_tracks(
    tracks: Sequence[Track],
    responses: Mapping[Alignment, Responses],
    held: FilmFeatures,
    values: np.ndarray,
    sizes: np.ndarray,
    plan: EncodingPlan,
    rng: np.random.Generator,
) -> tuple[Track, ...]:
    """Add to tracks what electrodes follow.

    Parameters
    ----------
    tracks : sequence of Track
        Rolled.
    responses : alignment -> Responses
        Whose events and lags they are.
    held : FilmFeatures
        Whose events the values are of.
    values : (n_events, n_electrodes)
    sizes : (n_electrodes,)
        The share of the variance of the planted responses, in the bins that count, that what is added shall have.
    plan : EncodingPlan
    rng : numpy.random.Generator
        Draws when each electrode's response peaks.
    """
    run, onset = held.events["run"].to_numpy(str), held.events["onset"].to_numpy(float)
    peaks = np.exp(rng.uniform(np.log(PEAKS_S[0]), np.log(PEAKS_S[1]), len(sizes)))
    courses = [
        replace(track, data=course_of(track.time, onset[run == track.run], values[run == track.run], peaks,
                                      plan.high_pass))
        for track in tracks
    ]  # fmt: skip
    noise, added = (_variance(responses, own, plan) for own in (tracks, courses))
    scale = np.sqrt(np.divide(sizes / (1 - sizes) * noise, added, out=np.zeros(len(sizes)), where=added > 0))
    return tuple(replace(track, data=(track.data + scale * course.data).astype(np.float32))
                 for track, course in zip(tracks, courses))  # fmt: skip


def _variance(responses: Mapping[Alignment, Responses], tracks: Sequence[Track], plan: EncodingPlan) -> np.ndarray:
    """Of what tracks hold at the events of all alignments, in the bins that count, (n_electrodes,)."""
    total, n = np.zeros(tracks[0].data.shape[1]), 0
    for own in responses.values():
        lags = own.lags[counted_bins(own.lags, plan.bins)]
        data = _taken(replace(own, tracks=tuple(tracks)), lags)
        total += data.var(0).mean(1) * len(data)
        n += len(data)
    return total / n


def responses_of_tracks(responses: Responses, tracks: Sequence[Track], plan: EncodingPlan,
                        channels: Sequence[str]) -> Responses:  # fmt: skip
    """The responses of tracks at the same events, in the bins that are encoded.

    Parameters
    ----------
    responses : Responses
        Whose events and lags they are.
    tracks : sequence of Track
    plan : EncodingPlan
    channels : sequence of str
        Names of the tracks' columns.
    """
    lags = responses.lags[counted_bins(responses.lags, encoded_stretch(responses.lags, plan.bins))]
    moved = replace(responses, tracks=tuple(tracks))
    return replace(moved, data=_taken(moved, lags), channels=tuple(channels), lags=lags)


def _taken(responses: Responses, lags: np.ndarray) -> np.ndarray:
    """What the tracks hold at events and lags, (n_events, n_electrodes, n_lags) float32."""
    n = responses.tracks[0].data.shape[1]
    data = np.zeros((len(responses.events), n, len(lags)), np.float32)
    for (own, at), track in zip(positions(responses, lags), responses.tracks):
        data[own] = np.moveaxis(track.data[at], 2, 1)
    return data


def replicates_together(replicates: Sequence[Sequence[Track]]) -> tuple[Track, ...]:
    """Tracks of several replicates as electrodes of one recording."""
    return tuple(replace(same[0], data=np.hstack([track.data for track in same])) for same in zip(*replicates))
