"""Features that were computed elsewhere: one HDF5 file per stimulus and alignment."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from pathlib import Path

import h5py
import numpy as np

from bids_vlint.errors import InputError, cannot_use, did_you_mean
from bids_vlint.files.access import check_file
from bids_vlint.networks.family import Family
from bids_vlint.networks.features import Features, Layers
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.networks.store import NO_TEXT
from bids_vlint.study.stimulus import Alignment, Stimulus, StimulusEvents

_AGAIN = "write it again (docs: precomputed features)"
# What h5py raises for files that are cut, damaged, or link in a circle.
_OF_HDF5 = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, MemoryError)


def _read(spec: ModelSpec, events: StimulusEvents) -> Features:
    """Read a network's features of one stimulus and alignment.

    Parameters
    ----------
    spec : ModelSpec
        Its `path` holds `{stimulus}` and `{alignment}`; relative paths start at the model set's folder.
    events : StimulusEvents
        Names the stimulus and the alignment; its onsets are matched by `bids_vlint.networks.extraction.match.rows_of`.

    Returns
    -------
    Features
        onset (n,) in the file's order; layers (n, n_features) float32, a one-dimensional layer being one feature.

    Raises
    ------
    InputError
        65 where the file is missing, unreadable or not of that form.
    """
    path = _file_of(spec, events.stimulus, events.alignment)
    if not path.exists() and not path.is_symlink():
        wrong = f"the features of {spec.label!r} for {events.stimulus.name} ({events.alignment}) are missing"
        raise InputError(path, wrong, "make this file or leave the network out of the model set")
    try:
        with _opened(path) as file:
            onset = _onset(path, file)
            names = _chosen(path, spec, [k for k, v in file.items() if _is_layer(k, v)])
            widths = {name: _width(path, file, name, len(onset)) for name in names}
            notes = list(json.loads(str(file.attrs.get("notes", "[]"))))
            text = file["text"].asstr()[()] if "text" in file and not _is_layer("text", file["text"]) else None
    except _OF_HDF5 as error:
        raise _damaged(path, error) from error
    if spec.modality == "multimodal" and spec.shown is None:
        notes.append(
            f"{spec.label}: the model set does not say what it was shown (`shown`): taken as picture and text."
        )
    stat = path.stat()
    for name in names:  # what is wrong with the values is said before anything is computed
        _check_values(path, name, stat.st_size, stat.st_mtime_ns)
    if text is None or len(text) != len(onset) or (text == NO_TEXT).all():  # a network that only sees
        return Features(onset, Layers(widths, partial(_layer, path)), str(path), tuple(notes))
    rows, n_other = _rows_of_texts(onset, text, events)
    if n_other:
        where = f"{n_other} of {len(events.onset)} events of {events.stimulus.name} ({events.alignment})"
        notes.append(f"{spec.label}: at {where} the features were made from another text (another --context?).")
    layers = Layers(widths, lambda name: _layer(path, name)[rows])
    return Features(onset[rows], layers, str(path), tuple(notes))


def _rows_of_texts(onset: np.ndarray, text: np.ndarray, events: StimulusEvents) -> tuple[np.ndarray, int]:
    """Choose a row for each onset of a file: the one of whose text these events' is, or has it as its end.

    Participants who saw other parts of a film may have other texts at one onset, where a sentence had begun before.

    Returns
    -------
    rows : (n,) int
    n_other : int
        Events whose text is in no row of their onset.
    """
    given = zip(events.onset, events.text, events.translation or events.text, strict=True)
    wanted = {round(float(t), 6): {said.strip() or NO_TEXT for said in texts} for t, *texts in given}
    best: dict[float, tuple[float, int]] = {}
    for row, (t, said) in enumerate(zip(np.round(onset, 6).tolist(), text.tolist())):
        likeness = max((_likeness(said, of) for of in wanted.get(t, ())), default=0.0)
        if t not in best or likeness > best[t][0]:
            best[t] = likeness, row
    rows = np.array(sorted(row for _, row in best.values()), int)
    return rows, sum(t in best and not best[t][0] for t in wanted)


def _likeness(said: str, whole: str) -> float:
    """1 for the same text, less for the end of it (texts are shortened to what a network takes), 0 for another."""
    if said.strip() == whole:
        return 1.0
    return len(said) / (len(whole) + 1) if whole.endswith(said) else 0.0


def _opened(path: Path) -> h5py.File:
    """Open a file of features; what lies in other files is no part of what its digest tells, and is refused."""
    check_file(path)
    file = h5py.File(path, "r")
    for name in file:
        if isinstance(file.get(name, getlink=True), h5py.ExternalLink):
            raise InputError(path, f"{name!r} lies in another file (an external link)", "copy it into this one")
        item = file[name]
        if _is_data(item) and (item.is_virtual or item.external):
            raise InputError(path, f"the data of {name!r} lie in another file", "copy them into this one")
    return file


def _damaged(path: Path, error: Exception) -> InputError:
    """Make the error of a file that HDF5 cannot read."""
    return cannot_use(path, error, "is no readable HDF5 file (truncated or damaged)", _AGAIN)


def _file_of(spec: ModelSpec, stimulus: Stimulus, alignment: Alignment) -> Path:
    """Name the file of a network's features for one stimulus and alignment."""
    name = str(spec.path).replace("{stimulus}", stimulus.name).replace("{alignment}", alignment)
    return (spec.folder / name).absolute()


