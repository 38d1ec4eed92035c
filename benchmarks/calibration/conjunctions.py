"""What is called by several tests at once, or in either of two alignments: how much of it is false.

Two of the kinds are no recordings but p-values of what three tests would find, so that many can be drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.calibration.datasets import DataSet, exponent_of
from benchmarks.calibration.film import every_third, make_film, make_latents
from benchmarks.calibration.fusion import fusion_network
from benchmarks.calibration.networks import FEEDS, equipped, make_networks
from benchmarks.calibration.recording import Run, cleaned, evoked, power_law, responses
from bids_vlint.inference.calibrated.sites import fit_tests
from bids_vlint.study.stimulus import ALIGNMENTS

TESTS = ("trained_beats_random", "beats_low_level", "multimodal_beats_linear", "multimodal_beats_unimodal")
# Which tests are true of an electrode.
SITES = {
    "beats linear alone": ("trained_beats_random", "multimodal_beats_linear"),
    "beats low-level alone": ("trained_beats_random", "beats_low_level"),
    "beats unimodal alone": ("trained_beats_random", "multimodal_beats_unimodal"),
    "both": ("trained_beats_random", "multimodal_beats_linear", "beats_low_level"),
    "nothing": (),
}
# Of which electrodes a claim is true.
TRUE = {
    **{test: tuple(site for site, tests in SITES.items() if test in tests) for test in TESTS},
    "integration": ("both",),
}
EFFECT = 3.5  # mean z of a test that is true
N_RECORDED = 8  # electrodes of each sort in a recording


@dataclass(frozen=True)
class Drawn:
    """Tests that were drawn and not made.

    Attributes
    ----------
    tests : DataFrame
        As from `fit_tests`.
    truth : tuple of str
        A key of SITES for each electrode.
    group : str
    """

    tests: pd.DataFrame
    truth: tuple[str, ...]
    group: str = ""


def drawn(rng: np.random.Generator, n_each: dict[str, int], shared: float = 0.0) -> Drawn:
    """Draw the tests of a participant; what is true is so in one of the two alignments, drawn for each electrode.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_each : dict
        Electrodes of each sort.
    shared : float
        Correlation of z between alignments.
    """
    truth = [site for site, n in n_each.items() for _ in range(n)]
    names = [f"E{k}" for k in range(len(truth))]
    home = rng.integers(0, len(ALIGNMENTS), len(truth))
    common = rng.standard_normal((len(TESTS), len(truth)))
    by_alignment = {}
    for k, alignment in enumerate(ALIGNMENTS):
        own = rng.standard_normal(common.shape)
        z = np.sqrt(shared) * common + np.sqrt(1 - shared) * own
        z += EFFECT * np.array(
            [[test in SITES[site] and home[e] == k for e, site in enumerate(truth)] for test in TESTS]
        )
        unknown = dict.fromkeys(("low", "high", "n_model", "n_baseline"), np.nan)
        tables = [
            pd.DataFrame({"name": names, "test": test, "diff": row / 100, "p": stats.norm.sf(row), **unknown})
            for test, row in zip(TESTS, z)
        ]
        by_alignment[alignment] = pd.concat(tables, ignore_index=True)
    return Drawn(fit_tests(by_alignment), tuple(truth), f"correlation {shared:g}")


def none_true(seed: int, rng: np.random.Generator) -> Drawn:
    """No electrode passes both tests, many pass one."""
    n_each = {"beats linear alone": 30, "beats low-level alone": 60, "nothing": 10}
    return drawn(rng, n_each, shared=0.5 * (seed % 2))


def some_true(seed: int, rng: np.random.Generator) -> Drawn:
    """A few electrodes pass both tests, and others one of any."""
    n_each = {
        "both": 10,
        "beats linear alone": 10,
        "beats low-level alone": 10,
        "beats unimodal alone": 10,
        "nothing": 60,
    }
    return drawn(rng, n_each, shared=0.5 * (seed % 2))


def recorded(seed: int, rng: np.random.Generator) -> DataSet:
    """A recording with electrodes that follow interactions which the low-level features hold, too, others that follow
    vision and language, and noise: none is to be called integration."""
    film = make_film(1200.0, rng)
    shown = every_third(film, rng)
    latents = make_latents(film, rng)
    networks = fusion_network(shown, latents, rng, "fusion", 40, FEEDS["multimodal"])
    networks += make_networks(shown, latents, (("eye", "vision", 40), ("ear", "language", 40)), rng)
    additive = [evoked(x, N_RECORDED, rng) for x in (latents.vision, latents.language)]
    effect = np.hstack([
        evoked(latents.interaction, N_RECORDED, rng),
        np.sum([x / x.std(0) for x in additive], axis=0),
        np.zeros((film.n_steps, N_RECORDED)),
    ])  # fmt: skip
    noise = power_law(film.n_steps, np.full(effect.shape[1], exponent_of(seed)), rng)
    run = Run("1", shown, cleaned(noise, effect, 0.5))
    *networks, low = equipped(networks, [run], rng)
    held = np.hstack([low.layers["pooled"], latents.interaction[shown.step(shown.onset)]])
    networks.append(type(low)("low_level", "low_level", True, {"pooled": held}))
    truth = tuple(np.repeat(("beats linear alone", "beats low-level alone", "nothing"), N_RECORDED).tolist())
    return DataSet(networks, responses([run]), (run,), truth, snr=0.5)
