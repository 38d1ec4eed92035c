"""Data sets without the effect that is tested, one kind for every way in which a test may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.calibration.film import Film, all_words, make_film, make_latents, slow
from benchmarks.calibration.fusion import fusion_network
from benchmarks.calibration.networks import FEEDS, make_networks, mixture, network
from benchmarks.calibration.recording import Run, cleaned, evoked, power_law, responses
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.signals.responses import Responses

N_ELECTRODES = 20
EXPONENTS = (1.0, 1.5)
PAIR = (("multimodal", "multimodal", 60), ("vision", "vision", 40))
Events = Callable[[Film, np.random.Generator], Film]  # the same film with other events


@dataclass(frozen=True)
class DataSet:
    """A recording, the networks that are compared on it, and what is true of it.

    Attributes
    ----------
    networks : list of Network
    responses : Responses
    runs : tuple of Run
        With the continuous signals, and the events.
    truth : tuple of str
        What drives each electrode: null, vision, ...
    comparisons : tuple of Comparison
        Beside the built-in tests.
    group : str
        A part of the kind that is looked at apart, such as the noise exponent.
    snr : float
    also : DataSet | None
        The same electrodes at other events, with networks of their own.
    """

    networks: list[NetworkFeatures]
    responses: Responses
    runs: tuple[Run, ...]
    truth: tuple[str, ...]
    comparisons: tuple[Comparison, ...] = ()
    group: str = ""
    snr: float = 0.0
    also: DataSet | None = None


def exponent_of(seed: int) -> float:
    """Data sets of noise exponents 1 and 1.5 alternate."""
    return EXPONENTS[seed % len(EXPONENTS)]


def null(
    seed: int,
    rng: np.random.Generator,
    *,
    duration: float = 1200.0,
    sizes: Sequence[tuple[str, str, int]] = PAIR,
    exponents: np.ndarray | None = None,
    shape: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None,
    n_electrodes: int = N_ELECTRODES,
    events: Events = all_words,
) -> DataSet:
    """Electrodes of pure noise.

    Parameters
    ----------
    seed : int
        Of the data set; says the exponent where none are given.
    rng : numpy.random.Generator
    duration : seconds of film
    sizes : name, modality, width of each network
    exponents : (n_electrodes,) | None
    shape : callable
        Changes the noise over time.
    n_electrodes : int
    events : callable
        Says what the events are.
    """
    film = make_film(duration, rng)
    shown = events(film, rng)
    networks = make_networks(shown, make_latents(film, rng), sizes, rng)
    exponent = np.full(n_electrodes, exponent_of(seed)) if exponents is None else exponents
    noise = power_law(film.n_steps, exponent, rng)
    run = Run("1", shown, cleaned(noise if shape is None else shape(noise, rng), None, 0))
    group = f"exponent {exponent_of(seed):g}" if exponents is None else ""
    return DataSet(networks, responses([run]), (run,), ("null",) * n_electrodes, group=group)


def equal(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """Two networks of one width that hold the same latents, each with noise of its own; electrodes follow those."""
    film = make_film(1200.0, rng)
    shown = events(film, rng)
    latents = make_latents(film, rng)
    networks = [
        network(name, name, mixture(latents.of("vision"), shown, 60, rng)) for name in ("multimodal", "vision")
    ]  # fmt: skip
    snr = (0.2, 0.35, 0.5)[seed // 2 % 3]
    effect = evoked(latents.vision, N_ELECTRODES, rng)
    noise = power_law(film.n_steps, np.full(N_ELECTRODES, exponent_of(seed)), rng)
    run = Run("1", shown, cleaned(noise, effect, snr))
    return DataSet(networks, responses([run]), (run,), ("equal",) * N_ELECTRODES, group=f"SNR {snr:g}", snr=snr)


def vision_only(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """Electrodes follow vision alone, and so does the multimodal network: it ties with vision, and the linear control
    has its own run on pictures and two other ways to win by chance."""
    return _vision_sites(seed, rng, events, ("vision",))


def vision_better(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """As `vision_only`, but the multimodal network holds language and interactions, too, and loses to vision alone."""
    return _vision_sites(seed, rng, events, FEEDS["multimodal"])


def _vision_sites(seed: int, rng: np.random.Generator, events: Events, holds: Sequence[str]) -> DataSet:
    film = make_film(1200.0, rng)
    shown = events(film, rng)
    latents = make_latents(film, rng)
    networks = [network(kind, kind, mixture(latents.of(kind), shown, 60, rng)) for kind in ("vision", "language")]
    networks += fusion_network(shown, latents, rng, "multimodal", 60, holds)
    snr = (0.2, 0.35, 0.5)[seed // 2 % 3]
    noise = power_law(film.n_steps, np.full(N_ELECTRODES, exponent_of(seed)), rng)
    run = Run("1", shown, cleaned(noise, evoked(latents.vision, N_ELECTRODES, rng), snr))
    return DataSet(networks, responses([run]), (run,), ("vision",) * N_ELECTRODES, group=f"SNR {snr:g}", snr=snr)


def seven(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """The best of seven multimodal networks against one of vision; `one_beats_seven` is the other way round."""
    names = [f"multimodal{k}" for k in range(1, 8)]
    sizes = [(name, "multimodal", width) for name, width in zip(names, (60, 60, 40, 60, 120, 60, 40))]
    data = null(seed, rng, sizes=[*sizes, ("vision", "vision", 60)], events=events)
    reverse = Comparison("one_beats_seven", ("vision",), tuple(names))
    return DataSet(data.networks, data.responses, data.runs, data.truth, (reverse,), data.group)


def mixed(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """Exponents from 0.7 to 1.8 in one recording."""
    data = null(seed, rng, exponents=np.linspace(0.7, 1.8, N_ELECTRODES), events=events)
    truth = tuple("steep" if e > 1.4 else "flat" if e < 1.1 else "middle" for e in np.linspace(0.7, 1.8, N_ELECTRODES))
    return DataSet(data.networks, data.responses, data.runs, truth)


def unsteady(noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Amplitude that wanders, drift that comes and goes, and stretches of twice the variance."""
    n_steps, n_electrodes = noise.shape
    out = noise.copy()
    for e in range(n_electrodes):
        knots = np.linspace(0, 1, 7)
        gain = np.exp(0.3 * np.interp(np.linspace(0, 1, n_steps), knots, rng.standard_normal(7)))
        out[:, e] *= gain
        for _ in range(2):
            start, length = rng.integers(0, n_steps), rng.integers(n_steps // 10, n_steps // 4)
            out[start : start + length, e] *= np.sqrt(2)
        start = rng.integers(0, n_steps // 2)
        drift = power_law(n_steps // 3, np.array([2.0]), rng)[:, 0]
        out[start : start + len(drift), e] += 0.7 * drift
    return out


def twice(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """A film of ten minutes seen in two runs; half of the electrodes follow it in a way that no network holds."""
    film = make_film(600.0, rng)
    shown = events(film, rng)
    networks = make_networks(shown, make_latents(film, rng), PAIR, rng, times=2)
    half = N_ELECTRODES // 2
    other = evoked(slow(film, 10, rng), half, rng)
    effect = np.concatenate([np.zeros((film.n_steps, half)), other], axis=1)
    exponent = np.full(N_ELECTRODES, exponent_of(seed))
    runs = tuple(
        Run(name, shown, cleaned(power_law(film.n_steps, exponent, rng), effect, 0.5)) for name in ("1", "2")
    )  # fmt: skip
    truth = ("noise",) * half + ("follows",) * half
    return DataSet(networks, responses(runs), runs, truth, group=f"exponent {exponent[0]:g}")


def wide(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """Two networks of 768 features."""
    return null(seed, rng, sizes=(("multimodal", "multimodal", 768), ("vision", "vision", 768)), events=events)


def wider(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """More features than events: ten minutes of film, 1,025 words, 1,500 features."""
    sizes = (("multimodal", "multimodal", 1500), ("vision", "vision", 1500))
    return null(seed, rng, duration=600.0, sizes=sizes, events=events)


def non_stationary(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """Noise whose variance and drift come and go."""
    return null(seed, rng, shape=unsteady, events=events)


def short(seed: int, rng: np.random.Generator, events: Events = all_words) -> DataSet:
    """A film of 400 s."""
    return null(seed, rng, duration=400.0, events=events)
