"""Which stimuli a run shows, when, and with which words and scene cuts, by the convention of its events.tsv.

A row whose `stim_file` names a video under stimuli/ marks its start; rows of trial_type `word` and `scene_cut` are
events. Otherwise a stimuli file gives them (`bids_vlint.study.stimuli_tables`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.files.tables import MISSING, column, numbers, read_table
from bids_vlint.study.dataset import Run, sidecars
from bids_vlint.study.languages import declared_languages
from bids_vlint.study.showings import Showing, from_rows
from bids_vlint.study.stimulus import Stimulus
from bids_vlint.study.transcript import TO_WORD, Transcript, is_annotation, preceding, transcript

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
        In movie time, sorted: movie_time, word, end, sentence, text (what the networks are shown), translation where
        there is one; as in `bids_vlint.study.transcript.Transcript`.
    heard : DataFrame
        In recording time: onset, duration, movie_time, word, text, translation; one row per word and showing.
    sentences : DataFrame
        In movie time: onset, offset, end, text, translation.
    cuts : (n,) float64 | None
        Scene cuts in movie time; None where no table gives them.
    outside, cuts_outside : int
        Words and rows of scene cuts outside every showing of any film.
    annotations : int
        Rows of words that are remarks such as [music], and are not used.
    language, translation_language : str | None
        Codes; None where not declared.
    """

    stimulus: Stimulus
    showings: tuple[Showing, ...]
    words: pd.DataFrame
    heard: pd.DataFrame
    sentences: pd.DataFrame
    cuts: np.ndarray | None
    outside: int
    cuts_outside: int = 0
    annotations: int = 0
    language: str | None = None
    translation_language: str | None = None

    @property
    def translated(self) -> bool:
        """Whether the texts are there in another language, too."""
        return "translation" in self.words

    def before(self, movie_time: np.ndarray, context: str) -> pd.DataFrame:
        """What was said last before these times: `bids_vlint.study.transcript.preceding`."""
        said = Transcript(self.words.rename(columns={"movie_time": "onset"}), self.sentences)
        return preceding(said, movie_time, context)

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


def by_convention(run: Run, context: str = TO_WORD) -> list[Presentation]:
    """The films of a run by convention, in order; empty where it shows none.

    Raises
    ------
    InputError
        A cell of events.tsv that is no number, a language in events.json that is none (65).
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
    elif "word" not in words:
        words = words.assign(word="")
    language, translation_language = declared_languages(run)
    shown = [
        _presentation(_stimulus(run.root, str(name)), showings[name], words, cuts, context, first=k == 0,
                      all_shown=showings)
        for k, name in enumerate(showings)
    ]  # fmt: skip
    return [replace(p, language=language, translation_language=translation_language) for p in shown]


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
        translation=given_cells(heard, "translation"),
        stretch=np.cumsum(np.diff(movie, prepend=movie[:1]) < 0),  # a film that was wound back
    )
    heard = heard.assign(**{c: text.words[c].to_numpy() for c in ("sentence", *text_columns(text))})
    heard["end"] = movie + (text.words["end"].to_numpy(float) - onset)
    unique = longest_texts(heard)
    for name in text_columns(text) if len(heard) else ():  # what a network is shown at a time, it is shown once
        heard[name] = heard["movie_time"].map(unique.set_index("movie_time")[name])
    outside, cuts_outside = (_outside(rows, all_shown) if first else 0 for rows in (words, cuts))
    starts, ends = (text.sentences[c].to_numpy(float) for c in ("onset", "end"))
    movie = _movie_times(starts, showings)
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


def given_cells(rows: pd.DataFrame, name: str) -> list[str] | None:
    """A column's cells, "" where they say nothing; None where there is no such column or it is empty."""
    if name not in rows:
        return None
    cells = ["" if s in MISSING else s for s in rows[name]]
    return cells if any(cells) else None


def text_columns(text: Transcript) -> list[str]:
    """Columns of what is said: the text, and its translation where there is one."""
    return [c for c in ("text", "translation") if c in text.words]


def longest_texts(words: pd.DataFrame) -> pd.DataFrame:
    """One row for each movie time, in order: that with the longest text (two words may have one onset)."""
    longest_first = words.iloc[np.argsort([-len(text) for text in words["text"]], kind="stable")]
    return longest_first.drop_duplicates("movie_time").sort_values("movie_time").reset_index(drop=True)


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
