"""What is computed once: features under the work directory, named by a digest of everything they depend on.

A file of the store has the form of precomputed features: data sets `onset`, `text`, and one for each layer.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import h5py
import numpy as np

from bids_vlint.errors import Exit, InputError, of_the_machine
from bids_vlint.files.atomic import check_room
from bids_vlint.log import logger
from bids_vlint.networks.features import Features, Layers

_SLAB_BYTES = 2**26  # what is read at a time of a layer that is only checked
NO_TEXT = "n/a"
RESERVED = ("onset", "text")  # what a file of features holds beside its layers


def file_in(store: Path, key: str) -> Path:
    """Name the file of what `key` names."""
    return store / f"{key}.h5"


def load_features(store: Path, key: str) -> Features | None:
    """Open features that were kept; None where there are none or where what is there is damaged.

    Parameters
    ----------
    store : Path
        The folder.
    key : str
        From `key_of`.
    """
    path = file_in(store, key)
    if not path.is_file():
        return None
    stat = path.stat()
    if not _intact(path, stat.st_size, stat.st_mtime_ns):
        logger.warning("%s: damaged, computed again", path)
        return None
    with h5py.File(path, "r") as file:
        onset = np.asarray(file["onset"][()], dtype=np.float64)
        widths = {name: int(file[name].shape[1]) for name in json.loads(str(file.attrs["layers"]))}
        notes = tuple(json.loads(str(file.attrs["notes"])))
        return Features(onset, Layers(widths, _reader(path)), str(file.attrs["source"]), notes)


def _reader(path: Path) -> Any:
    def read(name: str) -> np.ndarray:
        with h5py.File(path, "r") as file:
            return np.asarray(file[name][()])

    return read


@lru_cache(maxsize=4096)
def _intact(path: Path, size: int, mtime_ns: int) -> bool:
    try:
        with h5py.File(path, "r") as file:
            names = json.loads(str(file.attrs["layers"]))
            return bool(file.attrs["digest"] == _content(file, names))
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError):
        return False


class FeatureWriter:
    """Features that are written row by row, so that memory does not grow with their number.

    Parameters
    ----------
    file : h5py.File
    n_events : int
    """

    def __init__(self, file: h5py.File, n_events: int) -> None:
        self.file, self.n_events = file, n_events
        self.names: list[str] = []
        self._bytes = 0

    def add(self, name: str, width: int) -> None:
        """Make room for a layer; its rows are zero until they are written."""
        path = Path(self.file.filename)
        self._bytes += np.dtype(np.float32).itemsize * self.n_events * width
        check_room(path, self._bytes - path.stat().st_size)
        self.file.create_dataset(name, (self.n_events, width), np.float32, fillvalue=0.0)
        self.names.append(name)

    def write(self, name: str, rows: Sequence[int], columns: slice, data: np.ndarray) -> None:
        """Write rows of a layer, (n_rows, n_columns) float32."""
        layer = self.file[name]
        if list(rows) == list(range(rows[0], rows[0] + len(rows))):
            layer[rows[0] : rows[0] + len(rows), columns] = data
            return
        for row, values in zip(rows, data):
            layer[row, columns] = values

    def increase(self, name: str, rows: Sequence[int], columns: slice, data: np.ndarray) -> None:
        """Add to rows of a layer, (n_rows, n_columns) float32."""
        layer = self.file[name]
        for row, values in zip(rows, data):
            layer[row, columns] = layer[row, columns] + values

    def copy(self, name: str, row: int, columns: slice, other: FeatureWriter, from_row: int) -> None:
        """Repeat a row of a layer, of this file or of one that is written beside it."""
        self.file[name][row, columns] = other.file[name][from_row, columns]

    @property
    def is_open(self) -> bool:
        """Whether rows can be written and read."""
        return bool(self.file)


@contextmanager
def saving(
    store: Path,
    key: str,
    onset: np.ndarray,
    text: Sequence[str],
    *,
    source: str,
    notes: Sequence[str] = (),
    made_from: str = "",
) -> Iterator[FeatureWriter]:
    """Write features under a temporary name while the body runs; a whole file takes its place in one step.

    Parameters
    ----------
    onset : (n_events,) seconds in movie time
    text : sequence of str
        What the network read at each event, for people; "" becomes n/a.
    source : str
        Where they come from.
    notes : sequence of str
        What reports should say of them.
    made_from : str
        Digest of the network and of the stimulus: rows of files that share it may be joined.

    Raises
    ------
    InputError
        74 where the disk is full or the folder cannot be written.
    """
    path = file_in(store, key)
    temporary = path.with_suffix(f".{uuid4().hex}.tmp")
    try:
        store.mkdir(parents=True, exist_ok=True)
        for left in store.glob(f"{key}.*.tmp"):  # by a process that was killed: whoever writes holds the lock
            left.unlink(missing_ok=True)
        with h5py.File(temporary, "w", track_order=True) as file:
            write_events(file, onset, text)
            writer = FeatureWriter(file, len(onset))
            yield writer
            file.attrs["layers"] = json.dumps(writer.names)
            file.attrs["source"], file.attrs["notes"] = source, json.dumps(list(notes))
            file.attrs["made_from"] = made_from
            file.attrs["digest"] = _content(file, writer.names)
        os.replace(temporary, path)
    except InputError:
        raise
    except OSError as error:
        raise InputError(path, f"cannot be written ({error})", "free some space or use another -w", Exit.IO) from error
    except RuntimeError as error:  # a full disk, where HDF5 flushes
        if found := of_the_machine(path, error):
            raise found from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_events(file: h5py.File, onset: np.ndarray, text: Sequence[str]) -> None:
    """Write what tells the events of a file of features, as `saving` describes it."""
    file["onset"] = np.asarray(onset, np.float64)
    file["text"] = np.array([t or NO_TEXT for t in text], h5py.string_dtype())


def _content(file: h5py.File, names: Sequence[str]) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(file["onset"][()], dtype=np.float64).data)
    for name in names:
        data = file[name]
        digest.update(f"{name} {data.shape} {data.dtype}".encode())
        step = max(1, _SLAB_BYTES // (4 * data.shape[1]))
        for start in range(0, len(data), step):
            digest.update(np.ascontiguousarray(data[start : start + step]).data)
    return digest.hexdigest()
