"""What nibabel alone finds in images of labels, and a participant's FreeSurfer folder that is made here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.affines import apply_affine
from scipy.spatial import cKDTree

NO_GREY = (
    "white-matter",
    "ventric",
    "inf-lat-vent",
    "csf",
    "vessel",
    "choroid",
    "hypointensities",
    "chiasm",
    "cc_",
    "unknown",
)


@dataclass(frozen=True)
class Reference:
    """An image as nibabel reads it, and the names of its labels."""

    labels: np.ndarray
    affine: np.ndarray
    names: dict[int, str]

    def own(self, mm: np.ndarray) -> list[str | None]:
        """The label of the voxel that each place lies in."""
        voxels = np.rint(apply_affine(np.linalg.inv(self.affine), mm)).astype(int)
        inside = ((voxels >= 0) & (voxels < self.labels.shape)).all(axis=1)
        return [self.names.get(int(self.labels[tuple(v)])) if ok else None for v, ok in zip(voxels, inside)]

    def grey(self) -> np.ndarray:
        """Which voxels have a label of grey matter."""
        known = [k for k, n in self.names.items() if k and not any(word in n.lower() for word in NO_GREY)]
        return np.isin(self.labels, known)

    def nearest(self, mm: np.ndarray, grey: np.ndarray) -> tuple[np.ndarray, list[set[str]]]:
        """Distance to the nearest voxel of grey matter, and the labels that are as near."""
        centres = apply_affine(self.affine, np.argwhere(grey))
        tree, found = cKDTree(centres), self.labels[grey]
        distance = tree.query(mm)[0]
        near = [tree.query_ball_point(place, d + 1e-6) for place, d in zip(mm, distance)]
        return distance, [{self.names[int(found[k])] for k in one} for one in near]


def blocks(shape: tuple[int, int, int], labels: list[int], seed: int = 0) -> np.ndarray:
    """A volume of cubes of labels, among them nothing."""
    rng = np.random.default_rng(seed)
    coarse = rng.choice([0, *labels], tuple(-(-n // 5) for n in shape))
    whole = coarse.repeat(5, 0).repeat(5, 1).repeat(5, 2)
    return whole[: shape[0], : shape[1], : shape[2]].astype(np.int32)


def freesurfer_folder(
    folder: Path,
    volumes: dict[str, np.ndarray],
    to_ras: np.ndarray,
    to_mni305: np.ndarray | None,
) -> Path:
    """A participant's folder: volumes below mri, talairach.xfm."""
    (folder / "mri" / "transforms").mkdir(parents=True)
    for name, labels in volumes.items():
        nib.save(nib.MGHImage(labels.astype(np.int32), to_ras), folder / "mri" / name)
    if to_mni305 is not None:
        rows = "\n".join(" ".join(f"{v:.6f}" for v in row) for row in to_mni305[:3])
        text = f"MNI Transform File\n% made here\n\nTransform_Type = Linear;\nLinear_Transform = \n{rows};\n"
        (folder / "mri" / "transforms" / "talairach.xfm").write_text(text)
    return folder
