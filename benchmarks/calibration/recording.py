"""Recordings: 1/f noise, what electrodes add to it when they follow a film, cleaning, and responses to events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import fft, signal

from benchmarks.calibration.film import MARGIN_S, STEP_S, Film
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.steady import steadied
from bids_vlint.signals.windows import LAGS, WINDOW_S

HIGH_PASS_HZ = 0.1
WIDTH = round(WINDOW_S / STEP_S)


@dataclass(frozen=True)
class Run:
    """One presentation of a film.

    Attributes
    ----------
    name : str
    film : Film
    signal : (n_steps, n_electrodes) float32
        Cleaned, standardised, and averaged over 200 ms around each step; the first step is 5 s before the film.
    stimulus : str
        The film's name.
    """

    name: str
    film: Film
    signal: np.ndarray
    stimulus: str = "film"


def power_law(n_steps: int, exponent: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise whose power falls with frequency to the power of -exponent, (n_steps, n_electrodes), unit SD."""
    n = fft.next_fast_len(2 * n_steps, real=True)  # twice as long, so that its ends do not meet
    frequency = fft.rfftfreq(n, STEP_S)
    frequency[0] = frequency[1]
    size = (n // 2 + 1, len(exponent))
    spectrum = (rng.standard_normal(size) + 1j * rng.standard_normal(size)) * frequency[:, None] ** (-exponent / 2)
    x = fft.irfft(spectrum, n, axis=0)[:n_steps]
    return x / x.std(0)


def high_passed(x: np.ndarray, cutoff: float = HIGH_PASS_HZ) -> np.ndarray:
    """Zero-phase Butterworth of order 2, padded by odd reflection, as `bids_vlint.signals.clean` does it."""
    sos = signal.butter(2, cutoff, "highpass", fs=1 / STEP_S, output="sos")
    pad = int(min(len(x) - 1, 3 / STEP_S / cutoff))
    filtered: np.ndarray = signal.sosfiltfilt(sos, x, axis=0, padtype="odd", padlen=pad)
    return filtered


def cleaned(noise: np.ndarray, effect: np.ndarray | None, snr: np.ndarray | float, steady: bool = True) -> np.ndarray:
    """Add an effect at a ratio of standard deviations to noise, both without drift, make the amplitude steady, and
    average over 200 ms.

    Parameters
    ----------
    noise : (n_steps, n_electrodes)
    effect : (n_steps, n_electrodes) | None
    snr : () or (n_electrodes,)
        SD of the effect over SD of the noise, after the high-pass and before the averaging.
    steady : bool
        Whether it is divided by its running SD, as the program does.

    Returns
    -------
    (n_steps, n_electrodes) float32
    """
    x = high_passed(noise)
    x /= x.std(0)
    if effect is not None:
        y = high_passed(effect)
        x += snr * y / np.maximum(y.std(0), 1e-12)
    if steady:
        x = steadied(x, 1 / STEP_S, [slice(0, len(x))])
    x = (x - x.mean(0)) / x.std(0)
    # windows of an even number of steps: centred to half a step, as window_means does
    sums = np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(x, axis=0)])
    first = np.clip(np.arange(len(x)) - WIDTH // 2, 0, len(x) - WIDTH)
    return ((sums[first + WIDTH] - sums[first]) / WIDTH).astype(np.float32)


def evoked(latents: np.ndarray, n_electrodes: int, rng: np.random.Generator) -> np.ndarray:
    """Each electrode's own mixture of latents, smeared by its own kernel that peaks 0.15 to 0.6 s later.

    Parameters
    ----------
    latents : (n_steps, n_latents)
    n_electrodes : int
    rng : numpy.random.Generator

    Returns
    -------
    (n_steps, n_electrodes)
    """
    mixed = latents @ rng.standard_normal((latents.shape[1], n_electrodes))
    t = np.arange(0, 2.0, STEP_S)
    for e in range(n_electrodes):
        peak, shape = rng.uniform(0.15, 0.6), rng.uniform(3, 6)
        kernel = (t / peak) ** (shape - 1) * np.exp((shape - 1) * (1 - t / peak))
        mixed[:, e] = signal.fftconvolve(mixed[:, e], kernel / kernel.sum())[: len(latents)]
    return mixed


def responses(runs: Sequence[Run], lags: np.ndarray = LAGS) -> Responses:
    """Responses of every electrode to every event of every run.

    Parameters
    ----------
    runs : sequence of Run
        With the same electrodes.
    lags : (n_lags,) seconds
    """
    steps = np.round(lags / STEP_S).astype(int)
    data = [run.signal[run.film.step(run.film.onset)[:, None] + steps].transpose(0, 2, 1) for run in runs]
    channels = tuple(f"E{k}" for k in range(runs[0].signal.shape[1]))
    table = pd.concat([events(run) for run in runs], ignore_index=True)
    return Responses(np.concatenate(data), channels, lags, table, tuple(track(run) for run in runs))


def track(run: Run) -> Track:
    """A run's signal over the time that events' windows cover."""
    time = np.arange(len(run.signal)) * STEP_S
    onset = run.film.onset + MARGIN_S
    after = np.clip(np.searchsorted(onset, time), 1, len(onset) - 1)
    near = np.minimum(np.abs(time - onset[after - 1]), np.abs(onset[after] - time)) <= LAGS[-1] + WINDOW_S / 2
    return Track(run.name, time[near], run.signal[near])


def events(run: Run) -> pd.DataFrame:
    """A run's events as the program's table of events."""
    return pd.DataFrame({
        "onset": run.film.onset + MARGIN_S,
        "duration": 0.0,
        "trial_type": run.film.alignment,
        "run": run.name,
        "stimulus": run.stimulus,
        "movie_time": run.film.onset,
        "text": "",
    })  # fmt: skip
