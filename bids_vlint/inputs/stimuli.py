"""Which stimuli a run shows, when, and with which words and scene cuts: by convention, or from a stimuli file.

By convention an events.tsv row whose `stim_file` names a video under stimuli/ marks its start; rows of trial_type
`word` and `scene_cut` are events. Otherwise a stimuli file gives them in movie time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.inputs.dataset import Run, sidecars
from bids_vlint.inputs.showings import UNBOUNDED_S, Showing, from_pairs, from_rows
from bids_vlint.inputs.stimuli_file import Entry
from bids_vlint.inputs.tables import MISSING, column, numbers, read_table
from bids_vlint.inputs.words import Transcript, transcript
from bids_vlint.types import Stimulus

logger = logging.getLogger("bids_vlint")

VIDEO = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".ogv", ".flv", ".ts", ".mts")
NO_WORD = ("", "n/a", "N/A")  # "na", "nan" and "null" are words
MARKS = ("word", "scene_cut", "sentence")
DECIMALS = 4  # movie time is kept to a tenth of a millisecond, so that participants share features


@dataclass(frozen=True)
class Presentation:
    """A stimulus in a run.

    Attributes
    ----------
    stimulus : Stimulus
    showings : tuple of Showing
    words : DataFrame
        In movie time: movie_time, word, text; what the networks are shown.
    heard : DataFrame
        In recording time: onset, duration, movie_time, word, text; one row per word and showing.
    sentences : DataFrame
        In movie time: onset, text.
    cuts : (n,) float64 | None
        Scene cuts in movie time; None where no table gives them.
    outside, cuts_outside : int
        Words and rows of scene cuts outside every showing of any film.
    """

    stimulus: Stimulus
    showings: tuple[Showing, ...]
    words: pd.DataFrame
    heard: pd.DataFrame
    sentences: pd.DataFrame
    cuts: np.ndarray | None
    outside: int
    cuts_outside: int = 0

    def when(self, movie_time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Every recording time at which a movie time was shown: (index into movie_time, seconds in the recording)."""
        index, onset = [], []
        for showing in self.showings:
            t = showing.to_recording(movie_time)
            known = np.flatnonzero(np.isfinite(t))
            index.append(known)
            onset.append(t[known])
        return np.concatenate(index or [np.empty(0, int)]).astype(int), np.concatenate(onset or [np.empty(0)])


def read_events(run: Run) -> tuple[pd.DataFrame, Path] | None:
    """The events.tsv that applies to a run: onset and duration as numbers, the rest as text; None where absent."""
    found = sidecars(run, "events", ".tsv")
    if not found:
        return None
    table = read_table(found[0])
    table["onset"] = numbers(table, "onset", found[0])
    table["duration"] = numbers(table, "duration", found[0]) if "duration" in table else np.nan
    return table.sort_values("onset", kind="stable").reset_index(drop=True), found[0]


def by_convention(run: Run) -> list[Presentation]:
    """The films of a run by convention, in order; empty where it shows none.

    Raises
    ------
    InputError
        A cell of events.tsv that is no number (65).
    """
    found = sidecars(run, "events", ".tsv")
    if not found or not _names_a_film(found[0]):
        return []
    read = read_events(run)
    assert read is not None
    events, file = read
    kind = events["trial_type"].str.lower() if "trial_type" in events else pd.Series("", index=events.index)
    videos = events["stim_file"].map(lambda f: Path(f).suffix.lower() in VIDEO)
    starts = events[videos & ~kind.isin(MARKS) & events["onset"].notna()].copy()
    starts["movie"] = numbers(starts, "stim_onset", file) if "stim_onset" in starts else np.nan
    # many fill in stim_file on every row: a row of another type is a start only where it says from when in the film
    first_kind = starts["stim_file"].map(kind[starts.index].groupby(starts["stim_file"]).first())
    starts = starts[starts["movie"].notna() | (kind[starts.index] == first_kind)]
    if starts.empty:
        return []
    starts["movie"] = starts["movie"].fillna(0.0)
    showings = _showings_of_films(starts)
    words, cuts = events[kind == "word"], events[kind == "scene_cut"]
    if len(words):
        column(words, "word", file)
        words = words[~words["word"].isin(NO_WORD) & words["onset"].notna()]
    return [
        _presentation(_stimulus(run.root, str(name)), showings[name], words, cuts, first=k == 0, all_shown=showings)
        for k, name in enumerate(showings)
    ]


