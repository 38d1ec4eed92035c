"""Coordinate frames: which lead to MNI152 by their name, how, in which unit, and why others do not."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

# FreeSurfer's affine from MNI305 (fsaverage) to MNI152, in mm (FreeSurfer wiki, CoordinateSystems).
_MNI305_TO_MNI152 = np.array(
    [
        [0.9975, -0.0073, 0.0176, -0.0429],
        [0.0146, 1.0009, -0.0024, 1.5496],
        [-0.0130, -0.0093, 0.9971, 1.1840],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
# Lancaster's affine from ICBM-152 to Talairach, pooled over SPM and FSL (icbm_other2tal), whose inverse is taken.
_MNI152_TO_TALAIRACH = np.array(
    [
        [0.9357, 0.0029, -0.0072, -1.0423],
        [-0.0065, 0.9396, -0.0726, -1.3940],
        [0.0103, 0.0752, 0.8967, 3.6475],
        [0.0, 0.0, 0.0, 1.0],
    ]
)


def to_mni305(mni152: np.ndarray) -> np.ndarray:
    """MNI152 coordinates (mm, (n, 3)) in MNI305, by the inverse of FreeSurfer's affine.

    Examples
    --------
    >>> to_mni305(np.array([[10.695, -18.409, 36.137]])).round(2).tolist()  # the FreeSurfer wiki's example
    [[10.0, -20.0, 35.0]]
    """
    return (np.c_[mni152, np.ones(len(mni152))] @ np.linalg.inv(_MNI305_TO_MNI152).T)[:, :3]


@dataclass(frozen=True)
class Frame:
    """Frames that lead to MNI152 in one way.

    Attributes
    ----------
    names : str
        A regular expression for their names, of which case and all but letters and digits are dropped.
    rank : int
        How near they are to MNI152; the nearest is taken.
    way : str
        How coordinates are brought to MNI152, in words that follow "NAME, ".
    off : str
        The error to expect, as it is noted; empty where the name is that of one template of MNI152.
    to_mni152 : (4, 4)
        In mm.
    references : tuple of str
        Keys of data/citations.toml.
    """

    names: str
    rank: int
    way: str
    off: str
    to_mni152: np.ndarray
    references: tuple[str, ...] = ()


_AS_IT_IS = "taken as MNI152"
STANDARD_FRAMES: tuple[Frame, ...] = (
    Frame("mni152.*|icbm152.*|mni|ixi549space", 0, _AS_IT_IS,
          "variants of MNI152 and the atlas's own template differ by up to a few mm", np.eye(4), ("fonov2011",)),
    Frame("mni305|fsaverage.*", 1, "by FreeSurfer's affine from MNI305",
          "an affine leaves a few mm, most where the templates' surfaces differ", _MNI305_TO_MNI152, ("wu2018",)),
    Frame("mni.*|icbm.*", 2, _AS_IT_IS, "this template is no MNI152: several mm, more at the surface", np.eye(4)),
    Frame("talairach", 3, "by the inverse of Lancaster's affine from ICBM-152",
          "1 to 2 mm on average where that affine applies, and up to 10 mm where Talairach coordinates were made "
          "otherwise", np.linalg.inv(_MNI152_TO_TALAIRACH), ("lancaster2007",)),
)  # fmt: skip

# A head is no smaller, and no contact is farther from the origin of any frame of it.
LEAST_MM, MOST_MM = 1.0, 300.0
_MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0}


def frame_of(space: str | None) -> Frame | None:
    """How a frame leads to MNI152; None where it does not by its name alone.

    Examples
    --------
    >>> [(f := frame_of(space)) and f.rank for space in ("MNI152NLin2009cAsym", "fsaverage", "Talairach", "ACPC", None)]
    [0, 1, 3, None, None]
    """
    name = folded(space)
    return next((frame for frame in STANDARD_FRAMES if re.fullmatch(frame.names, name)), None)


def folded(space: str | None) -> str:
    """The name of a frame without case, and without all but letters and digits."""
    return re.sub(r"[^a-z0-9]", "", (space or "").lower())


def why_not(space: str | None, units: str | None) -> str | None:
    """Why coordinates do not lead to MNI152 by their frame's name alone, in words; None where they do.

    Examples
    --------
    >>> why_not("fsaverage", "pixels")
    'the fsaverage coordinates are in pixels, not in m, cm or mm'
    >>> why_not("fsaverage", "mm") is None
    True
    """
    if space is None:
        return "coordsystem.json declares no frame (iEEGCoordinateSystem)"
    if folded(space) == "pixels":
        return "the coordinates are in Pixels of a picture, which lead to no place in a brain"
    if frame_of(space) is None:
        nowhere = f"the coordinates are in {space}, which is no MNI, fsaverage or Talairach space and leads there only"
        return f"{nowhere} through the participant's FreeSurfer folder (--fs-subjects-dir) or a transform (--transform)"
    return no_unit(space, units)


def no_unit(space: str | None, units: str | None) -> str | None:
    """Why coordinates have no unit of length, in words; None where they have."""
    if units is None:
        return f"coordsystem.json declares no unit (iEEGCoordinateUnits) for the {space} coordinates"
    if units.lower() not in _MM_PER_UNIT:
        return f"the {space} coordinates are in {units}, not in m, cm or mm"
    return None


def cannot_be(xyz: np.ndarray, units: str | None) -> str | None:
    """Why coordinates cannot be in a unit, in words: they would all be in one point, or most of them outside any head.

    Parameters
    ----------
    xyz : (n, 3)
        NaN where unknown.
    units : str | None

    Examples
    --------
    >>> cannot_be(np.array([[0.03, -0.02, 0.05]]), "mm")
    'all contacts would lie within 0.062 mm of the origin'
    >>> cannot_be(np.array([[31.0, -20.0, 52.0]]), "m")
    'most contacts would lie more than 300 mm from the origin, up to 63757 mm'
    >>> cannot_be(np.array([[31.0, -20.0, 52.0]]), "mm") is None
    True
    """
    distance = from_origin(xyz, units)
    distance = distance[np.isfinite(distance)]
    if not len(distance):
        return None
    if distance.max() < LEAST_MM:
        return f"all contacts would lie within {distance.max():.2g} mm of the origin"
    if np.median(distance) > MOST_MM:
        return f"most contacts would lie more than {MOST_MM:g} mm from the origin, up to {distance.max():.0f} mm"
    return None


def from_origin(xyz: np.ndarray, units: str | None) -> np.ndarray:
    """Distances from the origin of a frame, (n,) in mm; NaN where they are not known."""
    scale = _MM_PER_UNIT.get((units or "").lower(), np.nan)
    distance: np.ndarray = scale * np.linalg.norm(np.asarray(xyz, float), axis=1)
    return distance


def in_mm(xyz: np.ndarray, units: str | None) -> np.ndarray:
    """Coordinates in mm; NaN where the unit is no length.

    They are rounded to 1e-6 mm, so that one place is the same in m, cm and mm.

    Examples
    --------
    >>> in_mm(np.array([[0.0285, -0.02, 0.035]]), "m").tolist()
    [[28.5, -20.0, 35.0]]
    """
    mm: np.ndarray = np.round(np.asarray(xyz, float) * _MM_PER_UNIT.get((units or "").lower(), np.nan), 6)
    return mm


def moved(affine: np.ndarray, mm: np.ndarray) -> np.ndarray:
    """Places under an affine.

    Parameters
    ----------
    affine : (4, 4)
    mm : (n, 3)

    Examples
    --------
    >>> fsaverage = frame_of("fsaverage")
    >>> moved(fsaverage.to_mni152, np.array([[10.0, -20.0, 35.0]])).round(3).tolist()
    [[10.694, -18.406, 36.138]]
    """
    there: np.ndarray = np.asarray(mm, float) @ affine[:3, :3].T + affine[:3, 3]
    return there
