"""Recordings for tests: 1/f noise, mains hum, and planted responses to what is seen and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve

from tests.acceptance.films import Film, generator

KINDS = ("interaction", "linear", "vision", "language", "null")


@dataclass(frozen=True)
class Showing:
    """A stretch of a film, from `start` to `stop` (s in the film), that starts `at` s in the recording."""

    film: Film
    at: float
    start: float = 0.0
    stop: float | None = None

    @property
    def end(self) -> float:
        """Where in the film it ends."""
        return self.film.duration if self.stop is None else self.stop

    def onsets(self, movie_time: np.ndarray) -> np.ndarray:
        """Those of the film times that were shown, as seconds in the recording."""
        shown = movie_time[(movie_time >= self.start) & (movie_time < self.end)]
        return shown - self.start + self.at


def pink_noise(rng: np.random.Generator, n_samples: int, sfreq: float, exponent: float = 1.0) -> np.ndarray:
    """Noise whose power falls with frequency to this exponent (flat below 0.05 Hz), unit variance."""
    frequency = np.fft.rfftfreq(n_samples, 1 / sfreq)
    amplitude = np.maximum(frequency, 0.05) ** (-exponent / 2)
    spectrum = amplitude * (rng.standard_normal(len(frequency)) + 1j * rng.standard_normal(len(frequency)))
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, n_samples)
    return noise / noise.std()


def kernel(sfreq: float) -> np.ndarray:
    """A causal response of about half a second, peaking 0.25 s after the event."""
    time = np.arange(0, 1.0, 1 / sfreq)
    return (time / 0.125) ** 2 * np.exp(-time / 0.125)


def drive(kind: str, film: Film, onset: np.ndarray, weights: np.random.Generator) -> np.ndarray:
    """How strongly a site of this kind answers each event, (n_events,)."""
    seen, said = film.latents(onset)
    eye, ear = weights.standard_normal(seen.shape[1]), weights.standard_normal(said.shape[1])
    pairs = weights.standard_normal((seen.shape[1], said.shape[1]))
    by_kind = {
        "vision": seen @ eye / np.linalg.norm(eye),
        "language": said @ ear / np.linalg.norm(ear),
        "linear": (seen @ eye / np.linalg.norm(eye) + said @ ear / np.linalg.norm(ear)) / np.sqrt(2),
        "interaction": np.einsum("ni,ij,nj->n", seen, pairs / np.linalg.norm(pairs), said),
    }
    return by_kind[kind]


def site_signal(kind: str, name: str, showings: Sequence[Showing], n_samples: int, sfreq: float) -> np.ndarray:
    """The planted response of one site, unit variance (zero where the site is null)."""
    signal = np.zeros(n_samples)
    if kind == "null":
        return signal
    for showing in showings:
        film = showing.film
        movie = np.concatenate([film.words["onset"].to_numpy(float), film.cuts])
        movie = np.sort(movie[(movie >= showing.start) & (movie < showing.end)])
        index = np.round(showing.onsets(movie) * sfreq).astype(int)
        inside = (index >= 0) & (index < n_samples)
        np.add.at(signal, index[inside], drive(kind, film, movie[inside], generator("site", name)))
    signal = fftconvolve(signal, kernel(sfreq))[:n_samples]
    return signal / signal.std()


def record(
    kinds: dict[str, str],
    showings: Sequence[Showing],
    *,
    seconds: float,
    sfreq: float,
    seed: str,
    snr: float = 0.5,
    line_hz: float = 60.0,
    exponent: float = 1.0,
) -> np.ndarray:
    """A recording in µV, (n_channels, n_samples): signal SD = `snr` × noise SD (20 µV), hum and an offset."""
    n_samples = round(seconds * sfreq)
    time = np.arange(n_samples) / sfreq
    data = np.empty((len(kinds), n_samples))
    for k, (channel, kind) in enumerate(kinds.items()):
        rng = generator("recording", seed, channel)
        noise = pink_noise(rng, n_samples, sfreq, exponent)
        data[k] = noise + snr * site_signal(kind, f"{seed}/{channel}", showings, n_samples, sfreq)
        if line_hz < sfreq / 2:
            data[k] += 0.5 * np.sin(2 * np.pi * line_hz * time + rng.uniform(0, 6))
    return 20.0 * data + 100.0 * np.arange(len(kinds))[:, None] / max(len(kinds), 1)


def kinds_of(counts: dict[str, int], prefix: str = "A") -> dict[str, str]:
    """Channel name -> kind, e.g. {"A1": "interaction", …}; kinds are interleaved along the shaft."""
    order = sorted((k / n, kind) for kind, n in counts.items() for k in range(n))
    return {f"{prefix}{k + 1}": kind for k, (_, kind) in enumerate(order)}
