"""Nulls of uneven recordings and model sets: variance that follows the film, many candidates against few, runs and
films that differ, and two alignments at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from benchmarks.calibration.datasets import N_ELECTRODES, DataSet, Events, exponent_of
from benchmarks.calibration.film import Film, Latents, at_cuts, every_third, make_film, make_latents, slow
from benchmarks.calibration.fusion import fusion_network
from benchmarks.calibration.networks import FEEDS, equipped, make_networks, mixture, network
from benchmarks.calibration.recording import Run, cleaned, evoked, high_passed, power_law, responses
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.networks.comparisons import Comparison

PAIR = (("multimodal", "multimodal", 40), ("vision", "vision", 30))
AROUSAL_S = 15.0  # time constant of what drives both the noise's amplitude and the features' norm
N_NETWORKS, N_LAYERS = 14, 12
FILMS = {"talk": (700.0, 1), "chase": (260.0, 6), "landscape": (240.0, 4)}  # seconds, every n-th word


def locked(seed: int, rng: np.random.Generator, *, log_sd: float, events: Events = every_third) -> DataSet:
    """Noise whose amplitude follows the film as the features' norm does.

    Parameters
    ----------
    seed : int
        Says the noise's exponent.
    rng : numpy.random.Generator
    log_sd : float
        SD of the logarithm of both.
    events : callable
        Says what the events are.
    """
    film = make_film(1200.0, rng)
    shown = events(film, rng)
    gain = np.exp(log_sd * slow(film, 1, rng, AROUSAL_S, AROUSAL_S)[:, 0])
    at = shown.step(shown.onset)
    plain = make_networks(shown, make_latents(film, rng), PAIR, rng)
    networks = [replace(n, layers={"pooled": n.layers["pooled"] * gain[at][:, None]}) for n in plain]
    noise = power_law(film.n_steps, np.full(N_ELECTRODES, exponent_of(seed)), rng)
    run = Run("1", shown, cleaned(high_passed(noise) * gain[:, None], None, 0))
    networks = equipped(networks, [run], rng)
    return DataSet(networks, responses([run]), (run,), ("null",) * N_ELECTRODES, group=f"log-SD {log_sd:g}")


def many(seed: int, rng: np.random.Generator) -> DataSet:
    """The best of 14 networks of 12 layers against one of one layer, and the other way round; noise electrodes.

    A network's layers share half of their variance.
    """
    film = make_film(600.0, rng)
    shown = every_third(film, rng)
    latents = make_latents(film, rng)

    def layers(n: int) -> Mapping[str, np.ndarray]:
        shared = mixture(latents.vision, shown, 20, rng)
        each = (mixture(latents.vision, shown, 20, rng) for _ in range(n))
        return {f"layer{k + 1}": (shared + x) / np.sqrt(2) for k, x in enumerate(each)}

    names = tuple(f"eye{k + 1}" for k in range(N_NETWORKS))
    networks = [NetworkFeatures(name, "vision", True, layers(N_LAYERS)) for name in names]
    networks.append(NetworkFeatures("one", "multimodal", True, layers(1), shown="image"))
    comparisons = (
        Comparison("many_beat_one", names, ("one",)),
        Comparison("layers_beat_one", names[:1], ("one",)),
    )
    n_electrodes = N_ELECTRODES // 2
    noise = power_law(film.n_steps, np.full(n_electrodes, exponent_of(seed)), rng)
    run = Run("1", shown, cleaned(noise, None, 0))
    return DataSet(networks, responses([run]), (run,), ("null",) * n_electrodes, comparisons)


def uneven_runs(seed: int, rng: np.random.Generator) -> DataSet:
    """Three films of unequal length in which more or less is said, each with noise of its own size and spectrum; half
    of the electrodes follow the films in a way that no network holds."""
    half = N_ELECTRODES // 2
    runs, features = [], []
    weights = [rng.standard_normal((40, width)) for _, _, width in PAIR]
    for k, (name, (duration, every)) in enumerate(FILMS.items()):
        film = make_film(duration, rng)
        shown = replace(film, onset=film.onset[::every], position=film.position[::every])
        exponent = np.full(N_ELECTRODES, exponent_of(seed) + 0.3 * (k - 1))
        effect = np.concatenate([evoked(slow(film, 10, rng), half, rng), np.zeros((film.n_steps, half))], axis=1)
        signal = cleaned(power_law(film.n_steps, exponent, rng), effect, 0.5)
        runs.append(Run(name, shown, signal * (1 + 0.5 * k), name))
        steps = shown.step(shown.onset)
        features.append([(1 + k) * slow(film, 40, rng)[steps] @ w + 2 * k for w in weights])
    networks = [
        network(name, kind, np.concatenate(x).astype(np.float32)) for (name, kind, _), x in zip(PAIR, zip(*features))
    ]  # fmt: skip
    truth = ("follows",) * half + ("noise",) * half
    return DataSet(equipped(networks, runs, rng), responses(runs), tuple(runs), truth)


def two_alignments(seed: int, rng: np.random.Generator) -> DataSet:
    """Noise electrodes, tested at words and at cuts with every kind of network."""
    film = make_film(1200.0, rng)
    latents = make_latents(film, rng)
    signal = cleaned(power_law(film.n_steps, np.full(N_ELECTRODES, exponent_of(seed)), rng), None, 0)
    words, cuts = (_aligned(events(film, rng), latents, signal, rng) for events in (every_third, at_cuts))
    return replace(words, also=cuts)


def _aligned(shown: Film, latents: Latents, signal: np.ndarray, rng: np.random.Generator) -> DataSet:
    run = Run("1", shown, signal)
    networks = make_networks(shown, latents, (("eye", "vision", 30), ("ear", "language", 30)), rng)
    networks += fusion_network(shown, latents, rng, "fusion", 30, FEEDS["multimodal"])
    return DataSet(equipped(networks, [run], rng), responses([run]), (run,), ("null",) * signal.shape[1])
