"""The demo as a BIDS data set: the film, its events, and two participants' recordings with their planted sites."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.demo.movie import Film, compose, write_film
from bids_vlint.demo.signals import KINDS, MAINS_HZ, SFREQ, noise, site
from bids_vlint.demo.world import stream

NAME = "bids_vlint demo: a film of a small world"
_TASK = "film"
FILM = "demo.mp4"
# The film's start in each participant's recording, seconds, and the hemisphere of the electrodes.
IMPLANTED: dict[str, tuple[float, str]] = {"01": (5.25, "L"), "02": (8.5, "R")}
_TAIL_S = 6.0
BAD = "NA4"
_SPACE = "MNI152NLin2009aSym"


@dataclass(frozen=True)
class Shaft:
    """A depth electrode: its sites' kind, the deepest contact in MNI space on the left (mm), and its contacts."""

    name: str
    kind: str
    tip: tuple[float, float, float]
    n_contacts: int


_SHAFTS = (
    Shaft("VA", "vision", (-36.0, -78.0, -10.0), 3),
    Shaft("LA", "language", (-48.0, -18.0, 0.0), 3),
    Shaft("SA", "linear", (-48.0, -36.0, -2.0), 3),
    Shaft("JA", "integration", (-42.0, -54.0, 22.0), 4),
    Shaft("NA", "noise", (-30.0, 44.0, 16.0), 4),
)
_PLANTED_LEVELS = {
    "vision": "follows what the film shows",
    "language": "follows what is said",
    "linear": "the sum of a vision and a language response",
    "integration": "follows whether the thing named last is in sight",
    "noise": "follows nothing",
}


def write_dataset(root: Path, seed: int = 0, duration: float = 600.0) -> Film:
    """Write the demo's data set.

    Parameters
    ----------
    root : Path
        A folder that is made (its files are replaced where they exist).
    seed : int
        Of the film and of all signals.
    duration : float
        The film's length in seconds.

    Returns
    -------
    Film
        What is shown and said.
    """
    film = compose(seed, duration)
    write_film(film, root / "stimuli" / FILM)
    for participant in IMPLANTED:
        _write_participant(root, participant, film, seed)
    _write_top_level(root, seed, duration)
    return film


def contacts(participant: str, seed: int) -> pd.DataFrame:
    """A participant's contacts: name, x, y, z (mm, MNI space), size (mm²), hemisphere, planted kind."""
    _, hemisphere = IMPLANTED[participant]
    rows = []
    for shaft in _SHAFTS:
        tip = np.array(shaft.tip) + stream(seed, f"tip/{participant}/{shaft.name}").uniform(-3, 3, 3)
        for k in range(shaft.n_contacts):
            x, y, z = np.round(tip + np.array([-3.5 * k, 0, 0.5 * k]), 1)
            name = f"{shaft.name}{k + 1}"
            kind = "n/a" if name == BAD else shaft.kind
            rows.append((name, x if hemisphere == "L" else -x, y, z, 5.0, hemisphere, kind))
    return pd.DataFrame(rows, columns=["name", "x", "y", "z", "size", "hemisphere", "planted"])


def events(film: Film, start: float) -> pd.DataFrame:
    """A recording's events: the film's start, every word, every cut; onsets in seconds of the recording."""
    rows: list[dict[str, Any]] = [
        {"onset": 0.0, "duration": film.duration, "trial_type": "film", "stim_file": FILM},
        *(
            {"onset": w.onset, "duration": w.duration, "trial_type": "word", "word": w.word, "sentence": w.sentence}
            for w in film.words
        ),
        # A cut is written at or before its frame's own time, never after it.
        *(
            {"onset": np.floor(shot.onset * 1000) / 1000, "duration": 0.0, "trial_type": "scene_cut"}
            for shot in film.shots[1:]
        ),
    ]
    table = pd.DataFrame(rows)
    table["onset"] = (table["onset"] + start).round(3)
    table["sentence"] = table["sentence"].astype("Int64")
    return table.sort_values("onset", kind="stable")[
        ["onset", "duration", "trial_type", "word", "sentence", "stim_file"]
    ]


