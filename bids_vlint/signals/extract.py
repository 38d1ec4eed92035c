"""The responses of a run's channels to its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bids_vlint.signals.clean import clean, segments
from bids_vlint.signals.reference import Derivation
from bids_vlint.signals.traces import TRACE_KINDS, traced
from bids_vlint.signals.windows import LAGS, window_means
from bids_vlint.study.stimulus import Alignment

# About 0.5 GB of float64 samples are read at a time, whatever the number of processors.
SAMPLES_AT_A_TIME = 6e7


@dataclass(frozen=True)
class Signal:
    """Signals of one device.

    Attributes
    ----------
    read : callable
        Contacts to (n_contacts, n_times) float64 in volts.
    n_times : int
    sfreq : Hz
    """

    read: Callable[[Sequence[str]], np.ndarray]
    n_times: int
    sfreq: float


@dataclass(frozen=True)
class Cleaning:
    """How signals are cleaned: see `bids_vlint.signals.clean.clean`."""

    line_freq: float | None
    band: str
    high_pass: float
    average: bool


def extract(
    signal: Signal,
    derivations: Sequence[Derivation],
    onsets: Mapping[Alignment, np.ndarray],
    *,
    steps: np.ndarray,
    whole: np.ndarray,
    cuts: np.ndarray,
    cleaning: Cleaning,
    contacts: Sequence[str],
    threads: int = 1,
    samples: float = SAMPLES_AT_A_TIME,
    watch: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> tuple[dict[Alignment, np.ndarray], np.ndarray, np.ndarray, list[str]]:
    """Clean each channel of a device and average it around the events.

    Parameters
    ----------
    signal : Signal
    derivations : sequence of Derivation
        The channels.
    onsets : mapping
        Alignment to event onsets, (n_events,) seconds.
    steps : (n_steps,) seconds
        Where the track is wanted.
    whole : (n_whole,) seconds
        Where the trace is wanted.
    cuts : (k,) seconds
        Where the signal or the film was interrupted; no filter reaches across.
    cleaning : Cleaning
    contacts : sequence of str
        The device's good contacts, over which the average reference is taken.
    threads : int
        Channels in work at a time.
    samples : float
        Read so many of the signals at a time, but at least a channel; results do not depend on it.
    watch : callable
        Wraps the blocks of channels to show how far it is.

    Returns
    -------
    responses : dict
        Alignment to (n_events, n_channels, n_lags) float32.
    track : (n_steps, n_channels) float32
        Means in windows centred on the steps.
    trace : (n_kinds, n_whole, n_channels) float32
        As `traces.traced`.
    flat : list of str
        Channels without any variation.
    """
    parts = segments(signal.n_times, signal.sfreq, cuts)
    common = mean_signal(signal, contacts, samples) if cleaning.average else None
    out = {k: np.zeros((len(t), len(derivations), len(LAGS)), np.float32) for k, t in onsets.items()}
    track = np.zeros((len(steps), len(derivations)), np.float32)
    trace = np.zeros((len(TRACE_KINDS), len(whole), len(derivations)), np.float32)
    flat: list[str] = []

    def one(x: np.ndarray) -> _Reduced:  # in a thread: what is large does not outlive it
        y = clean(x, signal.sfreq, parts, line_freq=cleaning.line_freq, band=cleaning.band,
                  high_pass=cleaning.high_pass)  # fmt: skip
        return _Reduced(not y.any(), {name: window_means(y, signal.sfreq, onset) for name, onset in onsets.items()},
                        window_means(y, signal.sfreq, steps, np.zeros(1))[:, 0],
                        traced(x, y, signal.sfreq, whole, cleaning.line_freq))  # fmt: skip

    step = max(1, int(samples / max(signal.n_times, 1)))
    with ThreadPoolExecutor(threads) as pool:
        for first in watch(range(0, len(derivations), step)):
            block = derivations[first : first + step]
            for k, found in enumerate(pool.map(one, derived(signal, block, common)), first):
                if found.flat:
                    flat.append(derivations[k].name)
                for name, data in found.responses.items():
                    out[name][:, k] = data
                track[:, k] = found.track
                trace[:, :, k] = found.trace
    return out, track, trace, flat


class _Reduced(NamedTuple):
    """What is kept of a channel."""

    flat: bool
    responses: dict[Alignment, np.ndarray]
    track: np.ndarray
    trace: np.ndarray


def mean_signal(signal: Signal, contacts: Sequence[str], samples: float = SAMPLES_AT_A_TIME) -> np.ndarray:
    """Mean over the contacts whose samples are all numbers; so many samples are read at a time, but at least a contact.

    Each reading goes through the whole file, where that holds sample after sample of all contacts.
    """
    total, n = np.zeros(signal.n_times), 0
    step = max(1, int(samples / max(signal.n_times, 1)))
    for first in range(0, len(contacts), step):
        for x in signal.read(contacts[first : first + step]):
            if np.isfinite(x).all():
                total += x
                n += 1
    return total / max(n, 1)


def derived(signal: Signal, block: Sequence[Derivation], common: np.ndarray | None) -> np.ndarray:
    """The channels of a block, (n_channels, n_times); `common` is taken off each."""
    needed = list(dict.fromkeys(c for d in block for c, _ in d.weights))
    data = signal.read(needed)
    at = {contact: k for k, contact in enumerate(needed)}
    sums = np.zeros((len(block), signal.n_times))
    for total, derivation in zip(sums, block):
        # each from its own contacts alone: a product with a weight of zero would spread what is no number
        for contact, weight in derivation.weights:
            total += weight * data[at[contact]]
        if common is not None:
            total -= common
    return sums
