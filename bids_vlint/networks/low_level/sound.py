"""What is heard, at its simplest: envelope, pitch, voicing, spectral centroid and mel bands of a sound series.

The envelope follows Biesmans et al. 2017 (10.1109/TNSRE.2016.2571900): amplitude to the power of 0.6, as loudness
grows; a louder copy of a film has the same features but for their scale. Pitch is found by the autocorrelation method
of Boersma 1993 without its search for a best path: the highest peak of a frame's autocorrelation, divided by that of
the window, is a pitch where it reaches 0.45.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import fft, signal

from bids_vlint.errors import InputError
from bids_vlint.film import sound as audio
from bids_vlint.log import progress
from bids_vlint.networks.low_level.mel import N_BANDS, band_levels, filter_bank
from bids_vlint.networks.low_level.series import Series
from bids_vlint.networks.low_level.windows import Windows, averages

SOUND_RATE = 50.0  # frames per second
_HOP = audio.SAMPLING_RATE // int(SOUND_RATE)
_WINDOW = 2 * _HOP  # 40 ms: three periods of the lowest pitch
_FFT = 1024  # the window and the longest lag, without wrapping
_BLOCK_S = 20  # of sound that is analysed at a time
LEVEL, VOICED, OCTAVES, CENTROID = range(4)
MEL_BANDS = slice(4, 4 + N_BANDS)
N_MEASURES = MEL_BANDS.stop
_EXPONENT = 0.6
_PITCH_HZ = (75.0, 500.0)
_VOICING, _SILENCE, _OCTAVE_COST = 0.45, 1e-3, 0.01
_REFERENCE_HZ = 100.0


def sound_series(path: Path, until: float, wanted: str | None = None) -> Series:
    """Decode a sound track once and measure it.

    Parameters
    ----------
    path : Path
        A film or a sound file.
    until : float
        Seconds of movie time; it is decoded no further.
    wanted : str | None
        The sound track, as in `bids_vlint.film.sound.track_of`.

    Returns
    -------
    Series
        Level, voiced (0 or 1), pitch (octaves above 100 Hz; 0 where unvoiced), spectral centroid (kHz) and mel bands
        (dB above 70 dB below full scale), (n, 20) at 50 Hz; zero where there is no sound.
    """
    n = int(np.ceil(until * SOUND_RATE))
    parts: list[np.ndarray] = []
    note, track = "", ""
    blocks = _blocks(audio.samples(path, until + _WINDOW / audio.SAMPLING_RATE, wanted))
    total = int(np.ceil(until / _BLOCK_S))
    try:
        heard = audio.track_of(path, wanted)
        track = str(heard) if heard.of > 1 else ""
        for frames in progress(blocks, total=total, label=f"{path.name}, sound (blocks of {_BLOCK_S} s)"):
            parts.append(analyse(frames))
    except InputError as error:
        note = error.wrong
    if not parts:
        return Series(None, 0.0, note or audio.NO_SOUND, note not in ("", audio.NO_SOUND), track)
    found = np.concatenate(parts)[:n]
    series = np.concatenate([found, np.zeros((n - len(found), found.shape[1]), np.float32)])
    return Series(series, len(found) / SOUND_RATE, note, bool(note), track)


def _blocks(chunks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Frames of the window's length, centred on the steps: (n, WINDOW), block by block."""
    block, waiting = _BLOCK_S * audio.SAMPLING_RATE, [np.zeros((_WINDOW - _HOP) // 2, np.float32)]
    length, broken = len(waiting[0]), None
    try:
        for chunk in chunks:
            waiting.append(chunk)
            length += len(chunk)
            if length >= block + _WINDOW:
                joined = np.concatenate(waiting)
                n_blocks = (length - _WINDOW) // block
                yield _frames(joined[: n_blocks * block - _HOP + _WINDOW])
                waiting, length = [joined[n_blocks * block :]], length - n_blocks * block
    except InputError as error:
        broken = error  # what came before it is analysed
    joined = np.concatenate(waiting)
    if len(joined) > _HOP:
        yield _frames(np.concatenate([joined, np.zeros(_WINDOW - _HOP + (-len(joined)) % _HOP, np.float32)]))
    if broken is not None:
        raise broken


def _frames(wave: np.ndarray) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(wave, _WINDOW)[::_HOP]


def analyse(frames: np.ndarray) -> np.ndarray:
    """Measure frames of sound, (n, WINDOW): (n, 20) as `sound_series`."""
    window = signal.windows.hann(_WINDOW).astype(np.float32)
    shaped = (frames - frames.mean(axis=1, keepdims=True)) * window
    power = np.abs(fft.rfft(shaped, _FFT, axis=1)) ** 2
    power[:, 1:-1] *= 2  # of the other half of the spectrum
    energy = power.sum(axis=1)
    rms = np.sqrt(energy / _FFT / np.sum(window**2))
    hertz = fft.rfftfreq(_FFT, 1 / audio.SAMPLING_RATE)
    centroid = np.einsum("nf,f->n", power, hertz.astype(np.float32)) / np.maximum(energy, 1e-12) / 1000
    bands = band_levels(power / _FFT / np.sum(window**2), filter_bank(hertz))
    power[:, 1:-1] /= 2
    octaves, voiced = _pitch(power, window)
    loud = rms > _SILENCE
    out = [rms**_EXPONENT, voiced & loud, np.where(voiced & loud, octaves, 0), np.where(loud, centroid, 0)]
    return np.column_stack([*out, bands]).astype(np.float32)


def _pitch(power: np.ndarray, window: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pitch in octaves above 100 Hz, and whether there is one, from power spectra (n, FFT / 2 + 1)."""
    shortest, longest = int(audio.SAMPLING_RATE / _PITCH_HZ[1]), int(np.ceil(audio.SAMPLING_RATE / _PITCH_HZ[0]))
    lags = np.arange(shortest, longest + 1)
    own = fft.irfft(np.abs(fft.rfft(window, _FFT)) ** 2, _FFT)
    raw = fft.irfft(power, _FFT, axis=1)[:, shortest - 1 : longest + 2]
    zero = power[:, 0] + power[:, -1] + 2 * power[:, 1:-1].sum(axis=1)
    r = raw / np.maximum(zero[:, None] / _FFT, 1e-12) / (own[shortest - 1 : longest + 2] / own[0]).astype(np.float32)
    left, middle, right = r[:, :-2], r[:, 1:-1], r[:, 2:]
    peak = (middle >= left) & (middle > right)
    # of peaks as high the shortest lag: its multiples fit, too
    rated = np.where(peak, middle - _OCTAVE_COST * np.log2(lags * _PITCH_HZ[0] / audio.SAMPLING_RATE), -np.inf)
    best = rated.argmax(axis=1)[:, None]
    a, b, c = (np.take_along_axis(part, best, axis=1)[:, 0] for part in (left, middle, right))
    curve = np.maximum(2 * b - a - c, 1e-9)
    period = (lags[best[:, 0]] + np.clip((c - a) / (2 * curve), -1, 1)) / audio.SAMPLING_RATE
    found = np.isfinite(np.take_along_axis(rated, best, axis=1)[:, 0]) & (b >= _VOICING)
    return np.where(found, -np.log2(period * _REFERENCE_HZ), 0.0), found


def loudness(series: np.ndarray, time: np.ndarray, windows: Windows) -> np.ndarray:
    """Average a sound track's level in windows around moments: (n, n_windows)."""
    return averages(series[:, LEVEL], SOUND_RATE, time, windows)


def rises(series: np.ndarray) -> np.ndarray:
    """The positive part of a measure's derivative, per second: (n,)."""
    out: np.ndarray = SOUND_RATE * np.diff(series, prepend=series[:1]).clip(min=0)
    return out
