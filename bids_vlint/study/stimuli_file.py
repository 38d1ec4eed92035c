"""The stimuli file (`--stimuli`, TOML): which film and transcript belong to which recordings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.files.paths import path_there
from bids_vlint.files.toml_file import read_toml
from bids_vlint.study.dataset import Run, same_label
from bids_vlint.study.languages import is_undetermined, language_code
from bids_vlint.study.speech import SPEECH_COLUMNS, is_speech

_FILTERS = {
    "tasks": ("task", "task"),
    "participants": ("subject", "sub"),
    "sessions": ("session", "ses"),
    "runs": ("run", "run"),
    "acquisitions": ("acquisition", "acq"),
}
_TABLES = {
    "words": {"file", "tier", "text", "onset", "offset", "duration", "sentence", "so_far", "translation"},
    "sentences": {"file", "tier", "text", "onset", "offset", "duration", "translation"},
    "scene_cuts": {"file", "onset"},
    "phonemes": {"file", "tier", "text", "onset"},
    "low_level": {"file", "onset", "columns"},
    "sync": {"file", "movie", "recording", "unit", "rate", "tolerance"},
}
_REQUIRED = {"words": ("file", "text", "onset"), "sentences": ("file", "text", "onset"), "scene_cuts": ("file",),
            "phonemes": ("file", "text", "onset"),
            "low_level": ("file", "onset", "columns"), "sync": ("file", "movie", "recording")}  # fmt: skip
_NUMBERS = ("rate", "tolerance")
SECONDS, SAMPLES = _UNITS = ("seconds", "samples")
_LANGUAGES = ("language", "translation_language")
_KEYS = {"video", "audio", "sound_track", "start", "start_time", *_LANGUAGES, *_FILTERS, *_TABLES}


@dataclass(frozen=True)
class StimulusEntry:
    """A `[[stimulus]]`; paths are absolute.

    Attributes
    ----------
    filters : mapping
        Entity to the labels it may have.
    start : mapping
        Values of the events.tsv row that marks the start; start_time: seconds in the recording.
    tables : mapping
        words, sentences, scene_cuts, phonemes, low_level, sync: column names, and `file` as a Path; of sync also `unit`
        of the recording's times (seconds, samples), `rate` of samples (Hz) and `tolerance` (s), where they are given.
    language, translation_language : str | None
        Codes of the words' language and of their translation's; None where not given.
    sound_track : str | None
        Which of the film's sound tracks was heard: a number from 1 or a language.
    """

    video: Path | None
    audio: Path | None
    filters: Mapping[str, tuple[str, ...]]
    start: Mapping[str, Any] | None
    start_time: float | None
    tables: Mapping[str, Mapping[str, Any]]
    file: Path
    language: str | None = None
    translation_language: str | None = None
    sound_track: str | None = None

    @property
    def translated(self) -> bool:
        """Whether a table of its has a column of translations."""
        return any("translation" in table for table in self.tables.values())

    def matches(self, run: Run) -> bool:
        """Whether every filter accepts the run."""
        for entity, labels in self.filters.items():
            own = run.get(entity)
            if own is None or not any(same_label(own, x) if entity == "run" else own == x for x in labels):
                return False
        return True


def read_stimuli_file(file: Path, root: Path) -> tuple[StimulusEntry, ...]:
    """Read a stimuli file.

    Parameters
    ----------
    file : Path
    root : Path
        The data set, from which relative paths are read.

    Raises
    ------
    InputError
        Where it is not there (66), or is no such file (65: malformed TOML, unknown or missing keys).
    """
    content = read_toml(file, "stimuli file")
    for key in content:
        if key != "stimulus":
            raise InputError(file, f"has an unknown key {key!r}", did_you_mean(key, ["stimulus"]))
    entries = content.get("stimulus", [])
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
        raise InputError(file, "names no stimulus", "add a [[stimulus]] table")
    found = tuple(_entry(e, file, root) for e in entries)
    told = {tuple(entry.tables.get("low_level", {}).get("columns", ())) for entry in found}
    if len(told) > 1:  # features of all stimuli of a fit have the same columns
        raise InputError(file, "gives some stimuli other columns under [stimulus.low_level] than others",
                         "give all the same, or none")  # fmt: skip
    return found


def _entry(entry: dict[str, Any], file: Path, root: Path) -> StimulusEntry:
    for key in entry:
        if key not in _KEYS:
            raise InputError(file, f"[[stimulus]] has an unknown key {key!r}", did_you_mean(key, _KEYS))
    media = [k for k in ("video", "audio") if k in entry]
    if len(media) != 1 or not isinstance(entry[media[0]], str) or not entry[media[0]]:
        raise InputError(file, "a [[stimulus]] needs one of video and audio", 'write video = "stimuli/film.mp4"')
    if "start" in entry and not (isinstance(entry["start"], dict) and entry["start"]):
        raise InputError(file, "start is no table of column values", 'write start = { trial_type = "music" }')
    time = entry.get("start_time")
    if time is not None and "start" in entry:
        raise InputError(file, "a [[stimulus]] has both start and start_time", "keep one of them")
    if time is not None and (isinstance(time, bool) or not isinstance(time, int | float) or not math.isfinite(time)):
        raise InputError(file, f"start_time is {time!r}, which is no number", "give seconds in the recording")
    tables = {name: _table(entry[name], name, file, root) for name in _TABLES if name in entry}
    if "words" not in tables:
        raise InputError(file, f"the stimulus {entry[media[0]]} has no words; both alignments need text",
                         "add a [stimulus.words] table")  # fmt: skip
    path = path_there(root, entry[media[0]])
    return StimulusEntry(
        video=path if media == ["video"] else None,
        audio=path if media == ["audio"] else None,
        filters={_FILTERS[k][0]: _labels(entry[k], k, file) for k in _FILTERS if k in entry},
        start=entry.get("start"),
        start_time=None if time is None else float(time),
        tables=tables,
        file=file,
        sound_track=sound_track(entry.get("sound_track"), file),
        **{key: _language(entry[key], key, file) for key in _LANGUAGES if key in entry},
    )


def _language(value: Any, key: str, file: Path) -> str | None:
    if is_undetermined(value):
        return None
    code = language_code(value) if isinstance(value, str) else None
    if code is None:
        raise InputError(file, f"{key} is {value!r}, which is no code of one language", f'write {key} = "nl"')
    return code


def sound_track(value: Any, file: Path) -> str | None:
    """Which sound track a user names: a number from 1 or a language, as text; None where nothing is named.

    Raises
    ------
    InputError
        What is neither (65).
    """
    if value is None:
        return None
    number = isinstance(value, int) and not isinstance(value, bool) and value > 0
    if not number and not (isinstance(value, str) and value.strip()):
        raise InputError(file, f"sound track {value!r} is neither a number from 1 nor a language", 'write "nl", or 2')
    return str(value).strip()


def _labels(value: Any, key: str, file: Path) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str | int) and not isinstance(v, bool) for v in values):
        raise InputError(file, f"{key} is no list of labels", f'write {key} = ["..."]')
    return tuple(str(v).removeprefix(f"{_FILTERS[key][1]}-") for v in values)


def _table(value: Any, name: str, file: Path, root: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(file, f"{name} is no table", f"write [stimulus.{name}]")
    for key, text in value.items():
        if key not in _TABLES[name]:
            raise InputError(file, f"[stimulus.{name}] has an unknown key {key!r}", did_you_mean(key, _TABLES[name]))
        if key in _NUMBERS:
            _check_number(text, key, file)
        elif key == "columns":
            _check_columns(text, file)
        elif not isinstance(text, str):
            raise InputError(file, f"[stimulus.{name}] {key} is no text", "give a column's name in quotes")
    unit = value.get("unit", SECONDS)
    if unit not in _UNITS:
        raise InputError(file, f"[stimulus.{name}] unit is {unit!r}", did_you_mean(unit, _UNITS))
    if "rate" in value and unit != SAMPLES:
        raise InputError(file, f"[stimulus.{name}] gives a rate, but its times are in seconds",
                         f'add unit = "{SAMPLES}", or take rate away')  # fmt: skip
    speech = "tier" in _TABLES[name] and is_speech(Path(value.get("file", "")))
    needed = ("file",) if speech else _REQUIRED[name]
    absent = [k for k in needed if k not in value]
    if absent:
        raise InputError(file, f"[stimulus.{name}] lacks {absent[0]}", f"add {absent[0]} = ...")
    if "tier" in value and not value["file"].lower().endswith(".textgrid"):
        raise InputError(file, f"[stimulus.{name}] has a tier, and {value['file']} is no TextGrid", "leave it out")
    defaults = {key: names[0] for key, names in SPEECH_COLUMNS.items()} if speech else {}
    return {**defaults, **value, "file": path_there(root, value["file"])}


def _check_columns(value: Any, file: Path) -> None:
    """Raise InputError unless columns are a list of names, each once."""
    names = value if isinstance(value, list) else []
    if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise InputError(file, f"[stimulus.low_level] columns is {value!r}", 'write columns = ["pitch", "volume"]')


def _check_number(value: Any, key: str, file: Path) -> None:
    """Raise InputError unless a key of a sync table is a number that it can be."""
    number = not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
    if not number or value < 0 or (key == "rate" and value == 0):
        raise InputError(file, f"[stimulus.sync] {key} is {value!r}",
                         "give Hz, without quotes" if key == "rate" else "give seconds, without quotes")  # fmt: skip
