"""Electrodes that follow the spectrum of real speech, and low-level features with and without mel bands.

python -m benchmarks.heard_speech [--minutes 20] [--seed 1] [--electrodes 8]

A synthesiser (espeak-ng) speaks sentences of words that are drawn at random; each word is spoken in several voices. Of
the electrodes some follow the sound's spectrum through receptive fields of their own (smooth over half an octave to
two, 20 to 250 ms late), some the product of what words mean and of what is seen, some the meaning alone, some nothing.
Networks that carry the whole spectrum, in finer bands than the low-level features or in longer windows, one that reads,
and one that is shown text and picture are tested on top of the low-level features.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import fft, signal

from bids_vlint import EncodingPlan, compare_networks, find_sites, responses_around
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.networks.low_level.features import low_level_features
from bids_vlint.networks.low_level.mel import band_levels, filter_bank
from bids_vlint.networks.low_level.windows import averages
from bids_vlint.networks.model_set import with_low_level
from bids_vlint.networks.specification import ModelSet
from bids_vlint.study.stimulus import Stimulus, StimulusEvents, Words

RATE = 16000
STEPS = 100  # of the spectrum and of the electrodes' signals, per second
VOICES = ("en-us", "en-gb+f3", "en-us+m7")
VOCABULARY = """
river garden window music doctor captain orange shadow finger mountain letter thunder silver kitchen basket
forest sister market bottle dragon winter castle engine ladder pepper rabbit saddle temple uncle velvet wagon
yellow apple butter candle desert eagle feather guitar hammer island jacket lemon mirror needle ocean pencil
quarter ribbon spider tiger violin whisper zebra bridge cloud dance earth flame ghost heart judge knife light
moon night path queen road smoke train voice wheel youth bread chair dream field glass house juice king leaf
mouth nurse paint rain shoe stone tooth wall walks runs opens breaks carries throws holds sees finds loses the
a this that every some and with under
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Speech:
    """What was said: samples at 16 kHz, and its words."""

    samples: np.ndarray
    words: Words


