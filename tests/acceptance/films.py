"""Films for tests: slow latent variables of what is seen and said, words with real-like timing, cuts, a video file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pandas as pd

GRID_HZ = 20.0  # of the latent variables
VOCABULARY = (  # noqa: SIM905
    "the a dog cat river house red blue runs sleeps under over child mother laughs window table quickly slowly bird "
    "flies tree green finds looks behind garden rain walks talks old young door opens closes never always some"
).split()


@dataclass(frozen=True)
class Film:
    """What is shown and said in a film.

    Attributes
    ----------
    words : onset, offset (s in the film), word, sentence (an id)
    cuts : (n_cuts,) seconds
    seen, said : (n_grid, n_latents) at GRID_HZ; zero mean, unit variance, autocorrelated over seconds
    """

    name: str
    duration: float
    words: pd.DataFrame
    cuts: np.ndarray
    seen: np.ndarray
    said: np.ndarray

    def latents(self, onset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The latent variables of sight and speech at these times, (n, n_latents) each."""
        index = np.clip(np.round(np.asarray(onset) * GRID_HZ).astype(int), 0, len(self.seen) - 1)
        return self.seen[index], self.said[index]


def generator(*names: object) -> np.random.Generator:
    """A random stream of its own for every name."""
    return np.random.default_rng([ord(c) for c in "/".join(map(str, names))])


def slow_latents(rng: np.random.Generator, n_samples: int, n_latents: int, time_constant_s: float) -> np.ndarray:
    """First-order autoregressive latents, standardised: (n_samples, n_latents)."""
    decay = np.exp(-1.0 / (time_constant_s * GRID_HZ))
    latents = np.zeros((n_samples, n_latents))
    state = rng.standard_normal(n_latents)
    for k in range(n_samples):
        state = decay * state + np.sqrt(1 - decay**2) * rng.standard_normal(n_latents)
        latents[k] = state
    return (latents - latents.mean(0)) / latents.std(0)


def make_words(rng: np.random.Generator, duration: float, start: float = 1.0) -> pd.DataFrame:
    """Sentences of 4 to 10 words with an end mark, short pauses within a dialogue and some of several seconds."""
    rows: list[dict[str, object]] = []
    time, sentence = start, 0
    while time < duration - 1.5:
        n_words = int(rng.integers(4, 11))
        for k in range(n_words):
            length = float(np.clip(rng.gamma(4.0, 0.07), 0.08, 0.8))
            if time + length > duration - 0.5:
                break
            word = str(rng.choice(VOCABULARY)) + ((".", "?", "!")[sentence % 3] if k == n_words - 1 else "")
            rows.append(
                {"onset": round(time, 3), "offset": round(time + length, 3), "word": word, "sentence": f"s{sentence}"}
            )
            time += length + float(rng.exponential(0.06))
        time += float(rng.uniform(2.0, 5.0)) if rng.random() < 0.15 else float(rng.uniform(0.2, 0.7))
        sentence += 1
    return pd.DataFrame(rows)


def make_cuts(rng: np.random.Generator, duration: float, fps: float, mean_s: float) -> np.ndarray:
    """Scene cuts on the frame grid, at least 3 s and on average `mean_s` apart."""
    gaps = 3.0 + rng.exponential(mean_s - 3.0, size=int(duration / 3.0) + 2)
    cuts = np.cumsum(gaps)
    return np.round(np.ceil(cuts[cuts < duration - 1.0] * fps) / fps, 6)


def make_film(
    name: str,
    duration: float = 1200.0,
    *,
    fps: float = 5.0,
    n_latents: int = 4,
    time_constant_s: float = 2.5,
    cut_every_s: float = 5.5,
) -> Film:
    """A film of this name; the same name and length give the same film."""
    rng = generator("film", name, duration)
    n_samples = int(duration * GRID_HZ) + 1
    return Film(
        name=name,
        duration=duration,
        words=make_words(rng, duration),
        cuts=make_cuts(rng, duration, fps, cut_every_s),
        seen=slow_latents(rng, n_samples, n_latents, time_constant_s),
        said=slow_latents(rng, n_samples, n_latents, time_constant_s),
    )


def write_video(path: Path, film: Film, *, fps: int = 5, size: int = 64) -> Path:
    """A real video: one colour scheme per shot (so that every cut is seen) with a moving bar."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = generator("video", film.name)
    palette = [(0, 40, 90), (255, 200, 40), (20, 160, 60), (240, 240, 240), (120, 10, 140), (250, 90, 20)]
    container = av.open(str(path), "w")
    stream = container.add_stream("mpeg4" if path.suffix == ".avi" else "libx264", rate=fps)
    stream.width = stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.time_base = Fraction(1, fps)
    for k in range(round(film.duration * fps)):
        shot = int(np.searchsorted(film.cuts, k / fps + 1e-6))
        image = np.empty((size, size, 3), np.uint8)
        image[:] = palette[shot % len(palette)]
        image[:, (k * 3 + shot * 7) % size :][:, :6] = rng.integers(0, 30)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts = k
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
    container.close()
    return path


def write_audio(path: Path, duration: float, rate: int = 8000) -> Path:
    """A sound file (WAV) of soft noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = (generator("audio", path.name).standard_normal(int(duration * rate)) * 500).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in stream.encode(frame):
            container.mux(packet)
        container.mux(stream.encode(None))
    return path
