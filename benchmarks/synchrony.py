"""How often a wrong start of the film is found, and how often there is a false alarm: real sidecars (ds003688) filled
with a film whose sound drives some channels, or none.

.venv/bin/python -m benchmarks.synchrony [DRIVEN [NULL]]: data sets of each recording whose channels are driven, and
null data sets in all (3 and 30).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pandas as pd
from scipy import signal

from bids_vlint.fit.preparation import PreparedFit, prepare_fit
from bids_vlint.fit.responses import responses_of_fit
from bids_vlint.fit.synchrony import synchrony_of_fit
from bids_vlint.settings import Settings
from bids_vlint.study.dataset import find_runs
from bids_vlint.study.fits import plan_participant
from bids_vlint.workflows.protocols import event_protocol, feature_protocol, signal_protocol
from bids_vlint.workflows.study import open_study

SIDECARS = Path(__file__).parents[1] / "tests" / "data" / "ds003688"
FILM_S, RATE, GRID = 390.0, 8000, 50
RECORDINGS = ("sub-02_ses-iemu_task-film_acq-clinical", "sub-36_ses-iemu_task-film_acq-HDgrid",
              "sub-36_ses-iemu_task-film_acq-clinical", "sub-01_ses-iemu_task-film_acq-clinical")  # fmt: skip
STARTS = {"right": 0.0, "5 s early": -5.0, "5 s late": 5.0, "97.6 s early": -97.6, "97.6 s late": 97.6}
STIMULI = """[[stimulus]]
audio = "film.wav"
language = "nl"
start_time = {start}
[stimulus.words]
file = "stimuli/annotations/sound/sound_annotation_words.tsv"
text = "item"
onset = "onset"
offset = "offset"
"""
MODELS = '[[model]]\nname = "ear"\nmodality = "language"\nsource = "precomputed"\npath = "ear.h5"\n'


def loudness(rng: np.random.Generator) -> np.ndarray:
    """Syllables in the words of the film, music between them: amplitude at 50 Hz."""
    words = pd.read_csv(SIDECARS / "stimuli" / "annotations" / "sound" / "sound_annotation_words.tsv", sep="\t")
    n = round(FILM_S * GRID)
    level = 0.25 * np.exp(0.5 * signal.lfilter([0.15], [1, -0.97], rng.standard_normal(n)))
    for word in words.itertuples():
        a, b = round(word.onset * GRID), round(word.offset * GRID)
        level[a:b] = rng.lognormal(-0.2, 0.5) * np.hanning(b - a + 2)[1:-1][: len(level[a:b])]
    return level


def write_film(path: Path, level: np.ndarray, rng: np.random.Generator) -> None:
    """Noise of this amplitude."""
    amplitude = np.interp(np.arange(round(FILM_S * RATE)) / RATE, np.arange(len(level)) / GRID, level)
    sound = (6000 * amplitude * rng.standard_normal(len(amplitude))).clip(-32000, 32000).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def signal_of(rng: np.random.Generator, n: int, sfreq: float, drive: np.ndarray | None) -> np.ndarray:
    """1/f noise (µV) whose amplitude changes slowly; its high gamma follows the drive, where there is one."""
    hertz = np.fft.rfftfreq(n, 1 / sfreq)
    spectrum = np.maximum(hertz, 0.5) ** -0.7 * (rng.standard_normal(len(hertz)) + 1j * rng.standard_normal(len(hertz)))
    noise = np.fft.irfft(spectrum, n)
    knots = np.arange(0, n / sfreq + 5, 5.0)
    slow = np.interp(np.arange(n) / sfreq, knots, rng.lognormal(0, 0.3, len(knots)))
    noise *= slow / noise.std()
    if drive is not None:
        band = signal.butter(4, (70, min(150, 0.4 * sfreq)), "bandpass", fs=sfreq, output="sos")
        own = signal.sosfilt(band, noise)
        noise += own * (np.exp(0.6 * drive) - 1)
    return 30 * noise


def fill(root: Path, stem: str, start: float, level: np.ndarray | None, rng: np.random.Generator) -> None:
    """Write the recording beside its sidecars: a channel in ten, at least three, follows the film that starts then."""
    folder = next(root.rglob(f"{stem}_run-1_ieeg.json")).parent
    about = json.loads((folder / f"{stem}_run-1_ieeg.json").read_text())
    names = pd.read_csv(folder / f"{stem}_run-1_channels.tsv", sep="\t")
    sfreq = float(about["SamplingFrequency"])
    n = round(about["RecordingDuration"] * sfreq)
    good = names.index[names["type"].isin(["SEEG", "ECOG"]) & (names["status"] == "good")]
    driven = set(rng.choice(good, max(3, len(good) // 10), replace=False)) if level is not None else set()
    drive = None
    if level is not None:
        movie = np.arange(n) / sfreq - start - 0.12  # a brain is late
        centred = (level - level.mean()) / level.std()
        drive = np.interp(movie, np.arange(len(level)) / GRID, centred, left=0, right=0)
    data = np.zeros((n, len(names)), "<i2")
    for k in range(len(names)):
        data[:, k] = (10 * signal_of(rng, n, sfreq, drive if k in driven else None)).clip(-32000, 32000)
    name = f"{stem}_run-1_ieeg"
    channels = "\n".join(f"Ch{k + 1}={label},,0.1,µV" for k, label in enumerate(names["name"]))
    (folder / f"{name}.vhdr").write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\n"
        f"DataFile={name}.eeg\nMarkerFile={name}.vmrk\nDataFormat=BINARY\nDataOrientation=MULTIPLEXED\n"
        f"NumberOfChannels={len(names)}\nSamplingInterval={1e6 / sfreq}\n\n[Binary Infos]\nBinaryFormat=INT_16\n\n"
        f"[Channel Infos]\n{channels}\n", encoding="utf-8")  # fmt: skip
    (folder / f"{name}.vmrk").write_text("Brain Vision Data Exchange Marker File, Version 1.0\n\n[Common Infos]\n"
                                         f"Codepage=UTF-8\nDataFile={name}.eeg\n\n[Marker Infos]\n")  # fmt: skip
    data.tofile(folder / f"{name}.eeg")


def true_start(root: Path, stem: str) -> float:
    """The first music row."""
    events = pd.read_csv(next(root.rglob(f"{stem.rsplit('_acq', 1)[0]}_run-1_events.tsv")), sep="\t")
    return float(events.loc[events["trial_type"] == "music", "onset"].iloc[0])


def outcomes(stem: str, seed: int, *, driven: bool) -> Iterator[tuple[str, dict[str, object]]]:
    """What the check says of one data set at every start; the signals are read once, since they do not depend on it."""
    rng = np.random.default_rng([seed, *map(ord, stem)])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bids"
        shutil.copytree(SIDECARS, root, copy_function=shutil.copyfile)
        level = loudness(rng)
        write_film(root / "film.wav", level, rng)
        start = true_start(root, stem)
        fill(root, stem, start, level if driven else None, rng)
        (Path(folder) / "models.toml").write_text(MODELS)
        traces = None
        for name, wrong in STARTS.items():
            (Path(folder) / "stimuli.toml").write_text(STIMULI.format(start=start + wrong))
            settings = Settings(bids_dir=root, output_dir=Path(folder) / "out", work_dir=Path(folder) / "work",
                                models=str(Path(folder) / "models.toml"), stimuli=Path(folder) / "stimuli.toml",
                                alignment="language", seed=seed)  # fmt: skip
            study, _ = open_study(settings)
            run = next(r for r in find_runs(root) if r.file.name.startswith(stem))
            (plan,) = plan_participant([run], study.entries, per_run=True)
            fit: PreparedFit = prepare_fit(plan, study.models, event_protocol(settings), signal_protocol(settings))
            if traces is None:
                _, flat, traces = responses_of_fit(fit, signal_protocol(settings), 1)
                electrodes = [n for n in fit.channels if n not in flat]
            (entry,) = synchrony_of_fit(fit, electrodes, traces, study.models, feature_protocol(settings), seed)
            yield name, entry | {"start": start + wrong}


def right_answer(entry: dict[str, object], wrong: float) -> bool:
    """Whether the check says of driven channels what is so."""
    if not wrong:
        return entry["follows"] is True
    return entry["follows"] is False and abs(float(entry["lag"]) + wrong - 0.2) <= 0.3  # type: ignore[arg-type]


def main(n_driven: int = 3, n_null: int = 30) -> None:
    """Print what was found in each data set, and counts."""
    found, told = Counter[str](), Counter[str]()
    for stem in RECORDINGS:
        for seed in range(n_driven):
            begun = time.monotonic()
            for name, entry in outcomes(stem, seed, driven=True):
                ok = right_answer(entry, STARTS[name])
                found[name] += ok
                told[name] += 1
                print(f"{stem} {seed} {name}: {'' if ok else 'WRONG: '}{entry['said']} (z = {entry['z']}, "
                      f"threshold {entry['threshold']})", flush=True)  # fmt: skip
            print(f"  {time.monotonic() - begun:.0f} s")
    for k in range(n_null):
        name, entry = next(iter(outcomes(RECORDINGS[k % 10 == 9], 1000 + k, driven=False)))
        found["null"] += entry["follows"] is False
        told["null"] += 1
        print(f"null {k}: {entry['said']} (z = {entry['z']}, threshold {entry['threshold']})", flush=True)
    for name in told:
        what = "warned of a wrong start" if name == "null" else "said right"
        print(f"{name}: {found[name]} of {told[name]} {what}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
