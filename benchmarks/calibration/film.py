"""A film without pictures: when its words and cuts fall, and the slow latents that it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import lfilter

from bids_vlint.study.stimulus import Alignment

STEP_S = 0.025
WORDS_PER_S = 2050 / 1200
# Before the film and after it, so that every event's window lies in the recording.
MARGIN_S = 5.0


@dataclass(frozen=True)
class Film:
    """One film.

    Attributes
    ----------
    duration : seconds
    onset : (n_events,) seconds in the film, strictly increasing
        Of words; of others where these are the events.
    position : (n_events,) int
        Of the word in its sentence, from 0.
    alignment : str
        What its events are: words ("language") or scene cuts ("vision").
    """

    duration: float
    onset: np.ndarray
    position: np.ndarray
    alignment: Alignment = "language"

    @property
    def n_steps(self) -> int:
        """Steps of 25 ms from 5 s before the film to 5 s after it."""
        return round((self.duration + 2 * MARGIN_S) / STEP_S)

    def step(self, time: np.ndarray) -> np.ndarray:
        """The step nearest to a time in the film."""
        return np.round((time + MARGIN_S) / STEP_S).astype(int)


def make_film(duration: float, rng: np.random.Generator) -> Film:
    """Draw word onsets: bursts of 2 to 20 words at about 3.5 words a second, pauses between them, a few of them long.

    Parameters
    ----------
    duration : seconds
        2,050 words in 20 minutes.
    rng : numpy.random.Generator
    """
    n_words = round(duration * WORDS_PER_S)
    length = np.clip(rng.negative_binomial(3, 0.28, n_words) + 2, 2, 20)
    position = np.concatenate([np.arange(k) for k in length])[:n_words]
    gap = np.clip(rng.lognormal(np.log(0.26), 0.45, n_words), 0.08, 1.2)
    first = position == 0
    pause = np.where(rng.random(n_words) < 0.85, rng.gamma(2.0, 0.5, n_words), rng.gamma(1.5, 6.0, n_words)) + 0.3
    # words keep their pace, pauses are stretched to fill the film
    spoken = gap[~first].sum()
    gap[first] = 0.2 + pause[first] * max(duration - 2.5 - spoken - 0.2 * first.sum(), 1.0) / pause[first].sum()
    onset = np.round((0.5 + np.cumsum(gap)) / STEP_S) * STEP_S
    return Film(duration, onset + 1e-3 * np.arange(n_words) / n_words, position)


def all_words(film: Film, rng: np.random.Generator) -> Film:
    """The film with every word as its events, as it was made."""
    return film


def every_third(film: Film, rng: np.random.Generator) -> Film:
    """The film with every third word as its events."""
    return replace(film, onset=film.onset[::3], position=film.position[::3])


def at_cuts(film: Film, rng: np.random.Generator) -> Film:
    """The film with its scene cuts as its events: one in 4 s, none nearer than 0.5 s to another."""
    gap = 0.5 + rng.gamma(1.5, 1.0, round(film.duration / 4))
    onset = np.round(1.0 + np.cumsum(gap) * (film.duration - 3.5) / gap.sum(), 3)
    return replace(film, onset=onset, position=np.zeros(len(onset), int), alignment="vision")


def ornstein_uhlenbeck(n_steps: int, tau: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stationary processes of unit variance and given time constants, (n_steps, n)."""
    out = np.empty((n_steps, len(tau)), np.float32)
    for k, t in enumerate(tau):
        a = np.exp(-STEP_S / t)
        shocks = rng.standard_normal(n_steps) * np.sqrt(1 - a * a)
        shocks[0] = rng.standard_normal()
        out[:, k] = lfilter([1.0], [1.0, -a], shocks)
    return out


def slow(film: Film, n: int, rng: np.random.Generator, shortest: float = 0.5, longest: float = 20.0) -> np.ndarray:
    """Slow latents, time constants uniform in the logarithm, (n_steps, n)."""
    return ornstein_uhlenbeck(film.n_steps, np.exp(rng.uniform(np.log(shortest), np.log(longest), n)), rng)


def word_locked(film: Film, n: int, rng: np.random.Generator) -> np.ndarray:
    """What changes from word to word: a value that holds until the next word or for 0.6 s, (n_steps, n)."""
    values = lfilter([1.0], [1.0, -0.5], rng.standard_normal((len(film.onset), n)), axis=0)
    out = np.zeros((film.n_steps, n), np.float32)
    starts = film.step(film.onset)
    ends = np.minimum(np.append(starts[1:], film.n_steps), starts + round(0.6 / STEP_S))
    for start, end, value in zip(starts, ends, values):
        out[start:end] = value
    return out


@dataclass(frozen=True)
class Latents:
    """What goes on in a film, (n_steps, n) each, columns of zero mean and unit variance.

    Attributes
    ----------
    vision, language : slow parts; language also changes with every word
    interaction : products of a vision and a language latent
    sound : (n_steps, 1), the audio envelope; in no network
    pairs : (2, n_products) int
        Which latent of vision is multiplied with which of language.
    """

    vision: np.ndarray
    language: np.ndarray
    interaction: np.ndarray
    sound: np.ndarray
    pairs: np.ndarray

    def of(self, *parts: str) -> np.ndarray:
        """Some of them side by side."""
        return np.concatenate([getattr(self, part) for part in parts], axis=1)


def make_latents(film: Film, rng: np.random.Generator, n_each: int = 10, n_products: int = 6) -> Latents:
    """Draw a film's latents."""
    vision = slow(film, n_each, rng)
    n_words = n_each * 4 // 10
    language = np.concatenate([slow(film, n_each - n_words, rng), word_locked(film, n_words, rng)], axis=1)
    # products of slow parts alone, so that the products are slow enough to be heard in a response
    pairs = rng.integers(0, n_each, n_products), rng.integers(0, n_each - n_words, n_products)
    interaction = standardised(vision)[:, pairs[0]] * standardised(language)[:, pairs[1]]
    loudness = slow(film, 1, rng, 1.0, 3.0) + 0.5 * np.abs(word_locked(film, 1, rng))
    return Latents(*(standardised(x) for x in (vision, language, interaction, loudness)), np.stack(pairs))


def standardised(x: np.ndarray) -> np.ndarray:
    """Columns of zero mean and unit variance."""
    return ((x - x.mean(0)) / x.std(0)).astype(np.float32)
