"""Recordings as nm000253 has them, and a package as neuroprobe is one, made for tests: words of no film, no brain."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

RATE = 2048.0
SAID = ("a", "bird", "flew", "over", "the", "old", "house", "and", "nobody", "saw", "where", "it", "went", "that",
        "day", "because", "rain", "had", "begun")  # fmt: skip
DEPTH = "depth\tctx-lh-insula\tctx_lh_S_circular_insula_sup\tctx-lh-insula"


@dataclass(frozen=True)
class Recorded:
    """A recording to be made: what its sidecars say, and its length; the signals are zeros that take no room."""

    subject: int
    run: int
    title: str | None
    channels: Sequence[str]
    n_samples: int
    rate: float = RATE
    bad: Sequence[str] = ()
    small: bool = False  # as mne-bids writes them; large ones were written in pieces
    signals: np.ndarray | None = None  # µV
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        return f"sub-{self.subject:02d}_task-movie_run-{self.run:02d}"


def write_root(root: Path, recordings: Sequence[Recorded]) -> Path:
    """A data set as NEMAR gives it: signals, channels, electrodes with native voxels and regions, nothing else."""
    root.mkdir(parents=True)
    about = {"Name": "Brain Treebank, made for tests", "BIDSVersion": "1.9.0", "DatasetType": "raw", "License": "CC0"}
    (root / "dataset_description.json").write_text(json.dumps(about))
    told = {f"region_{atlas}": {"Description": f"label of {atlas}"} for atlas in ("desikan", "destrieux", "dkt")}
    (root / "electrodes.json").write_text(json.dumps(told | {"hemisphere": {"Description": "L or R"}}))
    for one in recordings:
        _write_one(root / f"sub-{one.subject:02d}" / "ieeg", one)
    return root


def _write_one(home: Path, one: Recorded) -> None:
    home.mkdir(parents=True, exist_ok=True)
    header = [
        "Brain Vision Data Exchange Header File Version 1.0",
        "[Common Infos]",
        "Codepage=UTF-8",
        f"DataFile={one.stem}_ieeg.eeg",
        f"MarkerFile={one.stem}_ieeg.vmrk",
        "DataFormat=BINARY",
        "DataOrientation=MULTIPLEXED",
        f"NumberOfChannels={len(one.channels)}",
        f"SamplingInterval={1e6 / one.rate:.10g}",
        "[Binary Infos]",
        "BinaryFormat=IEEE_FLOAT_32",
        "[Channel Infos]",
        *[f"Ch{k}={name},,1,µV" for k, name in enumerate(one.channels, 1)],
    ]
    (home / f"{one.stem}_ieeg.vhdr").write_text("\n".join(header) + "\n", encoding="utf-8")
    markers = ["Brain Vision Data Exchange Marker File, Version 1.0", "[Common Infos]", "Codepage=UTF-8",
               f"DataFile={one.stem}_ieeg.eeg", "[Marker Infos]"]  # fmt: skip
    (home / f"{one.stem}_ieeg.vmrk").write_text("\n".join(markers) + "\n", encoding="utf-8")
    with (home / f"{one.stem}_ieeg.eeg").open("wb") as file:
        if one.signals is not None:
            file.write(one.signals.T.astype("<f4").tobytes())
        else:
            file.truncate(one.n_samples * len(one.channels) * 4)
    said = {"TaskName": "movie", "SamplingFrequency": one.rate, "RecordingType": "continuous", **one.more}
    if one.small:
        said |= {"PowerLineFrequency": "n/a", "RecordingDuration": one.n_samples / one.rate}
    else:
        said |= {"PowerLineFrequency": 60}
    if one.title is not None:
        said["StimulusPresentation"] = {"SoftwareName": "Movie playback", "MovieTitle": one.title}
    (home / f"{one.stem}_ieeg.json").write_text(json.dumps(said))
    rows = [f"{name}\t{'SEEG' if one.small else 'seeg'}\tµV\t{'bad' if name in one.bad else 'good'}"
            for name in one.channels]  # fmt: skip
    (home / f"{one.stem}_channels.tsv").write_text("\n".join(["name\ttype\tunits\tstatus", *rows]) + "\n")
    places = [f"{name}\t{120 + k}\t110\t90\tn/a\tn/a\tL\t{DEPTH}" for k, name in enumerate(one.channels)]
    titles = "name\tx\ty\tz\tsize\tmaterial\themisphere\ttype\tregion_desikan\tregion_destrieux\tregion_dkt"
    (home / f"sub-{one.subject:02d}_electrodes.tsv").write_text("\n".join([titles, *places]) + "\n")
    frame = {"iEEGCoordinateSystem": "Other", "iEEGCoordinateUnits": "n/a",
             "iEEGCoordinateSystemDescription": "voxels"}  # fmt: skip
    (home / f"sub-{one.subject:02d}_coordsystem.json").write_text(json.dumps(frame))


def made_words(
    n: int = 900,
    *,
    seed: int = 0,
    rate: float = RATE,
    begin: float = 20.0,
    pauses: Mapping[int, float] | None = None,
    steps: Sequence[int] = (),
    speed: float = 1.0,
) -> pd.DataFrame:
    """A table of words in neuroprobe's form: jitter of 6 ms, pauses (s) and steps of 0.12 s before some words.

    Parameters
    ----------
    n : int
    rate : float
        Samples in a second of recording.
    begin : float
        Seconds of recording before the film.
    pauses : word -> seconds
    steps : words before which the film stood still for 0.12 s
    speed : float
        Seconds of recording in a second of film.
    """
    rng = np.random.default_rng(seed)
    start = np.round(3 + np.cumsum(0.08 + rng.exponential(0.22, n)), 4)
    lost = np.zeros(n)
    for k, seconds in {**dict.fromkeys(steps, 0.12), **(pauses or {})}.items():
        lost[k:] += seconds
    index = np.round((start * speed + begin + lost + 0.006 * rng.standard_normal(n)) * rate)
    words = [SAID[k % len(SAID)] for k in range(n)]
    context, sentence = [], list[str]()
    for k, word in enumerate(words):
        if k % 9 == 0:
            sentence = []
        elif k % 211 == 5:  # a token without a row
            sentence.append("na")
        context.append(" ".join(sentence))
        sentence.append(word)
    length = np.round(0.5 * np.diff(start, append=start[-1] + 0.4), 4)
    return pd.DataFrame({"original_index": np.arange(n), "est_idx": index, "est_end_idx": index + length * rate,
                         "start": start, "end": start + length, "context": context,
                         "char_in_sentence": [len(c) for c in context], "full_word": words})  # fmt: skip


def made_contacts(labels: Sequence[str], subject: int, side: str = "L") -> pd.DataFrame:
    """A table of contacts in neuroprobe's form: along shafts through the left, or right, temporal lobe."""
    sign = -1 if side == "L" else 1
    x = sign * (30.0 + 3.0 * (np.arange(len(labels)) % 10))
    place = pd.DataFrame({"btbank_id": subject, "electrode_label": labels, "hem": side, "type": "D"})
    place["name"] = [label.rstrip("0123456789") for label in labels]
    for axis, values in (("x", x), ("y", -20.0 - np.arange(len(labels)) % 7), ("z", np.full(len(labels), 8.0))):
        place[f"mni152_{axis}"] = values
    return place