def _names_a_film(file: Path) -> bool:
    """Whether a table has a stim_file column; that of a recording without a film may be empty."""
    if file.is_file() and not file.read_bytes().strip():
        logger.warning("%s is empty: its recording counts as one without a film", file)
        return False
    return "stim_file" in read_table(file).columns


def _showings_of_films(starts: pd.DataFrame) -> dict[str, list[Showing]]:
    """Showings of each film; one ends at the latest where another film starts."""
    shown: dict[str, list[Showing]] = {}
    for name, rows in starts.groupby("stim_file", sort=False):
        others = starts.loc[starts["stim_file"] != name, "onset"].to_numpy(float)
        onset, duration = rows["onset"].to_numpy(float), rows["duration"].to_numpy(float).copy()
        for k, r in enumerate(onset):
            following = others[others > r]
            room = following.min() - r if len(following) else np.inf
            known = duration[k] if duration[k] > 0 else np.inf
            duration[k] = min(room, known) if np.isfinite(min(room, known)) else np.nan
        shown[str(name)] = from_rows(onset.tolist(), rows["movie"].tolist(), duration.tolist())
    return shown


def _stimulus(root: Path, name: str) -> Stimulus:
    relative = Path(name.lstrip("/"))
    if relative.parts[:1] == ("stimuli",):
        relative = relative.relative_to("stimuli")
    path = root / "stimuli" / relative
    return Stimulus(path.stem, video=path)


def _presentation(
    stimulus: Stimulus,
    showings: list[Showing],
    words: pd.DataFrame,
    cuts: pd.DataFrame,
    *,
    first: bool,
    all_shown: dict[str, list[Showing]],
) -> Presentation:
    heard = _inside(words, showings)
    text = transcript(
        heard["word"].tolist() if len(heard) else [],
        heard["onset"].to_numpy(float),
        heard["onset"].to_numpy(float) + _positive(heard["duration"].to_numpy(float)),
        [("" if s in MISSING else s) for s in heard["sentence"]] if "sentence" in heard and len(heard) else None,
    )
    heard = heard.assign(text=text.words["text"].to_numpy())
    unique = heard.drop_duplicates("movie_time").sort_values("movie_time")
    outside, cuts_outside = (_outside(rows, all_shown) if first else 0 for rows in (words, cuts))
    sentences = text.sentences.assign(onset=_movie_times(text.sentences["onset"].to_numpy(float), showings))
    cut_rows = _inside(cuts, showings)
    return Presentation(
        stimulus,
        tuple(showings),
        unique[["movie_time", "word", "text"]].reset_index(drop=True),
        heard[["onset", "duration", "movie_time", "word", "text"]].reset_index(drop=True),
        sentences.drop_duplicates("onset").sort_values("onset").reset_index(drop=True),
        np.unique(cut_rows["movie_time"].to_numpy(float)) if len(cut_rows) else None,
        outside,
        cuts_outside,
    )


def _outside(rows: pd.DataFrame, shown: Mapping[str, Sequence[Showing]]) -> int:
    """How many rows lie outside every showing of every film."""
    known = np.zeros(len(rows), bool)
    for showing in (s for showings in shown.values() for s in showings):
        known |= np.isfinite(showing.to_movie(rows["onset"].to_numpy(float)))
    return int((~known).sum())


def _positive(duration: np.ndarray) -> np.ndarray:
    return np.where(duration > 0, duration, np.nan)


def _movie_times(onset: np.ndarray, showings: Sequence[Showing]) -> np.ndarray:
    movie = np.full(len(onset), np.nan)
    for showing in showings:
        t = showing.to_movie(onset)
        movie = np.where(np.isfinite(t), t, movie)
    return np.round(movie, DECIMALS)


