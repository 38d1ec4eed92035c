"""Participants who saw one film, with signals that they share and noise of their own, both known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.signal import lfilter

RATE = 20  # Hz
LAGS = 0.1 + 0.2 * np.arange(10)
GAP_S = 14.2


@dataclass(frozen=True)
class People:
    """Simulated participants.

    Attributes
    ----------
    events : DataFrame
        Of the film: movie_time, stimulus; onset and run are those of the first.
    responses : list of (n_events, n_electrodes, n_windows) float32
        In windows of 0.2 s, one after the other.
    truth : list of (n_electrodes,)
        What a prediction by the shared signals, known without noise, correlates with each electrode.
    """

    events: pd.DataFrame
    responses: list[np.ndarray]
    truth: list[np.ndarray]


def people(
    seed: int,
    n: int,
    electrodes: int = 20,
    *,
    minutes: float = 20.0,
    ceiling: float = 0.5,
    share: float = 1.0,
    signals: int = 5,
    own: float = 0.3,
    falls: float = 1.0,
) -> People:
    """Simulate participants.

    Parameters
    ----------
    seed, n, electrodes : int
    minutes : float
        Of film; 2.5 events a second.
    ceiling : float
        Of the electrodes that follow shared signals.
    share : float
        How many of them do; the others are noise.
    signals : int
        Shared ones; each electrode follows a mixture of its own.
    own : float
        How much of the noise is three signals that all electrodes of one participant follow, and nobody else.
    falls : float
        How much weaker each shared signal is than the one before.
    """
    rng = np.random.default_rng(seed)
    n_samples = int(minutes * 60 * RATE) + 200
    onset = np.sort(rng.uniform(3, minutes * 60 - 1, int(minutes * 60 * 2.5)))
    events = pd.DataFrame({"onset": onset, "movie_time": onset, "run": "1", "stimulus": "film"})
    first = np.round((onset[:, None] + LAGS - 0.1) * RATE).astype(int)
    shared = _courses(rng, n_samples, signals) * falls ** np.arange(signals)
    responses, truth = [], []
    for _ in range(n):
        follows = np.where(np.arange(electrodes) < share * electrodes, ceiling, 0.0)
        noise = np.sqrt(own) * _mixed(rng, _courses(rng, n_samples, 3), electrodes)
        noise += np.sqrt(1 - own) * _courses(rng, n_samples, electrodes)
        y = follows * _mixed(rng, shared, electrodes) + np.sqrt(1 - follows**2) * noise
        sums = np.concatenate([np.zeros((1, electrodes)), np.cumsum(y, axis=0)])
        means = (sums[first + RATE // 5] - sums[first]) / (RATE // 5)
        responses.append(np.ascontiguousarray(means.transpose(0, 2, 1), np.float32))
        truth.append(follows)
    return People(events, responses, truth)


def _courses(rng: np.random.Generator, n_samples: int, n: int) -> np.ndarray:
    """Standardised courses that forget within 0.3 s."""
    x = lfilter([1.0], [1.0, -np.exp(-1 / (0.3 * RATE))], rng.standard_normal((n_samples + 200, n)), axis=0)[200:]
    return (x - x.mean(0)) / x.std(0)


def _mixed(rng: np.random.Generator, courses: np.ndarray, electrodes: int) -> np.ndarray:
    mixed = courses @ rng.standard_normal((courses.shape[1], electrodes))
    return mixed / mixed.std(0)
