"""What the tests of a fit and alignment come from, in HDF5: nulls, courses, partition, ceiling, swapped stimuli."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bids_vlint.derivatives import layout
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import atomic
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment

if TYPE_CHECKING:
    import h5py

    from bids_vlint.inference.descriptions.ceiling import Ceiling
    from bids_vlint.inference.descriptions.description import Description
    from bids_vlint.inference.descriptions.partition import Partition
    from bids_vlint.inference.descriptions.timecourse import Course


@dataclass(frozen=True)
class Inference:
    """What is kept of a fit and alignment besides tables and scores.

    Attributes
    ----------
    channels : tuple of str
        The rows of every array below.
    null : test -> (n_electrodes, n_shifts)
        The t of the shifted responses; without shifts no columns.
    swapped : test -> (n_electrodes,)
        p of every test with the stimulus swapped against another part of what was seen; empty where not made.
    lags : (n_lags,) seconds
        Of `stimulus`.
    bins : (n_bins,) seconds
        Centres of the windows that count, of `ceiling`.
    course : Course | None
    partition : Partition | None
        Without the block sums.
    ceiling : Ceiling | None
        None where nothing was seen more than once.
    stimulus : (n_lags,) | None
        Mean held-out r of low-level features of the stimulus in the brain's place.
    networks : modality -> label
        The networks that stand for their modalities in course, partition and `stimulus`.
    """

    channels: tuple[str, ...]
    null: Mapping[str, np.ndarray]
    swapped: Mapping[str, np.ndarray] = field(default_factory=dict)
    lags: np.ndarray = field(default_factory=lambda: np.empty(0))
    bins: np.ndarray = field(default_factory=lambda: np.empty(0))
    course: Course | None = None
    partition: Partition | None = None
    ceiling: Ceiling | None = None
    stimulus: np.ndarray | None = None
    networks: Mapping[str, str] = field(default_factory=dict)


def inference_of(
    channels: tuple[str, ...],
    lags: np.ndarray,
    counted: np.ndarray,
    null: Mapping[str, np.ndarray],
    description: Description | None = None,
    swapped: Mapping[str, np.ndarray] | None = None,
) -> Inference:
    """Put together what is kept.

    Parameters
    ----------
    channels : tuple of str
    lags : (n_lags,) seconds
    counted : (n_lags,) bool
        Which bins count.
    null, swapped : as in `Inference`
    description : Description | None
    """
    kept = Inference(channels, null, swapped or {}, lags, lags[counted])
    if description is None:
        return kept
    repeated = not np.isnan(description.ceiling.mean).all()
    return replace(kept, course=description.course, partition=description.partition, stimulus=description.stimulus,
                   ceiling=description.ceiling if repeated else None, networks=description.networks)  # fmt: skip


def write_inference(out: Path, name: FitName, alignment: Alignment, inference: Inference) -> None:
    """Write what the tests of a fit and alignment come from; the same values make the same bytes.

    Data sets: `null_t` (test, electrode, shift); `stimulus` (lag); `swapped_p` (swapped_tests, electrode). Groups
    `course`, `partition`, `ceiling`: the fields of the dataclasses in `inference`. Attributes: tests, swapped_tests,
    channels, lags, bins (seconds), networks (MODALITY=NAME), parts (rows of the partition). What was not made is
    absent.
    """
    import h5py

    from bids_vlint.inference.descriptions.partition import PARTS

    with atomic(layout.inference_h5(out, name, alignment)) as path, h5py.File(path, "w") as file:
        named = [f"{modality}={label}" for modality, label in inference.networks.items()]
        texts = {"channels": inference.channels, "tests": inference.null, "swapped_tests": inference.swapped,
                 "networks": named, "parts": PARTS}  # fmt: skip
        for key, values in texts.items():
            file.attrs[key] = np.array(list(values), dtype=h5py.string_dtype("utf-8"))
        file.attrs["lags"], file.attrs["bins"] = (np.asarray(x, np.float64) for x in (inference.lags, inference.bins))
        _store(file, "null_t", _stacked(inference.null))
        _store(file, "swapped_p", _stacked(inference.swapped))
        _store(file, "stimulus", inference.stimulus)
        for key in ("course", "partition", "ceiling"):
            part = getattr(inference, key)
            for f in fields(part) if part is not None else ():
                if f.name != "sums":
                    _store(file.require_group(key), f.name, getattr(part, f.name))


def _stacked(by_test: Mapping[str, np.ndarray]) -> np.ndarray | None:
    return np.stack([np.asarray(x, np.float32) for x in by_test.values()]) if by_test else None


def _store(where: h5py.Group, name: str, value: Any) -> None:
    if value is None:
        return
    data = np.asarray(value)
    data = data.astype(np.float32) if data.dtype == np.float64 else data
    packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if data.ndim and data.size else {}
    where.create_dataset(name, data=data, track_times=False, **packed)


def read_inference(out: Path, name: FitName, alignment: Alignment) -> Inference:
    """Read what the tests of a fit and alignment come from.

    Raises
    ------
    InputError
        The file is not there (66), or is no such file (65).
    """
    import h5py

    path = layout.inference_h5(out, name, alignment)
    if not path.is_file():
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT)
    try:
        with h5py.File(path, "r") as file:
            return _read(file)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(path, f"cannot be read ({error})", "run the participant level again") from error


def _read(file: h5py.File) -> Inference:
    from bids_vlint.inference.descriptions.ceiling import Ceiling
    from bids_vlint.inference.descriptions.partition import Partition
    from bids_vlint.inference.descriptions.timecourse import Course

    channels, tests, swapped, networks = (
        tuple(map(str, file.attrs[key])) for key in ("channels", "tests", "swapped_tests", "networks")
    )
    parts = {key: {k: v[()] for k, v in file[key].items()} for key in ("course", "partition", "ceiling") if key in file}
    if "partition" in parts:
        parts["partition"]["sums"] = np.empty((len(parts["partition"]["value"]), 0, len(channels)))
    if "ceiling" in parts:
        parts["ceiling"] |= {key: int(parts["ceiling"][key]) for key in ("n_presentations", "n_events")}
    return Inference(
        channels,
        dict(zip(tests, file["null_t"][()])) if tests else {},
        dict(zip(swapped, file["swapped_p"][()])) if swapped else {},
        np.asarray(file.attrs["lags"]),
        np.asarray(file.attrs["bins"]),
        Course(**parts["course"]) if "course" in parts else None,
        Partition(**parts["partition"]) if "partition" in parts else None,
        Ceiling(**parts["ceiling"]) if "ceiling" in parts else None,
        file["stimulus"][()] if "stimulus" in file else None,
        dict(text.split("=", 1) for text in networks),
    )
