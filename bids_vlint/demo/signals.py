"""The planted brain: sites that follow what is shown, what is said, both, or whether they agree, in 1/f noise.

A site follows variables of the world, never a network's features: a variable is a step function of time that
changes at cuts and words, and reaches the site through a causal kernel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, fftconvolve, sosfiltfilt
from scipy.stats import gamma

from bids_vlint.demo.movie import Film
from bids_vlint.demo.world import COLOURS, THINGS, Scene, agreement, last_named, stream

SFREQ = 256.0
KINDS = ("vision", "language", "linear", "integration", "noise")
SNR = 0.7  # a planted response's standard deviation over the noise's, both above the drift (0.1 Hz)
_NOISE_V = 40e-6
MAINS_HZ, _MAINS_V = 50.0, 8e-6
_DRIFT_V = 150e-6
_CUTOFF_HZ = 0.1


@dataclass(frozen=True)
class Step:
    """A moment at which the world changes: the time (s), the scene, and the sentence so far (empty: not begun)."""

    onset: float
    scene: Scene
    so_far: tuple[str, ...]


def steps(film: Film) -> list[Step]:
    """Join shots and words into the world's course, in time."""
    moments = [(shot.onset, shot.scene, None) for shot in film.shots]
    moments += [(word.onset, None, word.so_far) for word in film.words]  # type: ignore[misc]
    course, scene, so_far = list[Step](), film.shots[0].scene, tuple[str, ...]()
    for onset, new_scene, new_words in sorted(moments, key=lambda moment: moment[0]):
        scene, so_far = new_scene or scene, so_far if new_words is None else new_words
        course.append(Step(onset, scene, so_far))
    return course


def shown(course: list[Step], rng: np.random.Generator) -> np.ndarray:
    """A preference for some things and, half as strong, for some colours: its value at each step."""
    thing = dict(zip(THINGS, _centred(rng, len(THINGS))))
    colour = dict(zip(COLOURS, _centred(rng, len(COLOURS))))
    return np.array([sum(thing[t.name] + 0.5 * colour[t.colour] for t in step.scene.things) for step in course])


def said(course: list[Step], rng: np.random.Generator) -> np.ndarray:
    """A preference for some names: the value of the thing named last in the sentence, 0 before any is."""
    name: dict[str | None, float] = dict(zip(THINGS, _centred(rng, len(THINGS))))
    return np.array([name.get(last_named(step.so_far), 0.0) for step in course])


def agree(course: list[Step]) -> np.ndarray:
    """Whether the thing named last is in sight: 1, -1, or 0 before any is named."""
    return np.array([agreement(step.so_far, step.scene) for step in course], float)


def _centred(rng: np.random.Generator, n: int) -> np.ndarray:
    """n values between -1 and 1 at equal distances, in random order."""
    return rng.permutation(np.linspace(-1, 1, n))


def kernel(rng: np.random.Generator, sfreq: float) -> np.ndarray:
    """A causal response: nothing for 0.1 s, a peak between 0.25 and 0.4 s, over at 0.8 s."""
    times = np.arange(0, 0.8, 1 / sfreq)
    shape = 4.0
    scale = (rng.uniform(0.25, 0.4) - 0.1) / (shape - 1)
    return gamma.pdf(times - 0.1, shape, scale=scale)


def follow(course: list[Step], values: np.ndarray, start: float, n_times: int, rng: np.random.Generator) -> np.ndarray:
    """A site's response to a step function of movie time, of unit standard deviation above the drift.

    Parameters
    ----------
    course : list of Step
    values : (n_steps,)
    start : float
        When the film starts, seconds in the recording.
    n_times : int
        The recording's samples.
    rng : Generator
        For the site's own kernel.
    """
    times = np.arange(n_times) / SFREQ - start
    index = np.searchsorted([step.onset for step in course], times, side="right") - 1
    held = np.where(index >= 0, values[np.maximum(index, 0)], 0.0)
    return _unit(fftconvolve(held, kernel(rng, SFREQ))[:n_times])


def _unit(signal: np.ndarray) -> np.ndarray:
    """Scale to unit standard deviation, measured above the drift."""
    above = sosfiltfilt(butter(2, _CUTOFF_HZ, "highpass", fs=SFREQ, output="sos"), signal)
    return (signal - signal.mean()) / above.std()


def noise(rng: np.random.Generator, n_times: int, exponent: float) -> np.ndarray:
    """Noise whose power falls with frequency to an exponent; unit standard deviation above the drift."""
    frequency = np.fft.rfftfreq(n_times, 1 / SFREQ)
    amplitude = np.maximum(frequency, 1 / 60) ** (-exponent / 2)
    phase = rng.normal(size=frequency.size) + 1j * rng.normal(size=frequency.size)
    return _unit(np.fft.irfft(amplitude * phase, n_times))


def site(kind: str, film: Film, start: float, n_times: int, seed: int, name: str, snr: float = SNR) -> np.ndarray:
    """The voltage of one contact.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    film : Film
    start : float
        When the film starts, seconds in the recording.
    n_times : int
        Samples at `SFREQ`.
    seed, name : int, str
        Of the random numbers; name holds participant and contact.
    snr : float
        A response's standard deviation over the noise's.

    Returns
    -------
    (n_times,) float64, volts
    """
    rng, course = stream(seed, f"site/{name}"), steps(film)
    variables = {"vision": [shown], "language": [said], "linear": [shown, said], "integration": [], "noise": []}[kind]
    values = [variable(course, rng) for variable in variables] + ([agree(course)] if kind == "integration" else [])
    response = sum((follow(course, v, start, n_times, rng) for v in values), np.zeros(n_times))
    response /= np.sqrt(max(len(values), 1))
    times = np.arange(n_times) / SFREQ
    background = noise(rng, n_times, rng.uniform(0.9, 1.1))
    mains = np.sin(2 * np.pi * (MAINS_HZ * times + rng.random()))
    drift = np.sin(2 * np.pi * (0.008 * times + rng.random()))
    return _NOISE_V * (background + snr * response) + _MAINS_V * mains + _DRIFT_V * drift
