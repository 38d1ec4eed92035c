"""The cortex as surfaces that a page can turn: FreeSurfer's fsaverage5 (nilearn ships it), in MNI152 space."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

import numpy as np

from bids_vlint.atlas.spaces import frame_of, moved

HEMISPHERES = ("left", "right")
FAR_MM = 10.0  # an electrode farther from the cortex has no place on the inflated surface
_APART_MM = 46.0  # the inflated hemispheres lie around the same middle
_STEP_MM = 0.01  # of what is packed


@cache
def cortex() -> dict[str, np.ndarray]:
    """Vertices and faces.

    Returns
    -------
    dict
        `pial_left`, `pial_right` (mm, MNI152), `inflated_left`, `inflated_right` (mm, side by side): (10242, 3) float;
        `sulc_left`, `sulc_right`: depth of the sulci, (10242,); `faces`: (20480, 3) int, of every surface.
    """
    import nibabel as nib
    from nilearn.datasets import fetch_surf_fsaverage

    files = fetch_surf_fsaverage("fsaverage5")  # of the package's own data: nothing is fetched

    def arrays(name: str) -> list[np.ndarray]:
        image: Any = nib.load(files[name])  # type: ignore[attr-defined]
        return [np.asarray(array.data) for array in image.darrays]

    frame = frame_of("fsaverage")
    assert frame is not None
    found = {"faces": arrays("pial_left")[1].astype(np.uint16)}
    for side, sign in zip(HEMISPHERES, (-1, 1)):
        found[f"pial_{side}"] = moved(frame.to_mni152, arrays(f"pial_{side}")[0])
        found[f"inflated_{side}"] = arrays(f"infl_{side}")[0] + np.array([sign * _APART_MM, 0, 0])
        found[f"sulc_{side}"] = arrays(f"sulc_{side}")[0]
    return found


def packed_cortex() -> dict[str, str]:
    """The cortex in base64: little-endian int16 in hundredths of a mm (`sulc`: int8, its sign), faces as uint16."""
    packed = {}
    for name, values in cortex().items():
        if name == "faces":
            own = values.astype("<u2")
        elif name.startswith("sulc"):
            own = np.sign(values).astype("i1")
        else:
            own = np.round(values / _STEP_MM).astype("<i2")
        packed[name] = base64.b64encode(own.tobytes()).decode("ascii")
    return packed


def on_inflated(mni: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where electrodes lie on the inflated surfaces: at the vertex whose place on the pial surface is nearest.

    Parameters
    ----------
    mni : (n, 3)
        MNI152 coordinates in mm, finite.

    Returns
    -------
    (n, 3), (n,)
        Places in mm (NaN farther than `FAR_MM` from the cortex); distances from the cortex in mm.
    """
    from scipy.spatial import KDTree

    own = cortex()
    pial, inflated = (np.concatenate([own[f"{kind}_{side}"] for side in HEMISPHERES]) for kind in ("pial", "inflated"))
    distance, vertex = KDTree(pial).query(mni)
    return np.where(distance[:, None] <= FAR_MM, inflated[vertex], np.nan), distance
