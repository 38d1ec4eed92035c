"""Sessions written into the second root: links to signals, new sidecars, words, sync tables, and a list of stimuli."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from bids_vlint.files.atomic import write_text
from bids_vlint.files.json_file import write_json
from bids_vlint.files.tables import NOT_AVAILABLE, write_tsv
from bids_vlint.files.toml_file import read_toml
from bids_vlint.networks.model_set import built_in_sets, declared_set
from bids_vlint.networks.shown import shown_to
from bids_vlint.prepare.root import link
from bids_vlint.prepare.treebank.contacts import FRAME, UNITS
from bids_vlint.prepare.treebank.session import Session
from bids_vlint.signals.mirror import signal_files
from bids_vlint.study.clock import DECIMALS, JITTER_S
from bids_vlint.study.sidecars import sidecars

STIMULI, MODELS = "stimuli.toml", "models.toml"
_MAINS_HZ = 60
_LEVELS = {
    "onset": {"Description": "when the word began, from the first sample of the recording", "Units": "s"},
    "duration": {"Description": "how long it was", "Units": "s"},
    "trial_type": {"LongName": "Kind of event", "Levels": {"word": "a word of the film"}},
    "sample": {"Description": "the sample at which it began, counted from 0"},
    "film_time": {"Description": "when the word began in the film", "Units": "s"},
    "word": {"Description": "the word"},
    "so_far": {"Description": "the text of its sentence up to and including it"},
    "sentence": {"Description": "number of the sentence"},
}


_COLUMNS = {
    "hemisphere": {"Description": "L or R"},
    "group": {"Description": "the shaft"},
    "contact": {"Description": "the contact's label without the marks of authors and converters"},
}


def write_session(folder: Path, session: Session, *, sound: bool) -> dict[str, Any]:
    """Write one session, and say what its `[[stimulus]]` is.

    Parameters
    ----------
    folder : Path
        The second root.
    session : Session
    sound : bool
        Whether the pitch and volume of words take the place of the film's sound.
    """
    run = session.recording.run
    home = folder / run.file.parent.relative_to(run.root)
    for file in signal_files(run.file):
        link(home / file.name, file)
    said = {"iEEGReference": NOT_AVAILABLE, "SoftwareFilters": NOT_AVAILABLE, **session.recording.said}
    if not isinstance(said.get("PowerLineFrequency"), int | float):
        said["PowerLineFrequency"] = _MAINS_HZ
    write_json(home / f"{run.label}_ieeg.json", said)
    write_tsv(home / f"{run.label}_channels.tsv", session.channels)
    write_tsv(home / f"{run.label}_events.tsv", _events(session.words))
    write_json(home / f"{run.label}_events.json", _LEVELS)
    words, sync = f"stimuli/words/{run.label}_words.tsv", f"stimuli/sync/{run.label}_sync.tsv"
    write_tsv(folder / words, session.words[["onset", "offset", "word", "so_far", "sentence"]].round(DECIMALS))
    write_tsv(folder / sync, session.pairs.round(DECIMALS).astype({"sample": "int64"}))
    entry = _stimulus(session, words, sync)
    if sound and session.sound is not None:
        table = f"stimuli/sound/{session.film}_sound.tsv"  # one for all who saw the film
        write_tsv(folder / table, session.sound.round(DECIMALS))
        entry["low_level"] = {"file": table, "onset": "onset", "columns": [c for c in session.sound if c != "onset"]}
    return entry


def _events(words: pd.DataFrame) -> pd.DataFrame:
    """The words that were heard, as an events.tsv."""
    heard = words[np.isfinite(words["recording"].to_numpy(float))].sort_values("recording", kind="stable")
    duration = (heard["offset"] - heard["onset"]).clip(lower=0)
    table = pd.DataFrame({"onset": heard["recording"], "duration": duration, "trial_type": "word",
                          "sample": heard["sample"].astype("int64"), "film_time": heard["onset"]})  # fmt: skip
    return table.join(heard[["word", "so_far", "sentence"]])


def _stimulus(session: Session, words: str, sync: str) -> dict[str, Any]:
    run = session.recording.run
    video = str(session.video.absolute()) if session.video is not None else f"stimuli/{session.film}.mp4"
    entry: dict[str, Any] = {"video": video, "language": "en", "participants": [run.subject]}
    for key, entity in (("sessions", "session"), ("tasks", "task"), ("acquisitions", "acquisition"), ("runs", "run")):
        if (label := run.get(entity)) is not None:
            entry[key] = [label]
    entry["words"] = {"file": words, "text": "word", "onset": "onset", "offset": "offset", "sentence": "sentence",
                      "so_far": "so_far"}  # fmt: skip
    entry["sync"] = {"file": sync, "movie": "movie", "recording": "sample", "unit": "samples",
                     "rate": session.recording.rate, "tolerance": JITTER_S}  # fmt: skip
    return entry


def write_participant(folder: Path, sessions: Sequence[Session]) -> None:
    """Write where a participant's contacts are: the data set's own labels as they stand, and the places in MNI152.

    Parameters
    ----------
    folder : Path
    sessions : sequence of Session
        Of one participant (and one session, where there are such).
    """
    first = sessions[0].recording.run
    home = folder / first.file.parent.relative_to(first.root)
    for suffix, extension in (("electrodes", ".tsv"), ("coordsystem", ".json")):
        for file in sidecars(first, suffix, extension, free=("space",)):
            place = folder / file.relative_to(first.root)
            if not place.is_symlink() and f"space-{FRAME}" not in file.name:
                link(place, file)
    places = max((one.places for one in sessions), key=len)
    if not len(places):
        return
    name = "_".join(["sub-" + first.subject, *([f"ses-{own}"] if (own := first.get("session")) else [])])
    write_tsv(home / f"{name}_space-{FRAME}_electrodes.tsv", places)
    write_json(home / f"{name}_space-{FRAME}_electrodes.json", _COLUMNS)
    write_json(home / f"{name}_space-{FRAME}_coordsystem.json", {
        "iEEGCoordinateSystem": FRAME, "iEEGCoordinateUnits": UNITS,
        "iEEGCoordinateSystemDescription": "MNI152, from MNI305 by FreeSurfer's affine, as published with the package "
        "neuroprobe (mni_coords)",
        "iEEGCoordinateProcessingDescription": "as published; matched to channels by label",
    })  # fmt: skip


def write_told(folder: Path, source: Path, stimuli: Sequence[Mapping[str, Any]], *, films: bool) -> None:
    """Write what the program is told: the stimuli, the networks, and what BIDS does not know.

    Parameters
    ----------
    folder, source : Path
    stimuli : sequence of mappings
        What `write_session` returned.
    films : bool
        Whether there is a film for every session, so that networks that see can be run.
    """
    write_text(folder / STIMULI, tomli_w.dumps({"stimulus": list(stimuli)}))
    write_text(folder / MODELS, _networks(films=films))
    write_text(folder / ".bidsignore", "\n".join([STIMULI, MODELS, "report.tsv", "report.html"]) + "\n")
    people = sorted({f"sub-{label}" for entry in stimuli for label in entry["participants"]})
    write_tsv(folder / "participants.tsv", pd.DataFrame({"participant_id": people}))
    write_text(folder / "README", f"Links to the signals of {source.name}, with words, times and places beside them.\n"
               f"Run it with --stimuli {STIMULI} --models {MODELS}; report.html says what was checked of each session, "
               "and which were refused.\n")  # fmt: skip
    for name in ("LICENSE", "CITATION.cff", "electrodes.json"):
        if (source / name).is_file():
            link(folder / name, source / name)


def _networks(*, films: bool) -> str:
    """The set `paper`, or those of its networks that read and do not see, with the comparisons that are left."""
    whole = read_toml(built_in_sets()["paper"], "model set")
    reading = {spec.name for spec in declared_set("paper").models if spec.part_of is None and shown_to(spec) == "text"}
    kept = [row for row in whole["model"] if films or row["name"] in reading]
    names = {row["name"] for row in kept}
    left = [row for row in whole.get("comparison", []) if {*row["model"], *row["baseline"]} <= names]
    said = "all networks of the set paper" if films else "the networks of the set paper that read, since films are " \
        "not there for every session"  # fmt: skip
    table = {"model": kept, **({"comparison": left} if left else {})}
    return f"# Made by bids_vlint prepare: {said}.\n\n{tomli_w.dumps(table)}"
