"""The tables of the Python package neuroprobe (MIT), read as files: to import it asks for an environment and torch."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.prepare.treebank.archive import Opened, named, opened, table, text

_PACKAGE, _CONFIG = "neuroprobe", "config.py"
_FILMS = "BRAINTREEBANK_SUBJECT_TRIAL_MOVIE_NAME_MAPPING"
_SESSION = re.compile(r"btbank(\d+)_(\d+)")
_HOW = "give its wheel (pip download --no-deps neuroprobe), its folder, or install it"
_WORDS = ("original_index", "est_idx", "start", "end", "context", "full_word")
_SOUND = {"onset": "start", "pitch": "raw_pitch", "volume": "raw_volume", "speech_pitch": "enhanced_pitch",
         "speech_volume": "enhanced_volume"}  # fmt: skip
_CONTACTS = ("electrode_label", "name", "hem", "mni152_x", "mni152_y", "mni152_z")

Trial = tuple[int, int]  # subject and trial, as Brain Treebank numbers them


@dataclass(frozen=True)
class Neuroprobe:
    """Where the package's files are, and which films it names.

    Attributes
    ----------
    place : folder or folder within a wheel
    films : Trial -> name of a film
    """

    place: Opened
    films: Mapping[Trial, str]

    def words(self, trial: Trial) -> pd.DataFrame | None:
        """The words of a session in the table's order, cells as text; None where there is no table of it."""
        file = self.place / "braintreebank_features_time_alignment" / f"subject{trial[0]}_trial{trial[1]}_words_df.csv"
        return _checked(file, _WORDS) if file.is_file() else None

    def contacts(self, subject: int) -> pd.DataFrame | None:
        """The contacts of a participant with MNI152 coordinates (mm), cells as text; None where there is no table."""
        file = self.place / "mni_coords" / f"btbank{subject}_mni_coords.csv"
        return _checked(file, _CONTACTS) if file.is_file() else None

    def sound(self, film: str) -> pd.DataFrame | None:
        """Pitch (Hz) and volume of a film's words, of all that is heard and of speech: onset (s in the film), pitch,
        volume, speech_pitch, speech_volume; None where there is no file of it."""
        file = self.place / "pitch_volume_features" / f"{film}_pitch_volume_features.json"
        if not file.is_file():
            return None
        try:
            rows = list(json.loads(text(file)).values())
            found = pd.DataFrame({name: [float(row[key]) for row in rows] for name, key in _SOUND.items()})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(named(file), f"is not as it should be ({error!r})", "fetch neuroprobe 0.1.8") from None
        return found.sort_values("onset", kind="stable").reset_index(drop=True)

    def said(self, trial: Trial) -> Path:
        """How the words of a session are called in messages."""
        return named(self.place / f"subject{trial[0]}_trial{trial[1]}_words_df.csv")


def find_neuroprobe(given: Path | None) -> Neuroprobe:
    """Find the package and read which film each session shows.

    Parameters
    ----------
    given : Path | None
        Its wheel, its folder or the one above; None: where it is installed.

    Raises
    ------
    InputError
        It is not there (66), or is not this package (65).
    """
    place = _inside(opened(given) if given is not None else _installed())
    config = place / _CONFIG
    if not config.is_file():
        raise InputError(named(place), f"is not the package neuroprobe (it has no {_CONFIG})", _HOW)
    return Neuroprobe(place, _films_of(text(config), named(config)))


def _installed() -> Path:
    found = find_spec(_PACKAGE)  # of a package at the top nothing is imported
    if found is None or not found.submodule_search_locations:
        raise InputError("--words", "is not given, and neuroprobe is not installed", _HOW, Exit.NO_INPUT)
    return Path(next(iter(found.submodule_search_locations)))


def _inside(place: Opened) -> Opened:
    below = place / _PACKAGE
    return below if (below / _CONFIG).is_file() else place


def _films_of(code: str, file: Path) -> dict[Trial, str]:
    """The literal dictionary of films, from the text of config.py."""
    try:
        assigned = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Assign | ast.AnnAssign)]
        value = next(node.value for node in assigned if node.value is not None and _FILMS in _targets(node))
        films = ast.literal_eval(value)
        found = {(int(m[1]), int(m[2])): str(film) for key, film in films.items() if (m := _SESSION.fullmatch(key))}
    except (SyntaxError, StopIteration, ValueError, AttributeError, TypeError, RecursionError):
        found = {}
    if not found:
        raise InputError(file, f"names no films ({_FILMS})", "fetch neuroprobe 0.1.8")
    return found


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _checked(file: Opened, columns: tuple[str, ...]) -> pd.DataFrame:
    found = table(file, columns)
    lacking = [name for name in columns if name not in found]
    if lacking:
        raise InputError(named(file), f"has no column {lacking[0]!r}", "fetch neuroprobe 0.1.8 again")
    return found
