"""Recordings in which it is known which electrode follows what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.calibration.datasets import FEEDS, OWN, DataSet, exponent_of, make_networks, mixture, network
from benchmarks.calibration.film import Film, Latents, make_film, make_latents, slow
from benchmarks.calibration.recording import Run, cleaned, evoked, high_passed, power_law, responses
from bids_vlint.encoding.network_features import NetworkFeatures

SITES = ("interaction", "vision", "language", "linear", "sound", "null")
DRIVES = {
    "interaction": ("interaction",),
    "vision": ("vision",),
    "language": ("language",),
    "linear": ("vision", "language"),
    "sound": ("sound",),
}
SNRS = (0.1, 0.15, 0.2, 0.3, 0.4, 0.6)
# Of which sites a test's hypothesis is true; integration: multimodal_beats_linear and beats_low_level.
TRUE = {
    "multimodal_beats_unimodal": ("interaction", "linear"),
    "multimodal_beats_linear": ("interaction",),
    "beats_low_level": ("interaction", "linear", "vision", "language"),
    "integration": ("interaction",),
}
SIZES = (("fusion", "multimodal", 60), ("eye", "vision", 60), ("ear", "language", 60))


def planted(
    seed: int,
    snr: float,
    n_each: int = 4,
    duration: float = 1200.0,
    untrained: bool = False,
    own: float = OWN,
) -> tuple[DataSet, DataSet]:
    """Make a recording of sites of every kind, and the same one with an oracle's networks.

    Parameters
    ----------
    seed : int
    snr : float
        SD of what a site follows over the SD of its noise, after the high-pass.
    n_each : int
        Electrodes of each kind.
    duration : seconds of film
    untrained : bool
        With a random twin of every network.
    own : float
        Share of the features' variance that is a network's own.

    Returns
    -------
    DataSet, DataSet
        With networks that mix the latents with noise of their own, and with the latents themselves as features.
    """
    rng = np.random.default_rng([seed, 77])  # the same films, noise and effects at every ratio
    film = make_film(duration, rng)
    latents = make_latents(film, rng)
    networks = [*make_networks(film, latents, SIZES, rng, own=own), low_level(film, latents, rng)]
    effects = [_effect(latents, DRIVES.get(site, ()), n_each, rng) for site in SITES]
    noise = power_law(film.n_steps, np.full(n_each * len(SITES), exponent_of(seed)), rng)
    run = Run("1", film, cleaned(noise, np.concatenate(effects, axis=1), snr))
    truth = tuple(np.repeat(SITES, n_each).tolist())
    if untrained:
        networks += twins(film, rng)
    seen = DataSet(networks, responses([run]), (run,), truth, (), f"exponent {exponent_of(seed):g}", snr)
    return seen, replace(seen, networks=[*oracle(film, latents), *networks[len(SIZES) :]])


def _effect(latents: Latents, parts: Sequence[str], n_each: int, rng: np.random.Generator) -> np.ndarray:
    """What sites of a kind follow; its parts have the same variance after the high-pass."""
    total = np.zeros((len(latents.sound), n_each))
    for part in parts:
        own = high_passed(evoked(latents.of(part), n_each, rng))
        total += own / own.std(0)
    return total


def oracle(film: Film, latents: Latents) -> list[NetworkFeatures]:
    """Networks whose features are the latents at the events."""
    steps = film.step(film.onset)
    return [network(name, kind, latents.of(*FEEDS[kind])[steps]) for name, kind, _ in SIZES]


def twins(film: Film, rng: np.random.Generator) -> list[NetworkFeatures]:
    """Untrained networks: slow and white noise alone."""
    return [
        network(name, kind, mixture(slow(film, 1, rng), film, width, rng), trained=False) for name, kind, width in SIZES
    ]


def low_level(film: Film, latents: Latents, rng: np.random.Generator) -> NetworkFeatures:
    """What is known of sound, words and picture without any network: ten features, the audio envelope among them."""
    steps = film.step(film.onset)
    sound = latents.sound[:, 0]
    rate = np.array([((film.onset > t - 5) & (film.onset <= t)).sum() for t in film.onset]) / 5
    since = np.diff(film.onset, prepend=film.onset[0] - 1)
    picture = slow(film, 4, rng)[steps]
    features = [sound[steps], sound[steps + 4], np.gradient(sound)[steps], rate, np.log(since), film.position]
    return network("low_level", "low_level", np.column_stack([*features, picture]).astype(np.float32))
