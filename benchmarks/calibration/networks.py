"""Simulated networks: random mixtures of what is in the film; their random twins, and the low-level features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from benchmarks.calibration.film import Film, Latents, slow, standardised
from benchmarks.calibration.recording import Run
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.networks.identity import part_name

N_BANDS, WINDOWS_S = 16, np.arange(-2, 11) * 0.2
OWN = 0.3  # share of the features' variance that is a network's own
FEEDS = {
    "multimodal": ("vision", "language", "interaction"),
    "vision": ("vision",),
    "language": ("language",),
}


def mixture(latents: np.ndarray, film: Film, width: int, rng: np.random.Generator, own: float = OWN) -> np.ndarray:
    """Features of a network: random mixtures of the film's latents and of slow and white noise of its own.

    Parameters
    ----------
    latents : (n_steps, n_latents)
    film : Film
    width : int
        Number of features.
    rng : numpy.random.Generator
    own : float
        Share of the features' variance that is the network's own.

    Returns
    -------
    (n_words, width) float32
    """
    steps = film.step(film.onset)
    noise = slow(film, max(width // 2, 1), rng, shortest=2.0)[steps]
    parts = [standardised(latents[steps]), standardised(noise)]
    mixed = [x @ rng.standard_normal((x.shape[1], width)) / np.sqrt(x.shape[1]) for x in parts]
    white = 0.1 * rng.standard_normal((len(steps), width))
    return (np.sqrt(1 - own) * mixed[0] + np.sqrt(own) * mixed[1] + white).astype(np.float32)


def network(name: str, modality: str, features: np.ndarray, trained: bool = True) -> NetworkFeatures:
    """A network of one layer."""
    return NetworkFeatures(name, modality, trained, {"pooled": features})  # type: ignore[arg-type]


def part(whole: NetworkFeatures, shown: Literal["image", "text"], features: np.ndarray) -> NetworkFeatures:
    """The run of a network on pictures, or texts, alone."""
    name = part_name(whole.name, shown)
    return NetworkFeatures(name, whole.modality, True, {"pooled": features}, shown=shown, part_of=whole.name)


def make_networks(
    film: Film,
    latents: Latents,
    sizes: Sequence[tuple[str, str, int]],
    rng: np.random.Generator,
    times: int = 1,
    own: float = OWN,
) -> list[NetworkFeatures]:
    """Networks of given (name, modality, width); a film that was seen several times repeats their features."""
    return [
        network(name, kind, np.tile(mixture(latents.of(*FEEDS[kind]), film, width, rng, own), (times, 1)))
        for name, kind, width in sizes
    ]


LowLevel = Callable[[Film, np.ndarray, np.random.Generator], np.ndarray]  # as `low_level`


def twins(networks: Sequence[NetworkFeatures], runs: Sequence[Run], rng: np.random.Generator) -> list[NetworkFeatures]:
    """A random twin of each network: slow and white noise alone."""
    out = []
    for n in networks:
        (name, layer), *_ = n.layers.items()
        features = per_film(runs, lambda film: mixture(slow(film, 1, rng), film, layer.shape[1], rng))  # noqa: B023
        out.append(NetworkFeatures(n.name, n.modality, False, {name: features}, shown=n.shown))
    return out


def low_level(film: Film, sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What is known of sound, events and picture without any network: ten features, (n_events, 10).

    Parameters
    ----------
    film : Film
    sound : (n_steps,)
        The audio envelope.
    rng : numpy.random.Generator
    """
    steps = film.step(film.onset)
    rate = np.array([((film.onset > t - 5) & (film.onset <= t)).sum() for t in film.onset]) / 5
    since = np.diff(film.onset, prepend=film.onset[0] - 1)
    picture = slow(film, 4, rng)[steps]
    features = [sound[steps], sound[steps + 4], np.gradient(sound)[steps], rate, np.log(since), film.position]
    return np.column_stack([*features, picture]).astype(np.float32)


def with_spectrum(film: Film, sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As `low_level`, and sixteen bands of sound in twelve windows of 0.2 s and two longer ones: 234 columns, which
    are as alike as the program's own."""
    bands = standardised(sound)[:, None] + slow(film, N_BANDS, rng, 0.1, 1.0)
    so_far = np.concatenate([np.zeros((1, N_BANDS)), np.cumsum(bands, axis=0)])
    columns = [low_level(film, sound, rng)]
    for start, stop in pairwise(WINDOWS_S):
        first, last = (np.clip(film.step(film.onset + t), 0, film.n_steps) for t in (start, stop))
        columns.append((so_far[last] - so_far[first]) / np.maximum(last - first, 1)[:, None])
    columns += [np.mean(columns[1:7], axis=0), np.mean(columns[7:13], axis=0)]
    return np.concatenate(columns, axis=1).astype(np.float32)


def per_film(runs: Sequence[Run], make: Callable[[Film], np.ndarray]) -> np.ndarray:
    """Features of the events of all runs, made once for each film."""
    known: dict[str, np.ndarray] = {}
    for run in runs:
        if run.stimulus not in known:
            known[run.stimulus] = make(run.film)
    return np.concatenate([known[run.stimulus] for run in runs])


def equipped(
    networks: Sequence[NetworkFeatures], runs: Sequence[Run], rng: np.random.Generator, make: LowLevel = low_level
) -> list[NetworkFeatures]:
    """With what every test needs: a random twin of each network that is none of a part, and low-level features."""
    whole = [n for n in networks if n.trained and n.part_of is None]
    low = per_film(runs, lambda film: make(film, slow(film, 1, rng, 1.0, 3.0)[:, 0], rng))
    return [*networks, *twins(whole, runs, rng), network("low_level", "low_level", low)]