def vision_onsets(models: ModelSet, stimulus: Stimulus) -> np.ndarray | None:
    """Take the scene cuts of an absent film from its precomputed vision features.

    Parameters
    ----------
    models : ModelSet
        Its precomputed networks are asked in order.
    stimulus : Stimulus
        The film.

    Returns
    -------
    (n_events,) float64 or None
        Seconds in movie time, sorted; None where no precomputed network has vision features of this film.
    """
    for spec in models.models:
        if spec.source == "precomputed" and _file_of(spec, stimulus, "vision").is_file():
            path = _file_of(spec, stimulus, "vision")
            try:
                with _opened(path) as file:
                    return np.unique(_onset(path, file))
            except _OF_HDF5 as error:
                raise _damaged(path, error) from error
    return None


def _is_data(item: h5py.Dataset | h5py.Group) -> bool:
    return isinstance(item, h5py.Dataset)


def _is_layer(name: str, item: h5py.Dataset | h5py.Group) -> bool:
    """Every data set but the onsets, and `text` where it holds what each event's network saw, for people."""
    return _is_data(item) and name != "onset" and not (name == "text" and item.dtype.kind in "OSU")


def _onset(path: Path, file: h5py.File) -> np.ndarray:
    if not _is_data(file.get("onset")):
        raise InputError(path, "has no data set 'onset'", "add each event's onset in seconds of movie time")
    onset = _numbers(path, file, "onset", np.float64)
    if onset.ndim != 1 or not len(onset):
        raise InputError(path, f"'onset' has shape {onset.shape}", "give one number per event")
    return onset


def _width(path: Path, file: h5py.File, name: str, n_events: int) -> int:
    data = file[name]
    if data.dtype.kind not in "fiub":
        raise InputError(path, f"{name!r} does not hold real numbers", _AGAIN)
    shape = data.shape if data.ndim != 1 else (*data.shape, 1)
    if len(shape) != 2 or shape[0] != n_events or not shape[1]:
        wrong = f"layer {name!r} has shape {data.shape} for {n_events} onsets"
        raise InputError(path, wrong, "give one row of features per onset")
    return int(shape[1])


@lru_cache(maxsize=65536)
def _check_values(path: Path, name: str, size: int, mtime_ns: int) -> None:
    """Read a layer, and raise InputError where it cannot be used; once while the file stays as it is."""
    _layer(path, name)


def _layer(path: Path, name: str) -> np.ndarray:
    try:
        with h5py.File(path, "r") as file:
            data = _numbers(path, file, name, np.float32)
    except _OF_HDF5 as error:
        raise _damaged(path, error) from error
    return data[:, None] if data.ndim == 1 else data


def _numbers(path: Path, file: h5py.File, name: str, dtype: type) -> np.ndarray:
    if file[name].dtype.kind not in "fiub":
        raise InputError(path, f"{name!r} does not hold real numbers", _AGAIN)
    with np.errstate(over="ignore"):  # too large for float32: infinite, and said so below
        data: np.ndarray = np.asarray(file[name][()], dtype=dtype)
    if not np.isfinite(data).all():
        raise InputError(path, f"{name!r} holds values that are not finite (NaN or infinite)", "correct these values")
    return data


def _chosen(path: Path, spec: ModelSpec, known: list[str]) -> list[str]:
    if not known:
        raise InputError(path, "holds no layer of features beside 'onset'", "add a data set per layer")
    if spec.layers is None:
        return known
    for wanted in spec.layers:
        if not any(fnmatchcase(name, wanted) for name in known):
            raise InputError(path, f"{spec.label!r} has no layer {wanted!r}", did_you_mean(wanted, known))
    return [name for name in known if any(fnmatchcase(name, wanted) for wanted in spec.layers)]


PRECOMPUTED = Family("precomputed", read=_read, file=_file_of, needs=("path",))