def _write_participant(root: Path, participant: str, film: Film, seed: int) -> None:
    """Write one recording with its sidecars; mne-bids writes the signals, this module what it knows better."""
    import warnings

    import mne
    from mne_bids import BIDSPath, write_raw_bids

    start, _ = IMPLANTED[participant]
    table = contacts(participant, seed)
    n_times = round((start + film.duration + _TAIL_S) * SFREQ)
    data = [
        _voltage(name, kind, participant, film, n_times, seed) for name, kind in zip(table["name"], table["planted"])
    ]
    with mne.utils.use_log_level("ERROR"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it misses the events, which are written below
        info = mne.create_info(list(table["name"]), SFREQ, "seeg")
        raw = mne.io.RawArray(np.array(data), info)
        raw.info["line_freq"] = MAINS_HZ
        path = BIDSPath(root=root, subject=participant, task=_TASK, datatype="ieeg", suffix="ieeg")
        write_raw_bids(raw, path, format="BrainVision", allow_preload=True, overwrite=True, verbose="ERROR")
    _write_sidecars(root / f"sub-{participant}" / "ieeg", f"sub-{participant}", table, events(film, start))


def _voltage(name: str, kind: str, participant: str, film: Film, n_times: int, seed: int) -> np.ndarray:
    """A contact's signal in volts; the bad contact has a hundred times the noise."""
    key = f"{participant}/{name}"
    if name == BAD:
        return 4e-3 * noise(stream(seed, f"bad/{key}"), n_times, 0.0)
    return site(kind, film, IMPLANTED[participant][0], n_times, seed, key)


def _write_sidecars(folder: Path, subject: str, table: pd.DataFrame, event_table: pd.DataFrame) -> None:
    """Electrodes, coordinate system, channel status and events."""
    stem = f"{subject}_task-{_TASK}"
    for empty in ("electrodes.tsv", "electrodes.json", "coordsystem.json"):  # positions that mne-bids was not given
        (folder / f"{subject}_{empty}").unlink(missing_ok=True)
    _tsv(table, folder / f"{subject}_space-{_SPACE}_electrodes.tsv")
    _json(
        {
            "planted": {
                "LongName": "Planted response",
                "Description": "What the simulated contact follows",
                "Levels": _PLANTED_LEVELS,
            }
        },
        folder / f"{subject}_space-{_SPACE}_electrodes.json",
    )
    _json(
        {
            "iEEGCoordinateSystem": _SPACE,
            "iEEGCoordinateUnits": "mm",
            "iEEGCoordinateSystemDescription": "Simulated positions in the template's space",
        },
        folder / f"{subject}_space-{_SPACE}_coordsystem.json",
    )
    channels = pd.read_csv(folder / f"{stem}_channels.tsv", sep="\t", keep_default_na=False, dtype=str)
    channels["status"] = np.where(channels["name"] == BAD, "bad", "good")
    channels["status_description"] = np.where(channels["name"] == BAD, "noise", "n/a")
    _tsv(channels, folder / f"{stem}_channels.tsv")
    _tsv(event_table, folder / f"{stem}_events.tsv")
    _json(_event_columns(), folder / f"{stem}_events.json")
    sidecar = json.loads((folder / f"{stem}_ieeg.json").read_text())
    sidecar |= {"PowerLineFrequency": MAINS_HZ, "iEEGReference": "none (simulated)", "SoftwareFilters": "n/a"}
    sidecar |= {"Manufacturer": "n/a", "TaskName": _TASK, "TaskDescription": "A film of a small world of named things"}
    _json(sidecar, folder / f"{stem}_ieeg.json")


def _event_columns() -> dict[str, Any]:
    return {
        "trial_type": {
            "Description": "Kind of event",
            "Levels": {"film": "the film starts", "word": "a word is spoken", "scene_cut": "a new scene is shown"},
        },
        "word": {"Description": "The word spoken"},
        "sentence": {"Description": "The number of the word's sentence"},
        "stim_file": {"Description": "The film, below stimuli/"},
    }


def _write_top_level(root: Path, seed: int, duration: float) -> None:
    """Description, participants and README."""
    description = {
        "Name": NAME,
        "BIDSVersion": "1.10.0",
        "DatasetType": "raw",
        "License": "CC0",
        "Authors": ["bids_vlint"],
        "GeneratedBy": [{"Name": "bids_vlint demo", "Description": f"simulated, seed {seed}"}],
    }
    _json(description, root / "dataset_description.json")
    people = [(f"sub-{label}", "n/a", "n/a", "n/a") for label in IMPLANTED]
    _tsv(pd.DataFrame(people, columns=["participant_id", "age", "sex", "hand"]), root / "participants.tsv")
    lines = [
        "# A simulated film recording",
        "",
        f"Two simulated participants watch a film of {duration:.0f} s ({FILM}): two things in sight at a time, and "
        "sentences that name things, in sight or not.",
        "The column `planted` of the electrodes' tables says what each contact follows:",
        "",
        *(f"- {kind}: {_PLANTED_LEVELS[kind]}" for kind in KINDS),
        "",
        f"{BAD} is marked bad. Nothing here was recorded from a person.",
    ]
    (root / "README").unlink(missing_ok=True)
    (root / "README.md").write_text("\n".join(lines) + "\n")


def planted(seed: int, participants: Iterable[str] = tuple(IMPLANTED)) -> pd.DataFrame:
    """What was planted: participant_id, name, planted; the bad contact is left out."""
    tables = [contacts(label, seed).assign(participant_id=f"sub-{label}") for label in participants]
    table = pd.concat(tables, ignore_index=True)
    return table.loc[table["planted"] != "n/a", ["participant_id", "name", "planted"]]


def _tsv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, sep="\t", index=False, na_rep="n/a", lineterminator="\n")


def _json(content: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")
