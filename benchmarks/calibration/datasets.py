"""Data sets without the effect that is tested, one kind for every way in which a test may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.calibration.film import Film, Latents, make_film, make_latents, slow, standardised
from benchmarks.calibration.recording import Run, cleaned, evoked, power_law, responses
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.signals.responses import Responses

N_ELECTRODES = 20
EXPONENTS = (1.0, 1.5)
OWN = 0.3  # share of the features' variance that is a network's own
PAIR = (("multimodal", "multimodal", 60), ("vision", "vision", 40))
FEEDS = {
    "multimodal": ("vision", "language", "interaction"),
    "vision": ("vision",),
    "language": ("language",),
}


@dataclass(frozen=True)
class DataSet:
    """A recording, the networks that are compared on it, and what is true of it.

    Attributes
    ----------
    networks : list of Network
    responses : Responses
    runs : tuple of Run
        With the continuous signals.
    truth : tuple of str
        What drives each electrode: null, vision, ...
    comparisons : tuple of Comparison
        Beside the built-in tests.
    group : str
        A part of the kind that is looked at apart, such as the noise exponent.
    snr : float
    """

    networks: list[NetworkFeatures]
    responses: Responses
    runs: tuple[Run, ...]
    truth: tuple[str, ...]
    comparisons: tuple[Comparison, ...] = ()
    group: str = ""
    snr: float = 0.0


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
    """
    film = make_film(duration, rng)
    networks = make_networks(film, make_latents(film, rng), sizes, rng)
    exponent = np.full(n_electrodes, exponent_of(seed)) if exponents is None else exponents
    noise = power_law(film.n_steps, exponent, rng)
    run = Run("1", film, cleaned(noise if shape is None else shape(noise, rng), None, 0))
    group = f"exponent {exponent_of(seed):g}" if exponents is None else ""
    return DataSet(networks, responses([run]), (run,), ("null",) * n_electrodes, group=group)


def equal(seed: int, rng: np.random.Generator) -> DataSet:
    """Two networks of one width that hold the same latents, each with noise of its own; electrodes follow those."""
    film = make_film(1200.0, rng)
    latents = make_latents(film, rng)
    networks = [
        network(name, name, mixture(latents.of("vision"), film, 60, rng)) for name in ("multimodal", "vision")
    ]  # fmt: skip
    snr = (0.2, 0.35, 0.5)[seed // 2 % 3]
    effect = evoked(latents.vision, N_ELECTRODES, rng)
    noise = power_law(film.n_steps, np.full(N_ELECTRODES, exponent_of(seed)), rng)
    run = Run("1", film, cleaned(noise, effect, snr))
    return DataSet(networks, responses([run]), (run,), ("equal",) * N_ELECTRODES, group=f"SNR {snr:g}", snr=snr)


def vision_only(seed: int, rng: np.random.Generator) -> DataSet:
    """Electrodes follow vision alone, and so does the multimodal network: it ties with vision, and the linear control
    has three ways to win by chance."""
    return _vision_sites(seed, rng, {**FEEDS, "multimodal": ("vision",)})


def vision_better(seed: int, rng: np.random.Generator) -> DataSet:
    """As `vision_only`, but the multimodal network holds language and interactions, too, and loses to vision alone."""
    return _vision_sites(seed, rng, FEEDS)


def _vision_sites(seed: int, rng: np.random.Generator, holds: Mapping[str, tuple[str, ...]]) -> DataSet:
    film = make_film(1200.0, rng)
    latents = make_latents(film, rng)
    networks = [network(kind, kind, mixture(latents.of(*holds[kind]), film, 60, rng)) for kind in FEEDS]
    snr = (0.2, 0.35, 0.5)[seed // 2 % 3]
    noise = power_law(film.n_steps, np.full(N_ELECTRODES, exponent_of(seed)), rng)
    run = Run("1", film, cleaned(noise, evoked(latents.vision, N_ELECTRODES, rng), snr))
    return DataSet(networks, responses([run]), (run,), ("vision",) * N_ELECTRODES, group=f"SNR {snr:g}", snr=snr)


def seven(seed: int, rng: np.random.Generator) -> DataSet:
    """The best of seven multimodal networks against one of vision; `one_beats_seven` is the other way round."""
    names = [f"multimodal{k}" for k in range(1, 8)]
    sizes = [(name, "multimodal", width) for name, width in zip(names, (60, 60, 40, 60, 120, 60, 40))]
    data = null(seed, rng, sizes=[*sizes, ("vision", "vision", 60)])
    reverse = Comparison("one_beats_seven", ("vision",), tuple(names))
    return DataSet(data.networks, data.responses, data.runs, data.truth, (reverse,), data.group)


def mixed(seed: int, rng: np.random.Generator) -> DataSet:
    """Exponents from 0.7 to 1.8 in one recording."""
    data = null(seed, rng, exponents=np.linspace(0.7, 1.8, N_ELECTRODES))
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


def twice(seed: int, rng: np.random.Generator) -> DataSet:
    """A film of ten minutes seen in two runs; half of the electrodes follow it in a way that no network holds."""
    film = make_film(600.0, rng)
    networks = make_networks(film, make_latents(film, rng), PAIR, rng, times=2)
    half = N_ELECTRODES // 2
    other = evoked(slow(film, 10, rng), half, rng)
    effect = np.concatenate([np.zeros((film.n_steps, half)), other], axis=1)
    exponent = np.full(N_ELECTRODES, exponent_of(seed))
    runs = tuple(
        Run(name, film, cleaned(power_law(film.n_steps, exponent, rng), effect, 0.5)) for name in ("1", "2")
    )  # fmt: skip
    truth = ("noise",) * half + ("follows",) * half
    return DataSet(networks, responses(runs), runs, truth, group=f"exponent {exponent[0]:g}")


def wide(seed: int, rng: np.random.Generator) -> DataSet:
    """Two networks of 768 features."""
    return null(seed, rng, sizes=(("multimodal", "multimodal", 768), ("vision", "vision", 768)))


def wider(seed: int, rng: np.random.Generator) -> DataSet:
    """More features than events: ten minutes of film, 1,025 words, 1,500 features."""
    return null(seed, rng, duration=600.0, sizes=(("multimodal", "multimodal", 1500), ("vision", "vision", 1500)))


KINDS: dict[str, tuple[str, Callable[[int, np.random.Generator], DataSet]]] = {
    "a": ("independent responses, exponents 1 and 1.5", null),
    "b": ("two networks that predict equally", equal),
    "c": ("vision-only sites against the linear control", vision_only),
    "d": ("best of 7 networks against one", seven),
    "e": ("mixed spectra, exponents 0.7 to 1.8", mixed),
    "f": ("non-stationary recording", lambda seed, rng: null(seed, rng, shape=unsteady)),
    "g": ("a film seen twice", twice),
    "h": ("768 features", wide),
    "i": ("more features than events", wider),
    "j": ("a film of 400 s", lambda seed, rng: null(seed, rng, duration=400.0)),
    "k": ("vision-only sites where vision is better", vision_better),
}


def data_set(kind: str, seed: int) -> DataSet:
    """Make a data set; the same kind and seed give the same one.

    Parameters
    ----------
    kind : a key of KINDS
    seed : int
    """
    return KINDS[kind][1](seed, np.random.default_rng([seed, ord(kind)]))
