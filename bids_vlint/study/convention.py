"""Which stimuli a run shows, when, and with which words and scene cuts, by the convention of its events.tsv.

A row whose `stim_file` names a video under stimuli/ marks its start; rows of trial_type `word` and `scene_cut` are
events. Otherwise a stimuli file gives them (`bids_vlint.study.stimuli_tables`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.files.tables import UNSPOKEN, column, given_cells, says_nothing
from bids_vlint.log import logger, remark
from bids_vlint.study.clock import Showing, movie_times
from bids_vlint.study.dataset import Run
from bids_vlint.study.events_file import read_events
from bids_vlint.study.languages import declared_languages
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.showings import showings_of_films, trial_types
from bids_vlint.study.sidecars import metadata
from bids_vlint.study.stim_file import film_path, with_films
from bids_vlint.study.stimuli_file import sound_track
from bids_vlint.study.stimulus import Stimulus
from bids_vlint.study.transcript import (
    TO_WORD,
    is_annotation,
    is_repeat,
    longest_texts,
    said_of_repeats,
    said_of_untimed,
    text_columns,
    transcript,
)


def by_convention(run: Run, context: str = TO_WORD) -> list[Presentation]:
    """The films of a run by convention, in order; empty where it shows none.

    Raises
    ------
    InputError
        An events.tsv without content (66), or that is no table with onsets (65), of which it is not known whether it
        names a film; a language in events.json that is none (65).
    """
    read = read_events(run)
    if read is None:
        return []
    events, file = with_films(read[0], run.root), read[1]
    if not len(events):
        logger.warning("%s has a header and no row: its recording counts as one without a film", file)
    showings = showings_of_films(events, file) if "stim_file" in events else {}
    if not showings:
        return []
    kind = trial_types(events)
    words, cuts = events[kind == "word"], events[kind == "scene_cut"]
    rows = words
    if len(words):
        column(words, "word", file)
        said = ~says_nothing(words["word"], UNSPOKEN)
        if untimed := int((said & words["onset"].isna()).sum()):
            remark(said_of_untimed(untimed, file))
        words = words[said & words["onset"].notna()]
        again = is_repeat(words["word"], words["onset"].to_numpy(float))
        words = words[~again]
        if again.any():
            remark(said_of_repeats(int(again.sum()), file))
    elif "word" not in words:
        words = words.assign(word="")
    language, translation_language = declared_languages(run)
    track = sound_track(metadata(run, "events").get("SoundTrack"), file.with_suffix(".json"))
    shown = [
        _presentation(_stimulus(run.root, str(name), track), showings[name], words, cuts, context, first=k == 0,
                      all_shown=showings)
        for k, name in enumerate(showings)
    ]  # fmt: skip
    wordless = "" if any(len(p.heard) for p in shown) else _why_no_words(events, rows, words, shown, file)
    return [replace(p, language=language, translation_language=translation_language, wordless=wordless) for p in shown]


def _why_no_words(
    events: pd.DataFrame, rows: pd.DataFrame, words: pd.DataFrame, shown: Sequence[Presentation], file: Path
) -> str:
    """Why no word was heard: `rows` are those of words, `words` those of them that say something."""
    if "trial_type" not in events:
        return f"{file.name} has no column trial_type"
    if not len(rows):
        types = sorted(set(events["trial_type"]))
        return f"no row of {file.name} has trial_type word; it has {', '.join(types[:8])}"
    if not len(words):
        return f"none of the {len(rows)} rows of trial_type word in {file.name} has an onset and a word"
    if sum(p.outside for p in shown) == len(words):
        return f"all {len(words)} words of {file.name} lie outside the film"
    return f"the {len(words)} words of {file.name} lie outside the film or are remarks such as [music]"


def _stimulus(root: Path, name: str, track: str | None) -> Stimulus:
    path = film_path(root, name)
    return Stimulus(path.stem, video=path, sound_track=track)


def _presentation(
    stimulus: Stimulus,
    showings: list[Showing],
    words: pd.DataFrame,
    cuts: pd.DataFrame,
    context: str,
    *,
    first: bool,
    all_shown: dict[str, list[Showing]],
) -> Presentation:
    heard = _inside(words, showings)
    annotations = is_annotation(heard["word"]) if len(heard) else np.empty(0, bool)
    heard = heard[~annotations]
    onset, movie = heard["onset"].to_numpy(float), heard["movie_time"].to_numpy(float)
    text = transcript(
        heard["word"].tolist() if len(heard) else [],
        onset,
        onset + _positive(heard["duration"].to_numpy(float)),
        given_cells(heard, "sentence"),
        context=context,
        translation=given_cells(heard, "translation", UNSPOKEN),
        stretch=np.cumsum(np.diff(movie, prepend=movie[:1]) < 0),  # a film that was wound back
    )
    heard = heard.assign(**{c: text.words[c].to_numpy() for c in ("sentence", *text_columns(text))})
    heard["end"] = movie + (text.words["end"].to_numpy(float) - onset)
    unique = longest_texts(heard)
    for name in text_columns(text) if len(heard) else ():  # what a network is shown at a time, it is shown once
        heard[name] = heard["movie_time"].map(unique.set_index("movie_time")[name])
    outside, cuts_outside = (_outside(rows, all_shown) if first else 0 for rows in (words, cuts))
    starts, ends = (text.sentences[c].to_numpy(float) for c in ("onset", "end"))
    movie = movie_times(starts, showings)
    sentences = text.sentences.assign(onset=movie, end=movie + (ends - starts))
    cut_rows = _inside(cuts, showings)
    return Presentation(
        stimulus,
        tuple(showings),
        unique[["movie_time", "word", "end", "sentence", *text_columns(text)]].reset_index(drop=True),
        heard[["onset", "duration", "movie_time", "word", *text_columns(text)]].reset_index(drop=True),
        sentences.drop_duplicates("onset").sort_values("onset").reset_index(drop=True),
        np.unique(cut_rows["movie_time"].to_numpy(float)) if len(cut_rows) else None,
        outside,
        cuts_outside,
        int(annotations.sum()),
    )


def _outside(rows: pd.DataFrame, shown: Mapping[str, Sequence[Showing]]) -> int:
    """How many rows lie outside every showing of every film."""
    known = np.zeros(len(rows), bool)
    for showing in (s for showings in shown.values() for s in showings):
        known |= np.isfinite(showing.to_movie(rows["onset"].to_numpy(float)))
    return int((~known).sum())


def _positive(duration: np.ndarray) -> np.ndarray:
    return np.where(duration > 0, duration, np.nan)


def _inside(rows: pd.DataFrame, showings: Sequence[Showing]) -> pd.DataFrame:
    movie = movie_times(rows["onset"].to_numpy(float), showings)
    return rows.assign(movie_time=movie)[np.isfinite(movie)].sort_values("onset", kind="stable")
