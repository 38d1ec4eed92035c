"""Small simulated recordings: words of a film, networks of vision, language and both, and electrodes that follow them.

Onsets lie on the steps of the tracks, so that responses are values of their run's track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import signal

from bids_vlint.encoding.engine import Encoded, encode
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.networks.specification import Modality
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.windows import STEP_S

LAGS = np.array([-0.5, 0.1, 0.3, 0.5, 0.7, 0.9])
AFTER = LAGS > 0
PLAN = EncodingPlan(n_bootstraps=50, n_shifts=10, bins=(0.0, 1.0), reach=4.4, high_pass=None)
# What drives the electrodes, one after the other.
DRIVES = ("interaction", "vision", "language", "both", "nothing", "all")


def word_times(n: int, rng: np.random.Generator, step: float = 1.1) -> np.ndarray:
    """Onsets in the film, on steps of 25 ms, more than 0.5 s apart."""
    gaps = 0.5 + rng.exponential(step - 0.5, n)
    return np.round(np.cumsum(gaps) / STEP_S) * STEP_S


def events_of(times: np.ndarray, run: str = "1", stimulus: str = "film", start: float = 7.0) -> pd.DataFrame:
    """A run's events; the recording begins `start` seconds before the film."""
    return pd.DataFrame({"onset": times + start, "run": run, "stimulus": stimulus, "movie_time": times})


def record(
    events: pd.DataFrame, driven: Sequence[np.ndarray], rng: np.random.Generator, lags: np.ndarray = LAGS
) -> Responses:
    """Tracks and responses: slow noise, and after each event half a second of what drives the electrode.

    Parameters
    ----------
    events : DataFrame
    driven : sequence of (n_events,)
        One per electrode.
    rng : numpy.random.Generator
    lags : (n_lags,) seconds
    """
    tracks = []
    for run, own in events.groupby("run", sort=False):
        onset = own["onset"].to_numpy(float)
        first, last = round((onset.min() - 2) / STEP_S), round((onset.max() + 2) / STEP_S)
        time = np.arange(first, last + 1) * STEP_S
        x = signal.lfilter([1], [1, -0.9], rng.standard_normal((len(time), len(driven))), axis=0)
        x = x / x.std(0)
        for e, drive in enumerate(driven):
            pulses = np.zeros(len(time))
            np.add.at(pulses, np.round(onset / STEP_S).astype(int) - first + 8, np.asarray(drive)[own.index])
            x[:, e] += np.convolve(pulses, np.hanning(21))[: len(time)]
        tracks.append(Track(str(run), time, ((x - x.mean(0)) / x.std(0)).astype(np.float32)))
    return from_tracks(events, tuple(tracks), lags)


def from_tracks(events: pd.DataFrame, tracks: Sequence[Track], lags: np.ndarray = LAGS) -> Responses:
    """Responses that are the tracks' values around the events."""
    n_electrodes = tracks[0].data.shape[1]
    data = np.empty((len(events), n_electrodes, len(lags)), np.float32)
    for track in tracks:
        own = np.flatnonzero(events["run"] == track.run)
        at = np.round((events["onset"].to_numpy(float)[own][:, None] + lags - track.time[0]) / STEP_S).astype(int)
        data[own] = np.moveaxis(track.data[at], 2, 1)
    return Responses(data, tuple(f"A{k}" for k in range(n_electrodes)), lags, events, tuple(tracks))


def columns(x: np.ndarray, width: int, rng: np.random.Generator) -> np.ndarray:
    """Features that show latents, and little else."""
    noise = 0.1 * rng.standard_normal((len(x), width))
    return (x @ rng.standard_normal((x.shape[1], width)) + noise).astype(np.float32)


