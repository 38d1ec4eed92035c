"""The stimulus that an entry of a stimuli file gives a run: its tables are in movie time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.files.tables import UNSPOKEN, column, given_cells, numbers, read_table, says_nothing
from bids_vlint.log import logger
from bids_vlint.study.clock import DECIMALS, UNBOUNDED_S, Showing, from_pairs
from bids_vlint.study.dataset import Run
from bids_vlint.study.events_file import read_events
from bids_vlint.study.languages import TRANSLATION_LANGUAGE, declared_languages
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.stimuli_file import StimulusEntry
from bids_vlint.study.stimulus import Stimulus
from bids_vlint.study.transcript import TO_WORD, Transcript, is_annotation, longest_texts, text_columns, transcript


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
    stimulus = Stimulus(path.stem, video=entry.video, audio=entry.audio)
    text, annotations = _read_transcript(entry, context)
    language = entry.language or declared_languages(run)[0]
    if language is None and entry.translated:
        raise InputError(entry.file, f"gives a translation for {stimulus.name}, but not the language of its words",
                         'add language = "..." to the [[stimulus]]')  # fmt: skip
    if "sync" in entry.tables:
        showings = _synchronised(entry)
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
    )
    index, onset = presentation.when(words["movie_time"].to_numpy(float))
    shown = words.iloc[index].assign(onset=onset)
    shown["duration"] = (shown["offset"] - shown["movie_time"]).clip(lower=0)
    heard = shown.sort_values("onset", kind="stable")[["onset", "duration", "movie_time", "word", *text_columns(text)]]
    return replace(presentation, heard=heard.reset_index(drop=True), outside=len(words) - len(np.unique(index)))


def _read_transcript(entry: StimulusEntry, context: str = TO_WORD) -> tuple[Transcript, int]:
    """The words and sentences of an entry, in movie time, and how many rows of words are annotations."""
    names = entry.tables["words"]
    table = read_table(names["file"])
    text, onset = column(table, names["text"], names["file"]), numbers(table, names["onset"], names["file"])
    offset = _offsets(table, names, onset)
    known = np.isfinite(onset) & ~says_nothing(text, UNSPOKEN)
    keep = np.flatnonzero(known & ~is_annotation(text))
    keep = keep[np.argsort(onset[keep], kind="stable")]
    optional = {k: column(table, names[k], names["file"]).iloc[keep] for k in ("sentence", "translation") if k in names}
    found = transcript(
        text.iloc[keep].tolist(),
        onset[keep],
        offset[keep],
        given_cells(pd.DataFrame(optional), "sentence"),
        _sentences(entry),
        context=context,
        translation=given_cells(pd.DataFrame(optional), "translation", UNSPOKEN),
    )
    return found, int(known.sum()) - len(keep)


def _sentences(entry: StimulusEntry) -> pd.DataFrame | None:
    """The table of sentences of an entry, in order."""
    if "sentences" not in entry.tables:
        return None
    keys = entry.tables["sentences"]
    rows = read_table(keys["file"])
    starts, text = numbers(rows, keys["onset"], keys["file"]), column(rows, keys["text"], keys["file"])
    table = pd.DataFrame({"onset": starts, "offset": _offsets(rows, keys, starts), "text": text})
    if "translation" in keys:
        cells = column(rows, keys["translation"], keys["file"])
        table["translation"] = cells.where(~says_nothing(cells, UNSPOKEN), "")
    table = table[np.isfinite(starts) & ~says_nothing(text, UNSPOKEN) & ~is_annotation(text)]
    return table.sort_values("onset", kind="stable").reset_index(drop=True)


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
    times = numbers(read_table(names["file"]), names.get("onset", "onset"), names["file"])
    return np.unique(np.round(times[np.isfinite(times)], DECIMALS))


def _synchronised(entry: StimulusEntry) -> list[Showing]:
    names = entry.tables["sync"]
    table = read_table(names["file"])
    movie, recording = (numbers(table, names[k], names["file"]) for k in ("movie", "recording"))
    known = np.isfinite(movie) & np.isfinite(recording)
    order = np.argsort(recording[known], kind="stable")
    showings = from_pairs(movie[known][order], recording[known][order])
    if not showings:
        raise InputError(names["file"], "has no two pairs of times between which the film went on",
                         "give pairs of seconds in the movie and in the recording")  # fmt: skip
    return showings


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
