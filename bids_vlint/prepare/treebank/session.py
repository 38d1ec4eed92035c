"""One session: what is known of it from all sides, what was checked of it, and the tables that are made of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError
from bids_vlint.film.length import length_of
from bids_vlint.prepare.checks import GOOD, LIES, MARKED, UNCHECKED, Check, SessionChecks
from bids_vlint.prepare.treebank.authors import Authors
from bids_vlint.prepare.treebank.contacts import (
    bad_labels,
    bare_label,
    channel_labels,
    channels_table,
    check_frame,
    check_names,
    check_status,
    is_anonymous,
    places_table,
)
from bids_vlint.prepare.treebank.films import check_film_file, film_file, find_trial
from bids_vlint.prepare.treebank.frames import check_frames, compared
from bids_vlint.prepare.treebank.neuroprobe import Neuroprobe, Trial
from bids_vlint.prepare.treebank.recording import TreebankRecording, check_signals
from bids_vlint.prepare.treebank.timing import (
    check_against,
    check_clock,
    check_jitter,
    check_length,
    check_order,
    check_pauses,
    pairs_of_triggers,
    pairs_of_words,
    recording_times,
    showings_of,
)
from bids_vlint.prepare.treebank.triggers import check_triggers, strange_channels
from bids_vlint.prepare.treebank.words import check_texts, words_of_authors, words_of_package
from bids_vlint.study.dataset import Run

_FEW_PLACED = 0.99


@dataclass(frozen=True)
class Sources:
    """Where everything but the signals is from.

    Attributes
    ----------
    package : Neuroprobe
    authors : Authors
    films : Path | None
        The user's folder of films.
    correct_films : bool
        Whether words are moved to a film that is off.
    """

    package: Neuroprobe
    authors: Authors
    films: Path | None = None
    correct_films: bool = False


@dataclass(frozen=True)
class Session:
    """A session that was looked at.

    Attributes
    ----------
    recording : TreebankRecording
    checks : SessionChecks
    film : str | None
        Its name.
    video : Path | None
        The user's file of it.
    words : DataFrame
        onset, offset (s in the film), word, so_far, sentence, and recording (s) and sample, where they are known.
    pairs : DataFrame
        movie (s), sample.
    channels, places : DataFrame
        The new channels.tsv and electrodes.tsv.
    sound : DataFrame | None
        Of a film that the user has not: onset (s in the film), pitch, volume, ... of its words.
    """

    recording: TreebankRecording
    checks: SessionChecks
    film: str | None
    video: Path | None
    words: pd.DataFrame
    pairs: pd.DataFrame
    channels: pd.DataFrame
    places: pd.DataFrame
    sound: pd.DataFrame | None = None


def labels_in(recording: TreebankRecording, authors: Authors) -> dict[str, str | None]:
    """The label of each channel of a recording, as far as it is known."""
    return channel_labels(recording.channels["name"].tolist(), _listed(recording, authors))


def _listed(recording: TreebankRecording, authors: Authors) -> tuple[str, ...] | None:
    subject = recording.subject or 0
    own = authors.electrode_labels(subject)
    if own is None and is_anonymous(recording.channels["name"].tolist()):
        return authors.given_labels(subject)
    return own


def bad_contacts(recordings: Collection[TreebankRecording], authors: Authors) -> set[str]:
    """Labels of a participant's contacts that any of his recordings, or the authors' list, calls bad."""
    found = {bare_label(label) for one in recordings for label in authors.corrupted(one.subject or 0) or ()}
    return found | {label for one in recordings for label in bad_labels(one.channels, labels_in(one, authors))}


def unreadable(run: Run, error: InputError) -> SessionChecks:
    """What is told of a session that has a table which cannot be read: it is refused, and the others go on."""
    return SessionChecks(run.subject, run.label, "", (Check("tables", LIES, "", f"{error.where}: {error.wrong}"),))


def look_at(recording: TreebankRecording, sources: Sources, bad: Collection[str], *, needed: bool) -> Session:
    """Put together what is known of a session, and check it.

    Parameters
    ----------
    recording : TreebankRecording
    sources : Sources
    bad : collection of str
        Labels of the participant's bad contacts (`bad_contacts`).
    needed : bool
        Whether the signals have to be there.

    Raises
    ------
    InputError
        A file of the sources that is not as it should be (65), or not there (66).
    """
    subject = recording.subject
    trial, film_check = find_trial(subject or 0, recording.run.get("run"), recording.title, sources.package.films)
    checks = [film_check, check_signals(recording, needed=needed)]
    film = sources.package.films[trial] if trial else None
    words, pairs, video = _NO_WORDS, _NO_PAIRS, None
    if trial is not None and film is not None:
        try:
            words, pairs, said = _timed_words(recording, sources, trial, film)
            checks += said
        except _NothingKnownError as error:
            checks.append(Check("text", LIES, "", str(error)))
    if film is not None and len(words):
        words, pairs, video, said = _on_film(words, pairs, film, recording, sources)
        checks += said
    channels, places, said = _contacts(recording, sources, bad)
    checks += said
    told = SessionChecks(recording.run.subject, recording.run.label, film or "", tuple(checks))
    sound = sources.package.sound(film) if film is not None and video is None else None
    return Session(recording, told, film, video, words, pairs, channels, places, sound)


class _NothingKnownError(Exception):
    """A session of which no table says what was said, or when."""


_NO_WORDS = pd.DataFrame(columns=["onset", "offset", "word", "so_far", "sentence", "sample", "recording"])
_NO_PAIRS = pd.DataFrame(columns=["movie", "sample"])


def _timed_words(
    recording: TreebankRecording, sources: Sources, trial: Trial, film: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Check]]:
    """Words and pairs of times: the authors' own where they are there, else the package's."""
    own, package = sources.authors.transcript(film), sources.package.words(trial)
    timings, rate = sources.authors.timings(trial), recording.rate
    theirs = words_of_package(package, sources.package.said(trial)) if package is not None else None
    if own is None and theirs is None:
        raise _NothingKnownError(f"the package has no words of subject {trial[0]}, trial {trial[1]}")
    if timings is None and theirs is None:
        raise _NothingKnownError(f"neither the package nor subject_timings say when {film} was shown")
    words = words_of_authors(*own) if own is not None else theirs
    own_pairs = pairs_of_words(theirs) if theirs is not None else None
    pairs = pairs_of_triggers(*timings) if timings is not None else own_pairs
    assert words is not None
    assert pairs is not None
    said = [Check("source", GOOD, f"words: {'transcripts' if own is not None else 'neuroprobe'}; "
                  f"times: {'subject_timings' if timings is not None else 'neuroprobe'}")]  # fmt: skip
    said += [clock := check_clock(pairs, rate), check_order(pairs), check_length(pairs, recording.n_samples)]
    if clock.verdict == LIES:
        why = "the clock is refused"
        untold = [Check(name, UNCHECKED, "", why) for name in ("jitter", "pauses", "placed")]
        return words.assign(recording=np.nan), pairs, [*said, check_texts(words), *untold]
    said += [check_jitter(pairs, rate), check_pauses(pairs, rate)]
    if timings is not None and own_pairs is not None:
        said.append(check_against(pairs, own_pairs, rate))
    words, placed = _placed(words, pairs, rate)
    return words, pairs, [*said, check_texts(words), placed]


def _placed(words: pd.DataFrame, pairs: pd.DataFrame, rate: float) -> tuple[pd.DataFrame, Check]:
    """When each word was heard in the recording, and how many were."""
    time = recording_times(words["onset"].to_numpy(float), showings_of(pairs, rate))
    timed, heard = np.isfinite(words["onset"].to_numpy(float)), np.isfinite(time)
    words = words.assign(recording=time)
    own = words["sample"].to_numpy(float)
    words["sample"] = np.where(heard, np.where(np.isfinite(own), own, np.round(time * rate)), np.nan)
    value = f"{int(heard.sum())} of {int(timed.sum())} words"
    if heard.sum() < _FEW_PLACED * timed.sum():
        return words, Check("placed", MARKED, value, "the others were said while the sync table says nothing")
    return words, Check("placed", GOOD, value)


def _on_film(
    words: pd.DataFrame, pairs: pd.DataFrame, film: str, recording: TreebankRecording, sources: Sources
) -> tuple[pd.DataFrame, pd.DataFrame, Path | None, list[Check]]:
    """The words on the user's film: what was checked of it, and all times moved to it where that was asked for."""
    video = film_file(sources.films, film, recording.title)
    length = length_of(video) if video is not None else None
    said = [check_film_file(video, length, words["onset"].dropna().tolist())]
    if video is None:
        return words, pairs, None, said
    try:
        found = compared(video, sources.authors.frames(film))
        offset, check = check_frames(video, found, correct=sources.correct_films)
    except InputError as error:
        offset, check = 0.0, Check("frames", LIES, "", f"{error.where}: {error.wrong}")
    moved = words.assign(onset=words["onset"] + offset, offset=words["offset"] + offset)
    return moved, pairs.assign(movie=pairs["movie"] + offset), video, [*said, check]


def _contacts(
    recording: TreebankRecording, sources: Sources, bad: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Check]]:
    """Channels and places, with what was checked of them."""
    names, listed = recording.channels["name"].tolist(), _listed(recording, sources.authors)
    contacts = sources.package.contacts(recording.subject or 0)
    file = Path(f"btbank{recording.subject}_mni_coords.csv")
    known = [bare_label(label) for label in contacts["electrode_label"]] if contacts is not None else []
    labels = channel_labels(names, listed)
    stated = sources.authors.corrupted(recording.subject or 0) is not None
    strange = strange_channels(recording)
    said = [check_names(names, listed, known), check_triggers(recording.channels, labels, strange),
            check_status(recording.channels, labels, bad, listed=stated)]  # fmt: skip
    places = pd.DataFrame()
    if contacts is not None:
        said.append(check_frame(contacts, file))
        places = places_table(labels, contacts, file)
    return channels_table(recording.channels, labels, bad, strange), places, said