def study(
    seed: int = 0,
    n: int = 420,
    n_electrodes: int = 6,
    *,
    strength: float = 1.5,
    twice: bool = False,
    low_level: bool = False,
    parts: bool = False,
    drives: Sequence[str] = DRIVES,
) -> tuple[list[NetworkFeatures], Responses]:
    """Networks eye, ear and fusion with their random twins, and electrodes that follow some latents of them.

    Parameters
    ----------
    seed : int
    n : int
        Words of the film.
    n_electrodes : int
    strength : float
        Of what drives the electrodes, against noise.
    twice : bool
        The film was seen in two runs.
    low_level : bool
        There are low-level features, which drive nothing unless "sound" is among the drives.
    parts : bool
        There are fusion's runs on pictures alone, and on texts alone, the last two of the networks.
    drives : sequence of str
    """
    rng = np.random.default_rng(seed)
    times = word_times(n, rng)
    v, s, sound = rng.standard_normal((3, n, 3))
    latents = {"interaction": v * s, "vision": v, "language": s, "both": np.concatenate([v, s], 1), "sound": sound,
             "nothing": np.zeros((n, 1)), "all": np.concatenate([v, s, v * s], 1)}  # fmt: skip
    driven = []
    for e in range(n_electrodes):
        x = latents[drives[e % len(drives)]]
        weights = rng.standard_normal(x.shape[1])
        driven.append(x @ weights * strength / np.linalg.norm(weights))
    shown: list[tuple[str, Modality, bool, dict[str, np.ndarray]]] = [
        ("eye", "vision", True, {"a": columns(v, 8, rng), "b": columns(v[:, :1], 8, rng)}),
        ("ear", "language", True, {"a": columns(s, 8, rng), "b": columns(s[:, :1], 8, rng)}),
        ("fusion", "multimodal", True, {"a": columns(latents["all"], 12, rng)}),
    ]
    shown += [(name, kind, False, {"a": columns(rng.standard_normal((n, 3)), 8, rng)}) for name, kind, _, _ in shown]
    if low_level:
        shown.append(("low_level", "low_level", True, {"low_level": columns(sound, 5, rng)}))
    events = events_of(times)
    rows = np.arange(n)
    if twice:
        events = pd.concat([events, events_of(times, "2", start=31.0)], ignore_index=True)
        rows = np.concatenate([rows, rows])
    responses = record(events, [d[rows] for d in driven], rng)
    networks = [NetworkFeatures(*head, {k: x[rows] for k, x in layers.items()}) for *head, layers in shown]
    own = np.random.default_rng(seed + 1000)  # nothing else changes by them
    for alone, x in (("image", v), ("text", s)) if parts else ():
        layers = {"a": columns(x, 8, own)[rows]}
        networks.append(NetworkFeatures(f"fusion:{alone}", "multimodal", True, layers, shown=alone, part_of="fusion"))
    return networks, responses


def run(
    networks: Sequence[NetworkFeatures], responses: Responses, threads: int = 1, seed: int = 1, **changes: object
) -> Encoded:
    """Encode with the small plan."""
    plan = replace(PLAN, **changes)  # type: ignore[arg-type]
    return encode(networks, responses, plan, rng=np.random.default_rng(seed), threads=threads)


def with_electrodes(responses: Responses, order: Sequence[int] | np.ndarray) -> Responses:
    """Some electrodes, in an order."""
    order = list(order)
    tracks = tuple(replace(t, data=t.data[:, order]) for t in responses.tracks)
    channels = tuple(responses.channels[k] for k in order)
    return replace(responses, data=responses.data[:, order], channels=channels, tracks=tracks)


def rescaled(responses: Responses, scale: np.ndarray | float, offset: np.ndarray | float) -> Responses:
    """Responses in other units; `scale` and `offset` are (n_electrodes,) or numbers."""
    n = responses.data.shape[1]
    a, b = (np.broadcast_to(np.asarray(x, np.float32), n) for x in (scale, offset))
    tracks = tuple(replace(t, data=t.data * a + b) for t in responses.tracks)
    return replace(responses, data=responses.data * a[:, None] + b[:, None], tracks=tracks)
