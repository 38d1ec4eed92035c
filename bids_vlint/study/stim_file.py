"""The film that a row of events.tsv names: by stim_file, or by the stim_id of BEP 044."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

import pandas as pd

from bids_vlint.files.paths import path_there
from bids_vlint.files.tables import says_nothing
from bids_vlint.log import remark

_VIDEO = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".ogv", ".flv", ".ts", ".mts")
_STIMULI = "stimuli"


def is_film(cell: str) -> bool:
    """Whether a cell names a video."""
    return cell.lower().endswith(_VIDEO)


def may_name_a_film(file: Path) -> bool:
    """Whether the bytes of a table that cannot be read as one hold the name of a video, or a stim_id."""
    content = file.read_bytes().replace(b"\0", b"").lower()
    return any(word.encode() in content for word in (*_VIDEO, "stim_id"))


def film_path(root: Path, name: str) -> Path:
    """Where a film lies whose name is a path below stimuli/."""
    return path_there(root, _STIMULI) / name


def with_films(events: pd.DataFrame, root: Path) -> pd.DataFrame:
    r"""Events whose stim_file is a film's path below stimuli/, where it names one; other cells as they are.

    A film may be named with \ for /, in another case, with the folders of another machine, or, where stim_file says
    nothing, by stim_id (BEP 044: stimuli/stim-LABEL_video.mp4 or stim-LABEL.mp4). A remark says what was taken where
    that is not what was written. A whole path of a file outside stimuli/ stays, with a remark.

    Parameters
    ----------
    events : DataFrame
        Without either column, it is returned as it is.
    root : Path
        The data set.
    """
    names: pd.Series | None = events.get("stim_file")
    if "stim_id" in events:
        films = {label: _of_label(root, label) for label in set(events["stim_id"][~says_nothing(events["stim_id"])])}
        named = events["stim_id"].map(lambda label: films.get(label) or "")
        names = named if names is None else names.where(~says_nothing(names), named)
    if names is None:
        return events
    folder = path_there(root, _STIMULI)
    there = {name: _below_stimuli(folder, name) for name in dict.fromkeys(names) if is_film(name)}
    return events.assign(stim_file=names.map(lambda name: there.get(name, name)))


def _below_stimuli(folder: Path, name: str) -> str:
    """A film's path below stimuli/."""
    written = [name, name.replace("\\", "/")]
    inside = [_without_folder(n) for n in written]
    for path in inside:
        if os.path.lexists(folder / path):
            return path
    if Path(name).is_absolute() and Path(name).is_file():
        remark(f"stim_file {name} lies outside the data set: others who run it will lack this film.")
        return name
    for path in (inside[1], PurePosixPath(inside[1]).name):
        found = path_there(folder, path)
        if os.path.lexists(found):
            if path != inside[1]:
                remark(f"stim_file {name} is not there; {_STIMULI}/{path} was taken for it.")
            return found.relative_to(folder).as_posix()
    return inside[1]


def _without_folder(name: str) -> str:
    parts = PurePosixPath(name.lstrip("/")).parts
    return "/".join(parts[1:] if parts[:1] == (_STIMULI,) else parts)


def _of_label(root: Path, label: str) -> str | None:
    """The one film of a stimulus's label, as BEP 044 names it."""
    stem = label if label.startswith("stim-") else f"stim-{label}"
    wanted = re.compile(rf"{re.escape(stem)}(_video|_audiovideo)?({'|'.join(map(re.escape, _VIDEO))})", re.IGNORECASE)
    folder = path_there(root, _STIMULI)
    found = sorted(f for f in folder.rglob("stim-*") if wanted.fullmatch(f.name)) if folder.is_dir() else []
    if len(found) > 1:
        remark(f"stim_id {label} is no one film: {', '.join(f.name for f in found[:4])}.")
    return found[0].relative_to(folder).as_posix() if len(found) == 1 else None
