"""Recordings in which it is known which electrode follows what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.calibration.datasets import DataSet, exponent_of
from benchmarks.calibration.film import Film, Latents, make_film, make_latents
from benchmarks.calibration.fusion import fusion_network
from benchmarks.calibration.networks import FEEDS, OWN, low_level, make_networks, network, part, twins
from benchmarks.calibration.recording import Run, cleaned, evoked, high_passed, power_law, responses
from benchmarks.calibration.shapes import Shape
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
WIDTH = 60
SIZES = (("eye", "vision", WIDTH), ("ear", "language", WIDTH))


def planted(
    seed: int,
    snr: float,
    n_each: int = 4,
    duration: float = 1200.0,
    untrained: bool = False,
    own: float = OWN,
    steady: bool = True,
    shape: Shape | None = None,
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
    steady : bool
        Whether responses are divided by their running SD.
    shape : callable | None
        Of `shapes`: what is made of the noise.

    Returns
    -------
    DataSet, DataSet
        With networks that mix the latents with noise of their own, and with the latents themselves as features.
    """
    rng = np.random.default_rng([seed, 77])  # the same films, noise and effects at every ratio
    film = make_film(duration, rng)
    latents = make_latents(film, rng)
    shown_both = fusion_network(film, latents, rng, "fusion", WIDTH, FEEDS["multimodal"], own)
    one_modality = make_networks(film, latents, SIZES, rng, own=own)
    rest = [network("low_level", "low_level", low_level(film, latents.sound[:, 0], rng))]
    effects = [_effect(latents, DRIVES.get(site, ()), n_each, rng) for site in SITES]
    noise = power_law(film.n_steps, np.full(n_each * len(SITES), exponent_of(seed)), rng)
    noise = shape(noise, rng) if shape else noise
    run = Run("1", film, cleaned(noise, np.concatenate(effects, axis=1), snr, steady))
    truth = tuple(np.repeat(SITES, n_each).tolist())
    if untrained:
        rest += twins([shown_both[0], *one_modality], [run], rng)
    networks = [*shown_both, *one_modality, *rest]
    seen = DataSet(networks, responses([run]), (run,), truth, (), f"exponent {exponent_of(seed):g}", snr)
    return seen, replace(seen, networks=[*oracle(film, latents), *rest])


def _effect(latents: Latents, parts: Sequence[str], n_each: int, rng: np.random.Generator) -> np.ndarray:
    """What sites of a kind follow; its parts have the same variance after the high-pass."""
    total = np.zeros((len(latents.sound), n_each))
    for name in parts:
        own = high_passed(evoked(latents.of(name), n_each, rng))
        total += own / own.std(0)
    return total


def oracle(film: Film, latents: Latents) -> list[NetworkFeatures]:
    """Networks, and parts of a network, whose features are the latents at the events."""
    steps = film.step(film.onset)
    fusion = network("fusion", "multimodal", latents.of(*FEEDS["multimodal"])[steps])
    parts = [part(fusion, "image", latents.vision[steps]), part(fusion, "text", latents.language[steps])]
    return [fusion, *parts, *(network(name, kind, latents.of(*FEEDS[kind])[steps]) for name, kind, _ in SIZES)]
