"""Twins: recordings in which training changes nothing, because "trained" networks are one more draw of the same kind.

Each draw is a random mixture of the film's latents into few features, so that draws differ in how well they predict an
electrode. Half of the electrodes follow the film, half are noise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.calibration.datasets import N_ELECTRODES, DataSet, exponent_of
from benchmarks.calibration.film import every_third, make_film, make_latents, slow
from benchmarks.calibration.networks import mixture, network
from benchmarks.calibration.recording import Run, cleaned, evoked, power_law, responses
from bids_vlint.encoding.network_features import NetworkFeatures

WIDTH = 4  # of 20 latents
SNRS = (0.5, 0.7)


def exchangeable(seed: int, rng: np.random.Generator, *, n_seeds: int = 1, n_networks: int = 1) -> DataSet:
    """Networks whose "trained" features and whose twins are draws of one kind.

    Parameters
    ----------
    seed : int
        Says the ratio and the noise's exponent.
    rng : numpy.random.Generator
    n_seeds : int
        Twins of each network.
    n_networks : int
        Among which the best is chosen.
    """
    film = make_film(1200.0, rng)
    shown = every_third(film, rng)
    latents = make_latents(film, rng)
    known = latents.of("vision", "language")
    networks = []
    for k in range(n_networks):
        name = f"network{k + 1}"
        networks.append(network(name, "vision", mixture(known, shown, WIDTH, rng)))
        for twin in range(1, n_seeds + 1):
            features = mixture(known, shown, WIDTH, rng)
            number = twin if n_seeds > 1 else None
            networks.append(NetworkFeatures(name, "vision", False, {"pooled": features}, twin=number))
    half = N_ELECTRODES // 2
    effect = np.concatenate([evoked(known, half, rng), np.zeros((film.n_steps, half))], axis=1)
    snr = SNRS[seed // 2 % len(SNRS)]
    noise = power_law(film.n_steps, np.full(N_ELECTRODES, exponent_of(seed)), rng)
    run = Run("1", shown, cleaned(noise, effect, snr))
    truth = ("follows",) * half + ("noise",) * half
    return DataSet(networks, responses([run]), (run,), truth, group=f"SNR {snr:g}", snr=snr)


def unequal_rank(seed: int, rng: np.random.Generator) -> DataSet:
    """Noise electrodes; twins whose features have 3 dimensions to speak of, or trained networks that do."""
    film = make_film(1200.0, rng)
    shown = every_third(film, rng)
    flat = mixture(slow(film, 10, rng), shown, 40, rng)
    few = slow(film, 3, rng)[shown.step(shown.onset)] @ rng.standard_normal((3, 40))
    few = (few + 1e-3 * rng.standard_normal(few.shape)).astype(np.float32)
    trained, twin = (flat, few) if seed // 2 % 2 else (few, flat)
    networks = [network("eye", "vision", trained), replace(network("eye", "vision", twin), trained=False)]
    noise = power_law(film.n_steps, np.full(N_ELECTRODES, exponent_of(seed)), rng)
    run = Run("1", shown, cleaned(noise, None, 0))
    group = "few dimensions in the twin" if seed // 2 % 2 else "few dimensions in the trained"
    return DataSet(networks, responses([run]), (run,), ("null",) * N_ELECTRODES, group=group)