def write_package(
    folder: Path,
    films: Mapping[tuple[int, int], str],
    words: Mapping[tuple[int, int], pd.DataFrame],
    contacts: Mapping[int, pd.DataFrame],
    *,
    wheel: bool = False,
) -> Path:
    """The package as a folder, or as a wheel: importing it would fail."""
    home = folder / "neuroprobe"
    named = {f"btbank{s}_{t}": film for (s, t), film in films.items()}
    texts = {"config.py": "import os\nROOT = os.environ['ROOT_DIR_THAT_NOBODY_SET']\n"
                          f"BRAINTREEBANK_SUBJECT_TRIAL_MOVIE_NAME_MAPPING = {named!r}\n",
             "__init__.py": "raise ImportError('never imported')\n"}  # fmt: skip
    for (s, t), table in words.items():
        name = f"braintreebank_features_time_alignment/subject{s}_trial{t}_words_df.csv"
        texts[name] = table.to_csv(index=False)
    for film, onset in {film: words[trial]["start"] for trial, film in films.items() if trial in words}.items():
        rows = {str(t): {"word": "so", "start": t, "end": t + 0.1, "raw_pitch": 100.0 + t, "raw_volume": 0.1,
                         "enhanced_pitch": 200.0, "enhanced_volume": 0.2} for t in onset}  # fmt: skip
        texts[f"pitch_volume_features/{film}_pitch_volume_features.json"] = json.dumps(rows)
    texts |= {f"mni_coords/btbank{s}_mni_coords.csv": own.to_csv(index=False) for s, own in contacts.items()}
    if wheel:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "neuroprobe-0.1.8-py3-none-any.whl"
        with zipfile.ZipFile(file, "w") as archive:
            for name, text in texts.items():
                archive.writestr(f"neuroprobe/{name}", text)
        return file
    for name, text in texts.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return home
