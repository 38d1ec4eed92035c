"""The authors' own files, as braintreebank.dev gives them: folders or the zip files themselves, side by side."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.prepare.treebank.archive import Opened, content, named, opened, table, text
from bids_vlint.prepare.treebank.neuroprobe import Trial

_CORRUPTED = "corrupted_elec.json"
_FRAME = re.compile(r"frame_0*(\d+)\.png", re.IGNORECASE)


@dataclass(frozen=True)
class Authors:
    """What there is of the authors' own files.

    Attributes
    ----------
    folders : tuple of folders or zip files
        In which subject_timings, transcripts, electrode_labels, movie_frames and corrupted_elec.json are looked for.
    labels : Path | None
        An electrode_labels.json that was named, for the participants whose channels have no names.
    """

    folders: tuple[Opened, ...] = ()
    labels: Path | None = None

    def timings(self, trial: Trial) -> tuple[pd.DataFrame, Path] | None:
        """The triggers of a session and the name of their file: type, movie_time (s), index (sample)."""
        return self._table(
            "subject_timings", f"sub_{trial[0]}_trial{trial[1]:03d}_timings.csv", ("movie_time", "index")
        )

    def transcript(self, film: str) -> tuple[pd.DataFrame, Path] | None:
        """The words of a film and the name of their file: text, start, end (s in the film), sentence_idx, ..."""
        return self._table(f"transcripts/{film}", "features.csv", ("text", "start", "end"))

    def _table(self, folder: str, name: str, columns: tuple[str, ...]) -> tuple[pd.DataFrame, Path] | None:
        file = self._file(f"{folder}/{name}")
        if file is None:
            return None
        found = table(file, columns)
        if lacking := [column for column in columns if column not in found]:
            raise InputError(named(file), f"has no column {lacking[0]!r}", "fetch it again")
        return found, named(file)

    def electrode_labels(self, subject: int) -> tuple[str, ...] | None:
        """The names of a participant's channels, in their order; None where they are not there."""
        own = self._file(f"electrode_labels/sub_{subject}/electrode_labels.json")
        if own is None:
            return None
        return _names(_json(own), named(own))

    def given_labels(self, subject: int) -> tuple[str, ...] | None:
        """The names in the file that was named, as a list or under the participant's key; None where none was."""
        if self.labels is None:
            return None
        found = _json(self.labels)
        if isinstance(found, dict):
            found = next((found[key] for key in (f"sub_{subject}", f"subject{subject}") if key in found), None)
        return None if found is None else _names(found, self.labels)

    def corrupted(self, subject: int) -> tuple[str, ...] | None:
        """The contacts of a participant that the authors call corrupted; None where their list is not there."""
        file = self._file(_CORRUPTED)
        if file is None:
            return None
        found = _json(file)
        if not isinstance(found, dict):
            raise InputError(named(file), "holds no lists of contacts", "fetch it again")
        return _names(found.get(f"sub_{subject}", []), named(file))

    def frames(self, film: str) -> dict[int, bytes]:
        """The frames of a film that the authors show, by their number: PNG files; empty where there are none."""
        for folder in (folder for folder in self._folders(f"movie_frames/{film}") if folder.is_dir()):
            found = {int(m[1]): content(file) for file in folder.iterdir() if (m := _FRAME.fullmatch(file.name))}
            if found:
                return dict(sorted(found.items()))
        return {}

    def _file(self, path: str) -> Opened | None:
        parent, _, name = path.rpartition("/")
        places = (folder / name for folder in self._folders(parent))
        return next((place for place in places if place.is_file()), None)

    def _folders(self, path: str) -> Iterator[Opened]:
        """Where a path is found: as it is, in a zip file of its first part, and in one that unpacks into itself."""
        first, _, rest = path.partition("/")
        for folder in self.folders:
            yield folder / path if path else folder
            zipped = folder / f"{first}.zip"
            if path and isinstance(zipped, Path) and zipped.is_file() and zipfile.is_zipfile(zipped):
                yield zipfile.Path(zipped) / path
                yield zipfile.Path(zipped) / rest if rest else zipfile.Path(zipped)


def authors_files(given: Path | None, recordings: Path, labels: Path | None) -> Authors:
    """Say where the authors' own files are looked for.

    Parameters
    ----------
    given : Path | None
        A folder (or a zip file of all) that the user names.
    recordings : Path
        The data set, whose folder `code` has the transcripts, if they were fetched.
    labels : Path | None
        An electrode_labels.json.

    Raises
    ------
    InputError
        66: what was named is not there.
    """
    if labels is not None and not labels.is_file():
        raise InputError(labels, "is not there", "give the file electrode_labels.json", Exit.NO_INPUT)
    if given is not None and not given.exists():
        raise InputError(given, "is not there", "give the folder of the authors' files", Exit.NO_INPUT)
    return Authors(((opened(given),) if given is not None else ()) + (recordings / "code",), labels)


def _json(place: Opened) -> Any:
    try:
        return json.loads(text(place))
    except (ValueError, RecursionError) as error:
        raise InputError(named(place), f"is no valid JSON ({error})", "fetch it again") from None


def _names(found: Any, file: Path) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise InputError(file, "is no list of names", "fetch it again")
    return tuple(found)
