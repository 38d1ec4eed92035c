"""The stimulus that an entry of a stimuli file gives a run: its tables are in movie time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.files.tables import UNSPOKEN, column, given_cells, numbers, read_table, says_nothing
from bids_vlint.log import logger, remark
from bids_vlint.study.clock import DECIMALS, JITTER_S, SPEEDS, UNBOUNDED_S, Showing, from_pairs, speed_of
from bids_vlint.study.dataset import Run
from bids_vlint.study.events_file import read_events
from bids_vlint.study.languages import TRANSLATION_LANGUAGE, declared_languages
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.sidecars import metadata
from bids_vlint.study.speech import SPEECH_COLUMNS, Unit, has_phonemes, is_speech, read_speech
from bids_vlint.study.stimuli_file import SAMPLES, StimulusEntry
from bids_vlint.study.stimulus import Measures, Phonemes, Stimulus
from bids_vlint.study.transcript import (
    TO_WORD,
    Transcript,
    is_annotation,
    is_repeat,
    longest_texts,
    said_of_repeats,
    said_of_untimed,
    text_columns,
    transcript,
)

_OPTIONAL = ("sentence", "translation", "so_far")  # columns of words


def from_file(run: Run, entry: StimulusEntry, context: str = TO_WORD) -> Presentation:
    """The stimulus that an entry of a stimuli file gives a run.

    Raises
    ------
    InputError
        A table that is not there (66) or lacks a column, an events.tsv without the row that marks the start, a
        translation of words in an undeclared language (65).
    """
    path = entry.video or entry.audio
    assert path is not None
    stimulus = Stimulus(path.stem, video=entry.video, audio=entry.audio, sound_track=entry.sound_track)
    text, annotations = _read_transcript(entry, context)
    language = entry.language or declared_languages(run)[0]
    if language is None and entry.translated:
        raise InputError(entry.file, f"gives a translation for {stimulus.name}, but not the language of its words",
                         'add language = "..." to the [[stimulus]]')  # fmt: skip
    if "sync" in entry.tables:
        showings = _synchronised(run, entry)
    else:
        start = _start(run, entry)
        showings = [Showing(np.array([0.0, UNBOUNDED_S]), start + np.array([0.0, UNBOUNDED_S]))]
    words = text.words.assign(movie_time=np.round(text.words["onset"], DECIMALS))
    words = longest_texts(words)
    presentation = Presentation(
        stimulus,
        tuple(showings),
        words[["movie_time", "word", "end", "sentence", *text_columns(text)]],
        pd.DataFrame(),
        text.sentences,
        _cuts(entry),
        outside=0,
        annotations=annotations,
        language=language,
        translation_language=entry.translation_language or TRANSLATION_LANGUAGE,
        measures=_measures(entry),
        phonemes=_phonemes(entry),
    )
    index, onset = presentation.when(words["movie_time"].to_numpy(float))
    shown = words.iloc[index].assign(onset=onset)
    shown["duration"] = (shown["offset"] - shown["movie_time"]).clip(lower=0)
    heard = shown.sort_values("onset", kind="stable")[["onset", "duration", "movie_time", "word", *text_columns(text)]]
    outside = len(words) - len(np.unique(index))
    wordless = "" if len(heard) else _why_no_words(entry, len(words), annotations)
    return replace(presentation, heard=heard.reset_index(drop=True), outside=outside, wordless=wordless)


def _why_no_words(entry: StimulusEntry, n_words: int, annotations: int) -> str:
    file = entry.tables["words"]["file"]
    if n_words:
        return f"all {n_words} words of {file.name} lie outside the film as {entry.file.name} places it"
    if annotations:
        return f"all {annotations} rows of {file.name} are remarks such as [music]"
    return f"{file.name} has no row with an onset and a word"


def _read_transcript(entry: StimulusEntry, context: str = TO_WORD) -> tuple[Transcript, int]:
    """The words and sentences of an entry, in movie time, and how many rows of words are annotations."""
    names = entry.tables["words"]
    table = _said(names, "words")
    text, onset = column(table, names["text"], names["file"]), numbers(table, names["onset"], names["file"])
    offset = _offsets(table, names, onset)
    said = ~says_nothing(text, UNSPOKEN)
    again = said & is_repeat(text, onset)
    if again.any():
        remark(said_of_repeats(int(again.sum()), names["file"]))
    said &= ~again
    if untimed := int((said & ~np.isfinite(onset) & ~is_annotation(text)).sum()):
        remark(said_of_untimed(untimed, names["file"]))
    keep = np.flatnonzero(said & ~is_annotation(text))
    keep = keep[np.argsort(_place_of(onset)[keep], kind="stable")]
    optional = {k: column(table, names[k], names["file"]).iloc[keep] for k in _OPTIONAL if k in names}
    found = transcript(
        text.iloc[keep].tolist(),
        onset[keep],
        offset[keep],
        given_cells(pd.DataFrame(optional), "sentence"),
        _sentences(entry),
        context=context,
        translation=given_cells(pd.DataFrame(optional), "translation", UNSPOKEN),
        so_far=given_cells(pd.DataFrame(optional), "so_far", UNSPOKEN),
    )
    timed = np.isfinite(onset)
    return found, int((said & timed).sum()) - int(timed[keep].sum())


def _place_of(onset: np.ndarray) -> np.ndarray:
    """Onsets to sort rows by: one without an onset stays behind the row that it follows."""
    last = np.maximum.accumulate(np.where(np.isfinite(onset), np.arange(len(onset)), -1))
    return np.where(last >= 0, onset[last], -np.inf)


def _sentences(entry: StimulusEntry) -> pd.DataFrame | None:
    """The table of sentences of an entry, in order."""
    if "sentences" not in entry.tables:
        return None
    keys = entry.tables["sentences"]
    rows = _said(keys, "sentences")
    starts, text = numbers(rows, keys["onset"], keys["file"]), column(rows, keys["text"], keys["file"])
    table = pd.DataFrame({"onset": starts, "offset": _offsets(rows, keys, starts), "text": text})
    if "translation" in keys:
        cells = column(rows, keys["translation"], keys["file"])
        table["translation"] = cells.where(~says_nothing(cells, UNSPOKEN), "")
    table = table[np.isfinite(starts) & ~says_nothing(text, UNSPOKEN) & ~is_annotation(text)]
    table = table.sort_values("onset", kind="stable").reset_index(drop=True)
    return table[~is_repeat(table["text"], table["onset"].to_numpy(float))].reset_index(drop=True)


def _said(keys: Mapping[str, Any], unit: Unit) -> pd.DataFrame:
    """A table of words or of sentences, or a transcript of another form as one."""
    if is_speech(keys["file"]):
        return read_speech(keys["file"], unit, keys.get("tier"))
    return read_table(keys["file"], _named(keys))


def _named(keys: Mapping[str, Any]) -> list[str]:
    """The columns that a table of the stimuli file names."""
    return [name for key, name in keys.items() if key not in ("file", "tier", "unit") and isinstance(name, str)]


def _offsets(table: pd.DataFrame, keys: Mapping[str, Any], onset: np.ndarray) -> np.ndarray:
    if "offset" in keys:
        return numbers(table, keys["offset"], keys["file"])
    if "duration" in keys:
        return onset + numbers(table, keys["duration"], keys["file"])
    return np.full(len(onset), np.nan)


def _cuts(entry: StimulusEntry) -> np.ndarray | None:
    if "scene_cuts" not in entry.tables:
        return None
    names = entry.tables["scene_cuts"]
    times = numbers(read_table(names["file"], _named(names)), names.get("onset", "onset"), names["file"])
    return np.unique(np.round(times[np.isfinite(times)], DECIMALS))


def _measures(entry: StimulusEntry) -> Measures | None:
    """What the table of low-level features says, in order of onset; rows without an onset are left out."""
    if "low_level" not in entry.tables:
        return None
    keys = entry.tables["low_level"]
    columns: list[str] = keys["columns"]
    table = read_table(keys["file"], [keys["onset"], *columns])
    onset = numbers(table, keys["onset"], keys["file"])
    values = np.stack([numbers(table, name, keys["file"]) for name in columns], axis=1)
    known = np.flatnonzero(np.isfinite(onset))
    order = known[np.argsort(onset[known], kind="stable")]
    if not len(order):
        raise InputError(keys["file"], "has no row with an onset", "give seconds in the film")
    return Measures(np.round(onset[order], DECIMALS), tuple(columns), values[order])


def _phonemes(entry: StimulusEntry) -> Phonemes | None:
    """The phonemes of an entry: a table's or tier's of their own, else those beside the words in a TextGrid."""
    keys = entry.tables.get("phonemes")
    if keys is None:
        file = entry.tables["words"]["file"]
        if not has_phonemes(file):
            return None
        keys = {key: names[0] for key, names in SPEECH_COLUMNS.items()} | {"file": file}
    rows = _said(keys, "phonemes")
    onset, label = numbers(rows, keys["onset"], keys["file"]), column(rows, keys["text"], keys["file"])
    known = np.flatnonzero(np.isfinite(onset) & ~says_nothing(label, UNSPOKEN))
    order = known[np.argsort(onset[known], kind="stable")]
    return Phonemes(np.round(onset[order], DECIMALS), tuple(label.iloc[order]))


def _synchronised(run: Run, entry: StimulusEntry) -> list[Showing]:
    """The showings that a table of paired times gives."""
    names = entry.tables["sync"]
    table, in_samples = read_table(names["file"], _named(names)), names.get("unit") == SAMPLES
    movie, recording = (numbers(table, names[k], names["file"]) for k in ("movie", "recording"))
    if in_samples:
        recording = recording / _rate(run, entry)
    known = np.isfinite(movie) & np.isfinite(recording)
    order = np.argsort(recording[known], kind="stable")
    movie, recording = movie[known][order], recording[known][order]
    speed = speed_of(movie, recording)
    if np.isfinite(speed) and not SPEEDS[0] <= speed <= SPEEDS[1]:
        do = "correct its rate" if in_samples else 'give seconds, or say unit = "samples" and rate'
        raise InputError(names["file"], f"lets the recording take {speed:.4g} s for a second of the film", do)
    showings = from_pairs(movie, recording, names.get("tolerance", JITTER_S))
    if not showings:
        raise InputError(names["file"], "has no two pairs of times between which the film went on",
                         "give pairs of seconds in the movie and in the recording")  # fmt: skip
    return showings


def _rate(run: Run, entry: StimulusEntry) -> float:
    """Samples per second of a sync table: as it says, else the recording's own."""
    rate = entry.tables["sync"].get("rate") or metadata(run).get("SamplingFrequency")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
        raise InputError(entry.file, f"gives times in samples, but no rate, and no SamplingFrequency of {run.file.name}"
                         " is known", "add rate = ... (Hz) to [stimulus.sync]")  # fmt: skip
    return float(rate)


def _start(run: Run, entry: StimulusEntry) -> float:
    if entry.start_time is not None:
        return entry.start_time
    if entry.start is None:
        logger.warning("%s: %s gives no start for it, so the film is taken to start at 0 s of the recording",
                       run.file.name, entry.file)  # fmt: skip
        return 0.0
    read = read_events(run)
    wanted = ", ".join(f"{k} = {v}" for k, v in entry.start.items())
    if read is None:
        raise InputError(run.file, f"has no events.tsv, in which {entry.file.name} looks for {wanted}",
                         "give start_time or a sync table")  # fmt: skip
    events, file = read
    match = events["onset"].notna()
    for key, value in entry.start.items():
        match &= column(events, key, file).map(lambda cell, v=value: _same(str(cell), v))
    if not match.any():
        known = sorted(set(events["trial_type"])) if "trial_type" in events else list(events.columns)
        raise InputError(file, f"has no row with {wanted}, where the film starts",
                         did_you_mean(str(next(iter(entry.start.values()))), known))  # fmt: skip
    return float(events.loc[match, "onset"].iloc[0])


def _same(cell: str, value: object) -> bool:
    if str(cell) == str(value):
        return True
    try:
        return float(cell) == float(str(value))
    except ValueError:
        return False
