"""The series of a stimulus, decoded once and kept: in the store by the file's content, or beside a model set."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from math import ceil
from pathlib import Path

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.files.access import NOT_FETCHED, why_absent
from bids_vlint.files.atomic import atomic
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.files.lock import only_one
from bids_vlint.log import logger
from bids_vlint.networks.low_level.picture import picture_series
from bids_vlint.networks.low_level.series import Series
from bids_vlint.networks.low_level.sound import N_MEASURES, sound_series
from bids_vlint.study.stimulus import Stimulus
from bids_vlint.version import version_of

_REVISION = 3  # of this way of making them: kept ones of another are not used
_STEP_S = 60.0  # decoded is a whole number of minutes, so that a few events more change nothing
_NOTHING = Series(None, 0.0)


@dataclass(frozen=True)
class Measured:
    """What is measured of a stimulus.

    Attributes
    ----------
    sound, picture : Series
    until : float
        Seconds of movie time that were decoded at most.
    made_from : str
        Digest of the file's content and of what decoded it; "" of nothing.
    """

    sound: Series = _NOTHING
    picture: Series = _NOTHING
    until: float = 0.0
    made_from: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing could be decoded."""
        return self.sound.data is None and self.picture.data is None


def measured(stimulus: Stimulus, until: float, store: Path, beside: Path) -> Measured:
    """Find or make the series of a stimulus; whatever is wrong with its file is said in their notes.

    Parameters
    ----------
    stimulus : Stimulus
    until : float
        Seconds of movie time that are needed.
    store : Path
        The folder where they are kept.
    beside : Path
        A file of the model set's folder that holds them where `bids_vlint features` wrote it: it is taken where it
        is of this stimulus's file, and where that is not there or cannot be decoded.
    """
    if absent := why_absent(stimulus.path):
        do = f"; {absent.do}" if absent.wrong == NOT_FETCHED else ""
        nothing = replace(_NOTHING, note=f"{absent.wrong}{do}")
        return _read(beside) or Measured(nothing, nothing)
    name = made_from(stimulus)
    for path in (beside, _file(store, name)):
        kept = _read(path)
        if kept is not None and kept.made_from == name and kept.until >= until:
            return kept
    made = _kept(stimulus, until, store, name)
    return (_read(beside) or made) if made.empty else made


def made_from(stimulus: Stimulus) -> str:
    """Digest of everything that the series of a stimulus depend on, but for how far it is decoded."""
    files = [digest_of(f) if f is not None and f.is_file() else None for f in (stimulus.video, stimulus.audio)]
    versions = [version_of(n) for n in ("av", "scipy")]
    return key_of({"revision": _REVISION, "files": files, "sound_track": stimulus.sound_track, "versions": versions})


def write_measured(measured: Measured, path: Path) -> None:
    """Write series as one npz file: arrays `sound` and `picture` (empty where there is none), `about` as JSON."""
    about = {"until": measured.until, "made_from": measured.made_from}
    arrays = {}
    for name in ("sound", "picture"):
        series = getattr(measured, name)
        arrays[name] = np.empty((0, 0), np.float32) if series.data is None else series.data
        about[name] = {k: v for k, v in asdict(replace(series, data=None)).items() if k != "data"}
    with atomic(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays, about=np.array(json.dumps(about)))  # type: ignore[arg-type]


def read_measured(path: Path) -> Measured | None:
    """Read series; None where there are none or where what is there is damaged."""
    try:
        with np.load(path, allow_pickle=False) as content:
            about = json.loads(str(content["about"]))
            found = {n: Series(content[n] if content[n].size else None, **about[n]) for n in ("sound", "picture")}
        heard = found["sound"].data
        if heard is not None and heard.shape[1:] != (N_MEASURES,):
            logger.warning("%s: made by another version, not used", path)
            return None
        return Measured(**found, until=float(about["until"]), made_from=str(about["made_from"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        logger.warning("%s: damaged, not used", path)
        return None


def _file(store: Path, name: str) -> Path:
    return store / f"low_level-{name}.npz"


def _read(path: Path) -> Measured | None:
    if not path.is_file():
        return None
    stat = path.stat()
    return _read_once(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _read_once(path: Path, size: int, mtime_ns: int) -> Measured | None:
    return read_measured(path)


def _kept(stimulus: Stimulus, until: float, store: Path, name: str) -> Measured:
    """Make series and keep them, unless another process has done so meanwhile."""
    path = _file(store, name)
    try:
        with only_one(store, path.stem):
            kept = _read(path)
            if kept is not None and kept.made_from == name and kept.until >= until:
                return kept
            made = _make(stimulus, _STEP_S * ceil(until / _STEP_S), name)
            if not made.empty:
                write_measured(made, path)
            return made
    except InputError as error:  # a folder that cannot be written is told where something has to be
        logger.warning("%s", error)
        return _make(stimulus, _STEP_S * ceil(until / _STEP_S), name)


def _make(stimulus: Stimulus, until: float, name: str) -> Measured:
    logger.info("low_level: sound and picture of %s", stimulus.name)
    sound = sound_series(stimulus.audio or stimulus.path, until, stimulus.sound_track)
    picture = picture_series(stimulus.video, until) if stimulus.video else replace(_NOTHING, note="it has no picture")
    return Measured(sound, picture, until, name)
