"""The dense scores of a fit and alignment; written, and read again by reports and group level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.derivatives import layout
from bids_vlint.encoding.score import Scores
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import atomic
from bids_vlint.signals.responses import Responses
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment


def write_encoding(
    out: Path, name: FitName, alignment: Alignment, scores: Scores, responses: Responses | None = None
) -> None:
    """Write the dense scores of a fit and alignment to HDF5; the same values make the same bytes.

    Data sets r, r_low, r_high, penalty, layer: (model, electrode, bin). With `responses`, also responses
    (event, electrode, bin), event_onset (seconds in the recording) and event_movie_time (seconds in the film).
    Attributes: models, channels, lags (seconds). The average of several random twins has no penalty (NaN) and no layer
    ("n/a").
    """
    import h5py

    shape = scores.r.shape
    text = h5py.string_dtype("utf-8")
    with atomic(layout.encoding_h5(out, name, alignment)) as path, h5py.File(path, "w") as file:
        file.attrs["models"] = np.array(scores.models, dtype=text)
        file.attrs["channels"] = np.array(scores.channels, dtype=text)
        file.attrs["lags"] = np.asarray(scores.lags, dtype=np.float64)
        for dataset in ("r", "r_low", "r_high", "penalty"):
            _store(file, dataset, np.asarray(getattr(scores, dataset), dtype=np.float32))
        _store(file, "layer", _layers(scores.layer, shape))
        if responses is not None:
            _store(file, "responses", np.asarray(responses.data, dtype=np.float32))
            for dataset, column in (("event_onset", "onset"), ("event_movie_time", "movie_time")):
                if column in responses.events:
                    _store(file, dataset, responses.events[column].to_numpy(dtype=np.float64))


def _layers(layer: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Names of the layers per model, electrode and bin, as UTF-8 bytes of one width (they compress to nothing)."""
    names = np.char.encode(np.asarray(layer).astype(str), "utf-8")
    names = names if names.ndim == len(shape) else names[..., np.newaxis]
    return np.broadcast_to(names.astype(f"S{max(names.dtype.itemsize, 1)}"), shape)


def _store(file: Any, name: str, data: np.ndarray) -> None:
    import h5py

    if data.dtype.kind == "S":
        data = data.astype(h5py.string_dtype("utf-8", length=data.dtype.itemsize))
    packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if data.size else {}
    file.create_dataset(name, data=data, track_times=False, **packed)


def read_encoding(out: Path, name: FitName, alignment: Alignment) -> Scores:
    """Read the dense scores of a fit and alignment (`validation`, which is not kept, is NaN).

    Raises
    ------
    InputError
        The file is not there (66), or is no such file (65).

    Examples
    --------
    >>> from bids_vlint import read_fits
    >>> (fit,) = read_fits(Path("out"))
    >>> scores = read_encoding(Path("out"), fit.name, "language")
    >>> scores.models[:2], scores.r.shape  # models x electrodes x lags
    (('eye', 'eye-random'), (9, 5, 161))
    """
    import h5py

    path = layout.encoding_h5(out, name, alignment)
    if not path.is_file():
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT)
    try:
        with h5py.File(path, "r") as file:
            arrays = {key: file[key][()] for key in ("r", "r_low", "r_high", "penalty")}
            models, channels = (tuple(map(str, file.attrs[key])) for key in ("models", "channels"))
            layer = np.asarray(file["layer"].asstr()[..., 0], dtype=str)
            lags = np.asarray(file.attrs["lags"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(path, f"cannot be read ({error})", "run the participant level again") from error
    return Scores(models, channels, lags, **arrays, layer=layer, validation=np.full(layer.shape, np.nan, np.float32))