def _inside(rows: pd.DataFrame, showings: Sequence[Showing]) -> pd.DataFrame:
    movie = _movie_times(rows["onset"].to_numpy(float), showings)
    return rows.assign(movie_time=movie)[np.isfinite(movie)].sort_values("onset", kind="stable")


def from_file(run: Run, entry: Entry) -> Presentation:
    """The stimulus that an entry of a stimuli file gives a run.

    Raises
    ------
    InputError
        A table that is not there (66) or lacks a column, an events.tsv without the row that marks the start (65).
    """
    path = entry.video or entry.audio
    assert path is not None
    stimulus = Stimulus(path.stem, video=entry.video, audio=entry.audio)
    text = read_transcript(entry)
    if "sync" in entry.tables:
        showings = _synchronised(entry)
    else:
        start = _start(run, entry)
        showings = [Showing(np.array([0.0, UNBOUNDED_S]), start + np.array([0.0, UNBOUNDED_S]))]
    words = text.words.assign(movie_time=np.round(text.words["onset"], DECIMALS))
    words = words.drop_duplicates("movie_time")
    presentation = Presentation(stimulus, tuple(showings), words[["movie_time", "word", "text"]].reset_index(drop=True),
                                pd.DataFrame(), text.sentences, _cuts(entry), 0)  # fmt: skip
    index, onset = presentation.when(words["movie_time"].to_numpy(float))
    shown = words.iloc[index].assign(onset=onset)
    shown["duration"] = (shown["offset"] - shown["movie_time"]).clip(lower=0)
    heard = shown.sort_values("onset", kind="stable")[["onset", "duration", "movie_time", "word", "text"]]
    return Presentation(stimulus, tuple(showings), presentation.words, heard.reset_index(drop=True), text.sentences,
                        presentation.cuts, len(words) - len(np.unique(index)))  # fmt: skip


def read_transcript(entry: Entry) -> Transcript:
    """The words and sentences of an entry, in movie time."""
    names = entry.tables["words"]
    table = read_table(names["file"])
    text, onset = column(table, names["text"], names["file"]), numbers(table, names["onset"], names["file"])
    offset = _offsets(table, names, onset)
    ids = column(table, names["sentence"], names["file"]) if "sentence" in names else None
    keep = np.flatnonzero(np.isfinite(onset) & ~text.isin(NO_WORD).to_numpy())
    keep = keep[np.argsort(onset[keep], kind="stable")]
    sentences = None
    if "sentences" in entry.tables:
        keys = entry.tables["sentences"]
        rows = read_table(keys["file"])
        starts = numbers(rows, keys["onset"], keys["file"])
        sentences = pd.DataFrame({"onset": starts, "offset": _offsets(rows, keys, starts),
                                  "text": column(rows, keys["text"], keys["file"])})  # fmt: skip
        sentences = sentences[sentences["onset"].notna() & ~sentences["text"].isin(MISSING)]
        sentences = sentences.sort_values("onset", kind="stable").reset_index(drop=True)
    return transcript(
        text.iloc[keep].tolist(),
        onset[keep],
        offset[keep],
        None if ids is None else [("" if s in MISSING else s) for s in ids.iloc[keep]],
        sentences,
    )


def _offsets(table: pd.DataFrame, keys: Mapping[str, Any], onset: np.ndarray) -> np.ndarray:
    if "offset" in keys:
        return numbers(table, keys["offset"], keys["file"])
    if "duration" in keys:
        return onset + numbers(table, keys["duration"], keys["file"])
    return np.full(len(onset), np.nan)


def _cuts(entry: Entry) -> np.ndarray | None:
    if "scene_cuts" not in entry.tables:
        return None
    names = entry.tables["scene_cuts"]
    times = numbers(read_table(names["file"]), names.get("onset", "onset"), names["file"])
    return np.unique(np.round(times[np.isfinite(times)], DECIMALS))


def _synchronised(entry: Entry) -> list[Showing]:
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


def _start(run: Run, entry: Entry) -> float:
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
