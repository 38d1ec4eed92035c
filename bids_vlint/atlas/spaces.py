"""Coordinate frames: which lead to MNI152, in which unit, and why others do not."""

from __future__ import annotations

import re

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

# A head is no smaller, and no contact is farther from the origin of any frame of it.
LEAST_MM, MOST_MM = 1.0, 300.0
_MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0}


def standard_rank(space: str | None) -> int | None:
    """How a frame leads to MNI152: 0 it is that, 1 MNI305 and fsaverage, 2 other MNI and ICBM frames; None: not.

    Examples
    --------
    >>> [standard_rank(space) for space in ("MNI152NLin2009cAsym", "fsaverage", "ACPC", None)]
    [0, 1, None, None]
    """
    name = re.sub(r"[^a-z0-9]", "", (space or "").lower())
    if name.startswith(("mni152", "icbm152")) or name == "mni":
        return 0
    if name.startswith(("mni305", "fsaverage")):
        return 1
    return 2 if name.startswith(("mni", "icbm")) else None


def why_not(space: str | None, units: str | None) -> str | None:
    """Why coordinates do not lead to MNI152, in words; None where they do.

    Examples
    --------
    >>> why_not("ACPC", "mm")
    'the coordinates are in ACPC, which is no MNI or fsaverage space'
    >>> why_not("fsaverage", "mm") is None
    True
    """
    if space is None:
        return "coordsystem.json declares no frame (iEEGCoordinateSystem)"
    if standard_rank(space) is None:
        return f"the coordinates are in {space}, which is no MNI or fsaverage space"
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


def to_mni152(xyz: np.ndarray, space: str | None, units: str | None) -> np.ndarray:
    """Coordinates in MNI152 space.

    Parameters
    ----------
    xyz : (n, 3)
        Coordinates in the declared frame and unit.
    space, units : str | None
        As coordsystem.json declares them.

    Returns
    -------
    (n, 3)
        In mm; NaN where `why_not` gives a reason.

    Examples
    --------
    >>> to_mni152(np.array([[10.0, -20.0, 35.0]]), "fsaverage", "mm").round(3).tolist()
    [[10.694, -18.406, 36.138]]
    """
    if why_not(space, units) is not None:
        return np.full_like(xyz, np.nan, dtype=float)
    mm = np.asarray(xyz, dtype=float) * _MM_PER_UNIT[str(units).lower()]
    if standard_rank(space) != 1:
        return mm
    return mm @ _MNI305_TO_MNI152[:3, :3].T + _MNI305_TO_MNI152[:3, 3]
