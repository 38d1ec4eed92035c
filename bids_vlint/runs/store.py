"""What is computed once: features under the work directory, named by a digest of everything they depend on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import h5py
import numpy as np

from bids_vlint.errors import Exit, InputError
from bids_vlint.log import logger
from bids_vlint.types import Features


def key_of(parts: dict[str, Any]) -> str:
    """Digest of everything that a result depends on: 32 hexadecimal digits; the order of `parts` does not matter."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content, or of a folder's files and their names; read once while size and time stay."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digests = {}
    for file in files:
        stat = file.stat()
        digests[str(file.relative_to(path))] = _digest(file, stat.st_size, stat.st_mtime_ns)
    return next(iter(digests.values())) if path.is_file() else key_of(digests)


@lru_cache(maxsize=4096)
def _digest(file: Path, size: int, mtime_ns: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def only_one(store: Path, key: str) -> Iterator[None]:
    """Let one process at a time compute what `key` names; the others wait and then find it."""
    from filelock import FileLock

    try:
        store.mkdir(parents=True, exist_ok=True)
        lock = FileLock(store / f"{key}.lock")
        lock.acquire()
    except OSError as error:
        wrong = f"this folder cannot be written ({error.strerror})"
        raise InputError(store, wrong, "name another work directory with -w", Exit.CANNOT_CREATE) from error
    try:
        yield
    finally:
        lock.release()


def load_features(store: Path, key: str) -> Features | None:
    """Read features that were kept; None where there are none or where what is there is damaged.

    Parameters
    ----------
    store : Path
        The folder.
    key : str
        From `key_of`.
    """
    path = store / f"{key}.h5"
    if not path.is_file():
        return None
    try:
        with h5py.File(path, "r") as file:
            onset = np.asarray(file["onset"][()], dtype=np.float64)
            names = json.loads(str(file.attrs["layers"]))
            layers = {name: np.asarray(file[f"layer_{k}"][()]) for k, name in enumerate(names)}
            features = Features(onset, layers, str(file.attrs["source"]))
            intact = file.attrs["digest"] == _content(features)
    except (OSError, KeyError, ValueError, RuntimeError):
        intact = False
    if not intact:
        logger.warning("%s: damaged, computed again", path)
        return None
    return features


def save_features(store: Path, key: str, features: Features) -> None:
    """Keep features; a file of that name is replaced in one step.

    Raises
    ------
    InputError
        74 where the disk is full or the folder cannot be written.
    """
    path = store / f"{key}.h5"
    temporary = path.with_suffix(f".{uuid4().hex}.tmp")
    try:
        store.mkdir(parents=True, exist_ok=True)
        with h5py.File(temporary, "w") as file:
            file["onset"] = features.onset
            for k, data in enumerate(features.layers.values()):
                file[f"layer_{k}"] = data  # by number: a layer's name may hold a slash
            file.attrs["layers"] = json.dumps(list(features.layers))
            file.attrs["source"] = features.source
            file.attrs["digest"] = _content(features)
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(path, f"cannot be written ({error})", "free some space or use another -w", Exit.IO) from error
    finally:
        temporary.unlink(missing_ok=True)


def _content(features: Features) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(features.onset, dtype=np.float64).data)
    for name, data in features.layers.items():
        digest.update(f"{name} {data.shape} {data.dtype}".encode())
        digest.update(np.ascontiguousarray(data).data)
    return digest.hexdigest()
