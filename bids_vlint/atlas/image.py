"""What an image of labels says of a place: the region, how far it is, how sure it is, and the tissue."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from bids_vlint.atlas.spaces import moved

GREY, WHITE, OUTSIDE, UNKNOWN = "grey", "white", "outside", "unknown"
LOOKED_UP = ("region", "tissue", "distance_mm", "region_share")

# A contact in white matter, fluid or no label hears the grey matter near it, and registration is not better than this.
NEAR_MM = 3.0
# Farther than this from any label it is not said how far.
SOUGHT_MM = 10.0

_WHITE = re.compile(r"white-matter|white_matter|(^|left-|right-)wm[-_]|^cc_|corpus.?callosum|^fornix", re.IGNORECASE)
_FLUID = re.compile(
    r"ventric|inf-lat-vent|csf|vessel|choroid|hypointens|chiasm|exterior|skull|background", re.IGNORECASE
)


@dataclass(frozen=True)
class LabelImage:
    """A volume of labels, not probability maps.

    Attributes
    ----------
    labels : (i, j, k) int
        Label of each voxel; 0, and what has no name, is none.
    to_voxel : (4, 4)
        From mm to voxel.
    names : label -> region
    grey : labels that are grey matter
    white : labels that are white matter; without any the image cannot tell tissues
    """

    labels: np.ndarray
    to_voxel: np.ndarray
    names: dict[int, str]
    grey: np.ndarray
    white: np.ndarray = field(default_factory=lambda: np.zeros(0, int))


def label_image(labels: np.ndarray, affine: np.ndarray, names: dict[int, str]) -> LabelImage:
    """Labels with their tissues, as their names tell them.

    Parameters
    ----------
    labels : (i, j, k) int
    affine : (4, 4)
        From voxel to mm.
    names : label -> region
        What is unknown, or 0, is no region.

    Examples
    --------
    >>> names = {0: "Unknown", 2: "Left-Cerebral-White-Matter", 4: "Left-Lateral-Ventricle", 1035: "ctx-lh-insula"}
    >>> image = label_image(np.zeros((2, 2, 2), int), np.eye(4), names)
    >>> image.grey.tolist(), image.white.tolist()
    ([1035], [2])
    """
    known = {k: n for k, n in names.items() if k and not re.search(r"unknown$|medial.?wall$", n, re.IGNORECASE)}
    white = np.array([k for k, n in known.items() if _WHITE.search(n)], int)
    grey = np.array([k for k, n in known.items() if not _WHITE.search(n) and not _FLUID.search(n)], int)
    return LabelImage(labels, np.linalg.inv(affine), known, grey, white)


def look_up(image: LabelImage, mm: np.ndarray) -> pd.DataFrame:
    """What an image says of each place.

    Parameters
    ----------
    image : LabelImage
    mm : (n, 3)
        In the image's space; NaN says nothing.

    Returns
    -------
    DataFrame
        region: the label of grey matter at the place, else the nearest within 3 mm, else the place's own, or None.
        tissue: of the place itself; None where the image cannot tell. distance_mm: to the nearest label of grey matter,
        0 within it, NaN beyond 10 mm. region_share: of the labelled voxels within 3 mm those of the region.

    Examples
    --------
    >>> labels = np.zeros((9, 9, 9), int)
    >>> labels[4, 4, 4] = 1
    >>> image = LabelImage(labels, np.eye(4), {1: "insula"}, np.array([1]))
    >>> found = look_up(image, np.array([[4.0, 4, 4], [4, 4, 6], [0, 0, 4], [np.nan, 4, 4]]))
    >>> found["region"].tolist(), found["distance_mm"].round(1).tolist()
    (['insula', 'insula', None, None], [0.0, 2.0, 5.7, nan])
    """
    nothing = (None, None, np.nan, np.nan)
    to_mm = np.linalg.inv(image.to_voxel)
    rows = [_at(image, place, to_mm) if np.isfinite(place).all() else nothing for place in np.asarray(mm, float)]
    region, tissue, distance, share = zip(*rows) if rows else ((), (), (), ())
    words = {"region": pd.Series(region, dtype=object), "tissue": pd.Series(tissue, dtype=object)}
    numbers = {"distance_mm": pd.Series(distance, dtype=float), "region_share": pd.Series(share, dtype=float)}
    return pd.DataFrame({**words, **numbers})


def _at(image: LabelImage, place: np.ndarray, to_mm: np.ndarray) -> tuple[str | None, str | None, float, float]:
    centre = moved(image.to_voxel, place[None])[0]
    own = _label(image.labels, np.rint(centre).astype(int))
    distance, labels = _around(image, centre, to_mm)
    grey = np.isin(labels, image.grey)
    nearest = min(zip(distance[grey].tolist(), labels[grey].tolist()), default=None)
    region, off = own, np.nan
    if own in image.grey:
        off = 0.0
    elif nearest is not None:
        off = nearest[0]
        region = nearest[1] if off <= NEAR_MM else own
    ball = [label for label in labels[distance <= NEAR_MM].tolist() if label in image.names]
    share = ball.count(region) / len(ball) if region in image.names and ball else np.nan
    return image.names.get(region), _tissue(image, own), off, share


def _tissue(image: LabelImage, label: int) -> str | None:
    """The tissue of a label; None where the image cannot tell."""
    if not len(image.white):
        return None
    return GREY if label in image.grey else WHITE if label in image.white else OUTSIDE


def _label(labels: np.ndarray, voxel: np.ndarray) -> int:
    inside = (voxel >= 0).all() and (voxel < labels.shape).all()
    return int(labels[tuple(voxel)]) if inside else 0


def _around(image: LabelImage, centre: np.ndarray, to_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance in mm, and label, of the labelled voxels within reach."""
    steps = np.ceil(SOUGHT_MM * np.linalg.norm(image.to_voxel[:3, :3], axis=1)).astype(int)
    first = np.maximum(np.rint(centre).astype(int) - steps, 0)
    last = np.minimum(np.rint(centre).astype(int) + steps + 1, image.labels.shape)
    if (last <= first).any():
        return np.zeros(0), np.zeros(0, int)
    found = image.labels[tuple(slice(a, b) for a, b in zip(first, last))]
    voxels = np.argwhere(found)
    distance = np.linalg.norm((voxels + first - centre) @ to_mm[:3, :3].T, axis=1)
    near = distance <= SOUGHT_MM
    return distance[near], found[tuple(voxels[near].T)].astype(int)
