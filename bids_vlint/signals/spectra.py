"""Power spectra of channels before and after the mains are taken out, from stretches spread over a recording."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import signal as filters

from bids_vlint.signals.clean import notched, segments
from bids_vlint.signals.extract import Signal, derived, mean_signal
from bids_vlint.signals.reference import Derivation

FREQUENCIES: np.ndarray = np.arange(1, 601) / 2
STAGES = BEFORE, AFTER = "before the notch", "after the notch"
STRETCH_S, LEAST_S, MOST_STRETCHES = 30.0, 14.0, 12
MOST_HARMONICS = 5
_WINDOW_S = 2.0
_EDGE_S = 3.5  # the notch's filter reaches 3.3 s to either side: what it makes of a stretch's ends is not used
_PEAK_HZ, _AROUND_HZ = 0.5, (2.0, 5.0)


def stretches(parts: Sequence[slice], sfreq: float) -> list[slice]:
    """Up to 12 stretches of 30 s, spread over the continuous segments of a signal; where none is so long, up to 12
    whole segments of 14 s and more (the notch leaves shorter ones as they are).

    Examples
    --------
    >>> stretches([slice(0, 7000), slice(7000, 7500)], 100.0)
    [slice(0, 3000, None), slice(3000, 6000, None)]
    """
    size = round(STRETCH_S * sfreq)
    cut = [slice(a, a + size) for part in parts for a in range(part.start, part.stop - size + 1, size)]
    cut = cut or [part for part in parts if part.stop - part.start >= LEAST_S * sfreq]
    chosen = np.linspace(0, len(cut) - 1, min(len(cut), MOST_STRETCHES))
    return [cut[k] for k in np.unique(np.round(chosen).astype(int))]


def spectra(
    signal: Signal,
    lengths: Sequence[int],
    derivations: Sequence[Derivation],
    *,
    line_freq: float | None,
    contacts: Sequence[str] = (),
    samples: float,
) -> np.ndarray:
    """Power of channels before and after the notch.

    Welch's method (windows of 2 s that overlap by half, Hann) in each stretch, and the median over stretches, which a
    seizure or a touched cable in one of them does not change.

    Parameters
    ----------
    signal : Signal
        The stretches, one after the other.
    lengths : sequence of int
        Samples of each stretch.
    derivations : sequence of Derivation
    line_freq : Hz, None where there is no mains
    contacts : sequence of str
        Over which the average reference is taken; none: there is none.
    samples : float
        So many are read at a time, but at least a channel; results do not depend on it.

    Returns
    -------
    (n_channels, 2, n_frequencies) float32
        V²/Hz at `FREQUENCIES`; NaN above half the sampling rate, where not all samples are numbers, and where there is
        no stretch.
    """
    out = np.full((len(derivations), len(STAGES), len(FREQUENCIES)), np.nan, np.float32)
    if not len(lengths):
        return out
    common = mean_signal(signal, contacts, samples) if contacts else None
    step = max(1, int(samples / max(signal.n_times, 1)))
    for first in range(0, len(derivations), step):
        block = derived(signal, derivations[first : first + step], common)
        for k, x in enumerate(block, first):
            if np.isfinite(x).all():
                out[k] = _power(x, signal.sfreq, lengths, line_freq)
    return out


def _power(x: np.ndarray, sfreq: float, lengths: Sequence[int], line_freq: float | None) -> np.ndarray:
    both = np.stack([x, notched(x, sfreq, line_freq)])
    edge, stop = round(_EDGE_S * sfreq), np.cumsum(lengths)
    found = []
    for length in dict.fromkeys(lengths):  # those of one length, nearly always all, at once
        ends = stop[np.equal(lengths, length)]
        own = np.stack([both[:, end - length + edge : end - edge] for end in ends])
        hertz, power = filters.welch(own, sfreq, nperseg=round(_WINDOW_S * sfreq))
        found.append(power)
    middle = np.median(np.concatenate(found), axis=0)
    power = np.stack([np.interp(FREQUENCIES, hertz, p, right=np.nan) for p in middle])
    power[:, sfreq / 2 - 1 / _WINDOW_S < FREQUENCIES] = np.nan
    return power


def harmonics(line_freq: float, sfreq: float) -> np.ndarray:
    """The mains and its harmonics that a spectrum shows, up to five, Hz.

    Examples
    --------
    >>> harmonics(60.0, 512.0).tolist()
    [60.0, 120.0, 180.0, 240.0]
    """
    every = line_freq * np.arange(1, MOST_HARMONICS + 1)
    found: np.ndarray = every[every <= min(FREQUENCIES[-1], sfreq / 2 - _AROUND_HZ[0])]
    return found


def above_neighbours(power: np.ndarray, hertz: float) -> np.ndarray:
    """How far a line stands out of a spectrum.

    Parameters
    ----------
    power : (..., n_frequencies)
        At `FREQUENCIES`.
    hertz : float
        Of the line.

    Returns
    -------
    (...) dB
        The largest power within 0.5 Hz against the median of that 2 to 5 Hz away, as far as it is known. Below 0: there
        is a gap.

    Examples
    --------
    >>> power = np.where(FREQUENCIES == 50, 100.0, 1.0)
    >>> float(above_neighbours(power, 50.0))
    20.0
    """
    away = np.abs(FREQUENCIES - hertz)
    peak = power[..., away <= _PEAK_HZ + 1e-6].max(axis=-1)
    around = np.nanmedian(power[..., (away >= _AROUND_HZ[0] - 1e-6) & (away <= _AROUND_HZ[1] + 1e-6)], axis=-1)
    ratio = np.maximum(peak, 1e-300) / np.maximum(around, 1e-300)
    return 10 * np.log10(ratio)


def whole_stretches(n_times: int, sfreq: float, cuts: np.ndarray) -> list[slice]:
    """The stretches of a signal of so many samples between the cuts (seconds)."""
    return stretches(segments(n_times, sfreq, cuts), sfreq)
