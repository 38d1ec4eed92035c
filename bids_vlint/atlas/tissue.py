"""Grey or white matter in MNI152 space, from the tissue maps of ICBM152 2009a that nilearn ships."""

from __future__ import annotations

from functools import cache

import numpy as np

from bids_vlint.atlas.image import GREY, OUTSIDE, UNKNOWN, WHITE
from bids_vlint.atlas.spaces import moved
from bids_vlint.atlas.volumes import loaded, shipped

_FILES = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
_LEAST = 128  # of 255: less of both together is neither


def tissue_at(mni: np.ndarray) -> list[str]:
    """The tissue at places in MNI152 space: the likelier of grey and white, outside where neither is half likely.

    Parameters
    ----------
    mni : (n, 3)
        In mm; NaN is unknown, as is all where the maps are not installed.

    Examples
    --------
    >>> tissue_at(np.array([[-26.0, -20, -14], [-30, -30, 30], [0, 0, 120], [np.nan, 0, 0]]))
    ['grey', 'white', 'outside', 'unknown']
    """
    maps = _maps()
    if maps is None:
        return [UNKNOWN] * len(mni)
    grey, white, to_voxel = maps
    known = np.isfinite(mni).all(axis=1)
    voxels = np.rint(moved(to_voxel, np.where(known[:, None], mni, 0.0))).astype(int)
    inside = ((voxels >= 0) & (voxels < grey.shape)).all(axis=1)
    at = tuple(np.where(inside[:, None], voxels, 0).T)
    here, there = (np.where(inside, one[at].astype(int), 0) for one in (grey, white))
    found = np.where(here + there < _LEAST, OUTSIDE, np.where(here >= there, GREY, WHITE))
    return [str(one) for one in np.where(known, found, UNKNOWN)]


@cache
def _maps() -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Grey and white matter in 255ths, and the affine from mm to voxel."""
    files = [shipped("nilearn", "datasets", "data", _FILES.format(name)) for name in ("gm", "wm")]
    if None in files:
        return None
    grey, white = (loaded(file) for file in files if file is not None)
    return np.asanyarray(grey.dataobj), np.asanyarray(white.dataobj), np.linalg.inv(grey.affine)