@lru_cache(maxsize=1024)
def spoken(word: str, voice: str) -> np.ndarray:
    """A word as espeak-ng speaks it, without the silence around it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-s", "160", "-w", str(path), word], check=True, timeout=60)
        with wave.open(str(path)) as file:
            rate = file.getframerate()
            heard = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
    heard = signal.resample_poly(heard, RATE, rate).astype(np.float32)
    loud = np.flatnonzero(np.abs(heard) > 0.01)
    return heard[loud[0] : loud[-1] + 1]


def speech(minutes: float, rng: np.random.Generator) -> Speech:
    """Sentences of 4 to 9 words drawn at random, each sentence in one voice and loudness, with pauses between them."""
    onset, duration, text, sentence = list[float](), list[float](), list[str](), list[int]()
    at, number = 4.0, 0
    out = np.zeros(int((60 * minutes + 4) * RATE), np.float32)
    while at < 60 * minutes - 8:
        voice, gain = VOICES[rng.integers(len(VOICES))], rng.uniform(0.4, 1.0)
        for _ in range(rng.integers(4, 10)):
            word = VOCABULARY[rng.integers(len(VOCABULARY))]
            sound = spoken(word, voice)
            first = int(at * RATE)
            out[first : first + len(sound)] += np.float32(gain) * sound
            onset.append(round(first / RATE, 4))
            duration.append(len(sound) / RATE)
            text.append(word)
            sentence.append(number)
            at += len(sound) / RATE + rng.uniform(0.02, 0.15)
        at, number = at + rng.gamma(2.0, 0.5), number + 1
    out += 1e-3 * rng.standard_normal(len(out)).astype(np.float32)
    return Speech(out, Words(np.array(onset), np.array(duration), tuple(text), np.array(sentence)))


def spectrum(samples: np.ndarray, n_bands: int) -> np.ndarray:
    """Decibels of mel bands in Hann windows of 25 ms, 100 a second: (n_steps, n_bands)."""
    hop, length = RATE // STEPS, RATE // 40
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, length // 2), length)[::hop]
    window = signal.windows.hann(length)
    power = np.abs(fft.rfft(frames * window, 1024, axis=1)) ** 2
    power[:, 1:-1] *= 2
    return band_levels(power / 1024 / np.sum(window**2), filter_bank(fft.rfftfreq(1024, 1 / RATE), n_bands))


def heard_as(said: Speech, n_bands: int, window: float) -> np.ndarray:
    """A network that carries the whole spectrum: mel bands in windows from .4 or .5 s before a word to 2 s after."""
    windows = tuple((k * window, (k + 1) * window) for k in range(-round(0.4 / window), round(2 / window)))
    bands = spectrum(said.samples, n_bands).T
    return np.hstack([averages(band, STEPS, said.words.onset, windows) for band in bands]).astype(np.float32)


def receptive_field(levels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What an electrode makes of a spectrum: two smooth bumps over bands, one of them inhibiting, each with its lag."""
    n_bands, out = levels.shape[1], np.zeros(len(levels))
    for sign in (1.0, -0.6):
        width = rng.uniform(0.04, 0.15) * n_bands
        tuning = np.exp(-(((np.arange(n_bands) - rng.uniform(0, n_bands)) / width) ** 2) / 2)
        late, spread = STEPS * rng.uniform(0.02, 0.25), STEPS * rng.uniform(0.01, 0.05)
        course = np.exp(-(((np.arange(STEPS // 2) - late) / spread) ** 2) / 2)
        heard = levels @ (tuning / tuning.sum())
        out += sign * np.convolve(heard - heard.mean(), course / course.sum())[: len(out)]
    return out / out.std()


@dataclass(frozen=True)
class World:
    """A film of speech and of what is seen, and what networks and electrodes make of it."""

    events: StimulusEvents
    networks: dict[str, NetworkFeatures]
    signals: np.ndarray
    kinds: tuple[str, ...]


MEL = {"spectral": (24, 0.2), "finer bands": (32, 0.2), "longer windows": (32, 0.5)}  # bands, seconds of a window
KINDS = ("sound", "meaning and sight", "meaning", "nothing")


def world(folder: Path, minutes: float, n_each: int, seed: int) -> World:
    """Speech, three networks, and electrodes of each kind, of whose power a third is what they follow."""
    rng = np.random.default_rng(seed)
    said = speech(minutes, rng)
    path = folder / "speech.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(said.samples, -1, 1) * 32767).astype(np.int16).tobytes())
    words = said.words
    n = len(words.onset)
    types = {word: k for k, word in enumerate(dict.fromkeys(words.text))}
    meaning = rng.standard_normal((len(types), 12))[[types[word] for word in words.text]]
    scene = np.repeat(rng.standard_normal((n // 8 + 1, 12)), 8, axis=0)[:n]  # what is seen stays for some words
    product = meaning * scene
    levels = spectrum(said.samples, 32)
    networks = {
        **{name: NetworkFeatures(name, "language", True, {"last": heard_as(said, *how)}) for name, how in MEL.items()},
        "reader": NetworkFeatures("reader", "language", True, {"last": meaning}),
        "viewer": NetworkFeatures("viewer", "vision", True, {"last": scene}),
        "fusion": NetworkFeatures("fusion", "multimodal", True, {"last": np.hstack([meaning, scene, product])}),
        "fusion:image": NetworkFeatures("fusion:image", "multimodal", True, {"last": scene}, shown="image",
                                        part_of="fusion"),
        "fusion:text": NetworkFeatures("fusion:text", "multimodal", True, {"last": meaning}, shown="text",
                                       part_of="fusion"),
    }  # fmt: skip
    n_steps, kinds = len(levels), tuple(kind for kind in KINDS for _ in range(n_each))
    signals = np.empty((len(kinds), n_steps))
    pulses = np.searchsorted(np.arange(n_steps) / STEPS, words.onset)
    for k, kind in enumerate(kinds):
        own = np.zeros(n_steps)
        if kind == "sound":
            own = receptive_field(levels, rng)
        elif kind != "nothing":
            what = (product if kind == "meaning and sight" else meaning) @ rng.standard_normal(12)
            impulses = np.bincount(pulses, what, n_steps)
            own = np.convolve(impulses, np.exp(-(((np.arange(60) - 25) / 10) ** 2) / 2))[:n_steps]
            own /= own.std()
        noise = np.cumsum(rng.standard_normal(n_steps))  # 1/f^2 below .3 Hz cut off, with white noise
        noise = signal.sosfilt(signal.butter(1, 0.3, "high", fs=STEPS, output="sos"), noise)
        noise = noise / noise.std() + 0.5 * rng.standard_normal(n_steps)
        signals[k] = own + np.sqrt(2) * noise / noise.std()
    events = StimulusEvents(Stimulus("speech", audio=path), "language", words.onset, words.text, words=words)
    return World(events, networks, signals, kinds)


def low_level(made: World, folder: Path, left_out: tuple[str, ...] = ()) -> NetworkFeatures:
    """The program's low-level features of the speech, with or without a family."""
    spec = with_low_level(ModelSet(folder / "set.toml", ()), left_out).models[-1]
    found = low_level_features(spec, made.events, folder, len(made.events.onset))
    return NetworkFeatures("low_level", "low_level", True, dict(found.layers))


def sites_of(made: World, names: tuple[str, ...], low: NetworkFeatures, n_shifts: int) -> pd.DataFrame:
    """Sites of some networks on top of the low-level features: a row per electrode."""
    onsets = pd.DataFrame({"onset": made.events.onset})
    responses = responses_around(made.signals, STEPS, onsets, [f"{k}" for k in range(len(made.kinds))])
    plan = EncodingPlan(n_shifts=n_shifts, n_bootstraps=20, high_pass=None)
    found = compare_networks([*(made.networks[name] for name in names), low], responses, plan=plan)
    return find_sites({"language": found.tests})


def share(made: World, sites: pd.DataFrame, column: str, kind: str) -> str:
    """How many electrodes of a kind a column calls true, of how many."""
    own = [value for value, other in zip(sites[f"language_{column}"], made.kinds) if other == kind]
    return f"{sum(value is True for value in own)} of {len(own)}"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--electrodes", type=int, default=8, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shifts", type=int, default=40)
    given = parser.parse_args()
    fusion = ("reader", "viewer", "fusion", "fusion:image", "fusion:text")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = world(folder, given.minutes, given.electrodes, given.seed)
        print(f"{given.minutes:g} minutes, {len(made.events.onset)} words, seed {given.seed}")
        for left_out in ((), ("mel",)):
            low = low_level(made, folder, left_out)
            how = "without mel bands" if left_out else "low-level features"
            single = [((name,), "beats_low_level") for name in (*MEL, "reader")]
            for networks, column in (*single, (fusion, "integration")):
                sites = sites_of(made, networks, low, given.shifts)
                found = ", ".join(f"{kind} {share(made, sites, column, kind)}" for kind in KINDS)
                print(f"{how}; {networks[-1].split(':')[0]}, {column}: {found}", flush=True)


if __name__ == "__main__":
    main()
