"""Which film a session shows: by its title and by its number, and where the user keeps it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bids_vlint.errors import Exit, InputError
from bids_vlint.prepare.checks import GOOD, LIES, MARKED, UNCHECKED, Check
from bids_vlint.prepare.treebank.neuroprobe import Trial

_VIDEOS = (".mp4", ".mkv", ".avi", ".mov", ".m4v", ".webm", ".mpg", ".mpeg", ".ts", ".wmv")
_SPELLED = {  # titles of nm000253 that the package's names of films abbreviate, or add to
    "lordoftherings1": "lotr1",
    "lordoftherings2": "lotr2",
    "spidermanhomecoming": "spiderman3homecoming",
}


def squeezed(title: str) -> str:
    """A title by its letters and digits alone, without a leading article, as the package spells it.

    Examples
    --------
    >>> [squeezed(t) for t in ("The Incredibles", "ant-man", "Lord Of The Rings 1", "Spiderman Homecoming")]
    ['incredibles', 'antman', 'lotr1', 'spiderman3homecoming']
    """
    bare = re.sub(r"[^a-z0-9]", "", re.sub(r"^(the|a)[^a-z0-9]+", "", title.strip().lower()))
    return _SPELLED.get(bare, bare)


def find_trial(
    subject: int, run: str | None, title: str | None, films: Mapping[Trial, str]
) -> tuple[Trial | None, Check]:
    """The trial that a recording is, by the title of its film, and where it has none by its number (a run is a trial
    counted from 1).

    Parameters
    ----------
    subject : int
    run : str | None
        Label of the run.
    title : str | None
        What the recording's sidecar calls the film.
    films : Trial -> name

    Returns
    -------
    trial : Trial | None
        None where nothing tells, or title and number name two films.
    check : Check
    """
    own = {trial: film for trial, film in films.items() if trial[0] == subject}
    by_title = [trial for trial, film in own.items() if title and squeezed(film) == squeezed(title)]
    number = (subject, int(run) - 1) if run is not None and run.isdigit() else None
    by_number = number if number in own else None
    value = f"title {title or 'n/a'}, run {run or 'n/a'}"
    if title and not by_title:
        theirs = f"; run {run} would be {own[by_number]}" if by_number else ""
        return None, Check("film", LIES, value, f"the words of participant {subject} have no film {title!r} (they have "
                           f"{', '.join(own.values()) or 'none'}){theirs}")  # fmt: skip
    if len(by_title) == 1 and by_number is not None and own[by_number] != own[by_title[0]]:
        return None, Check("film", LIES, value, f"its title says {own[by_title[0]]} (trial {by_title[0][1]}) and its "
                           f"number {own[by_number]} (trial {by_number[1]})")  # fmt: skip
    if len(by_title) == 1:
        trial = by_title[0]
        return trial, Check("film", GOOD, f"{value}: trial {trial[1]}")
    if by_number is not None:
        says = "" if by_title else "the sidecar names no film: the number of the run is believed"
        return by_number, Check("film", GOOD if by_title else MARKED, f"{value}: trial {by_number[1]}", says)
    return None, Check("film", LIES, value, "neither a title nor the number of the run says which film it shows")


def films_folder(given: Path | None) -> Path | None:
    """The user's folder of films, where one is named.

    Raises
    ------
    InputError
        66: it is not there.
    """
    if given is not None and not given.is_dir():
        raise InputError(given, "is no folder", "give the folder of the films with --films", Exit.NO_INPUT)
    return given


def film_file(folder: Path | None, film: str, title: str | None) -> Path | None:
    """The file of a film in the user's folder: named as the package or the sidecar calls it, however spelled.

    Raises
    ------
    InputError
        The folder has two files of one film (65).
    """
    if folder is None:
        return None
    names = {squeezed(film), *([squeezed(title)] if title else [])}
    found = sorted(file for file in folder.iterdir()
                   if file.suffix.lower() in _VIDEOS and squeezed(file.stem) in names)  # fmt: skip
    if len(found) > 1:
        raise InputError(folder, f"has two files of one film ({found[0].name}, {found[1].name})", "keep one of them")
    return found[0] if found else None


def check_film_file(file: Path | None, length: float | None, words: Sequence[float]) -> Check:
    """Whether the user's film is there, and long enough for the words.

    Parameters
    ----------
    file : Path | None
    length : float | None
        Seconds; None where the file does not say.
    words : sequence of float
        Onsets, s in the film.
    """
    last = max(words)
    if file is None:
        return Check("film file", UNCHECKED, "", "the film is not there: networks that read are run, those that see "
                     "are not")  # fmt: skip
    value = f"{file.name}, {f'{length:.0f} s' if length else 'length n/a'}; last word at {last:.0f} s"
    if length is not None and length < last:
        return Check("film file", LIES, value, f"{file.name} ends before its last word: it is another cut of the film")
    return Check("film file", GOOD, value)
