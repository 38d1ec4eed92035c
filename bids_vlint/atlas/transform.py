"""A participant's linear transform from the coordinates of electrodes.tsv to a known frame, read from a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.atlas.spaces import folded
from bids_vlint.errors import Exit, InputError, cannot_use
from bids_vlint.files.access import check_file, text_in

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # ITK's axes go left, posterior, superior
_OFF = 1e-6


@dataclass(frozen=True)
class Transform:
    """Where places of one frame are in another.

    Attributes
    ----------
    affine : (4, 4)
        From mm (right, anterior, superior) to mm.
    source : str | None
        The frame whose coordinates it takes, by `from-` in the file's name; None: any that does not lead to MNI152.
    target : str
        The frame that it leads to, by `to-`; else MNI305 for a talairach.xfm, MNI152 for all others.
    file : Path
    """

    affine: np.ndarray
    source: str | None
    target: str
    file: Path

    def takes(self, space: str | None) -> bool:
        """Whether the coordinates of a frame are its own."""
        return self.source is None or folded(self.source) == folded(space)


def read_transform(file: Path) -> Transform:
    """Read a linear transform of points.

    Parameters
    ----------
    file : Path
        Text of 4 x 4 numbers (or 3 x 4), .xfm of MINC and FreeSurfer, or ITK's affine as text or .mat. In ITK's, which
        are of images as well as of points, `mode-points` or `mode-image` in the name says which: an image's leads the
        other way.

    Raises
    ------
    InputError
        It is not there (66), or holds no linear transform, a scale that no head has, or ITK's without its mode (65).
    """
    check_file(file)
    itk = False
    if file.suffix == ".mat":
        affine, itk = _of_mat(file), True
    elif file.suffix in (".h5", ".hdf5", ".gz", ".nii", ".lta"):
        raise InputError(file, "is no linear transform that can be read here",
                         "write its linear part as a text of 4 x 4 numbers, mm to mm")  # fmt: skip
    else:
        text = text_in(file)
        itk = "Insight Transform" in text
        affine = _of_itk(text, file) if itk else _of_numbers(text, file)
    if itk:
        affine = _turned(affine, file)
    _check(affine, file)
    said = {key: re.search(rf"(?:^|_){key}-([^_.]+)", file.name) for key in ("from", "to")}
    own = "MNI305" if file.name == "talairach.xfm" else "MNI152"
    return Transform(affine, said["from"] and said["from"][1], said["to"][1] if said["to"] else own, file)


def _of_numbers(text: str, file: Path) -> np.ndarray:
    """Of plain text, or of an .xfm."""
    _, found, after = text.partition("Linear_Transform")
    body = after.partition("=")[2].partition(";")[0] if found else re.sub(r"#.*", "", text)
    rows = [re.split(r"[\s,;]+", line.strip(" \t[](),;")) for line in body.splitlines() if line.strip(" \t[](),;")]
    if [len(row) for row in rows] not in ([4] * 3, [4] * 4) or not all(
        re.fullmatch(_NUMBER, c) for r in rows for c in r
    ):
        raise InputError(file, "holds no linear transform", "write 4 rows of 4 numbers, from mm to mm")
    affine = np.array([[float(cell) for cell in row] for row in rows])
    if len(affine) == 4 and not np.allclose(affine[3], [0, 0, 0, 1], atol=_OFF):
        raise InputError(file, "has a last row other than 0 0 0 1, and is no linear transform of places",
                         "write 4 rows of 4 numbers, from mm to mm")  # fmt: skip
    return np.vstack([affine[:3], [0.0, 0.0, 0.0, 1.0]])


def _of_itk(text: str, file: Path) -> np.ndarray:
    """Of ITK's text: one transform, of 12 parameters and a centre."""
    parts = {
        key: re.findall(_NUMBER, line) for key, line in re.findall(r"^(Parameters|FixedParameters):(.*)$", text, re.M)
    }
    if text.count("Transform:") != 1 or len(parts.get("Parameters", [])) != 12:
        raise InputError(file, "is not one affine transform of ITK", "write its linear part as 4 x 4 numbers, mm to mm")
    return _of_parameters(np.array(parts["Parameters"], float), np.array(parts.get("FixedParameters", []), float))


def _of_mat(file: Path) -> np.ndarray:
    """Of ITK's .mat, which is one of MATLAB's; that of FLIRT is text, in voxels of two images."""
    from scipy.io import loadmat

    try:
        content: dict[str, Any] = loadmat(file)
    except Exception as error:  # whatever scipy raises
        raise cannot_use(file, error, "is no .mat file of ITK (FLIRT's are in voxels of two images, which are not at "
                         "hand)", "write it as 4 x 4 numbers, from mm to mm") from error  # fmt: skip
    own = next((v for k, v in content.items() if "Affine" in k or "Euler3D" in k), np.zeros(0))
    if own.size != 12:
        raise InputError(file, "is not one affine transform of ITK", "write its linear part as 4 x 4 numbers, mm to mm")
    return _of_parameters(own.ravel().astype(float), np.ravel(content.get("fixed", [])).astype(float))


def _of_parameters(own: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """ITK's parameters as an affine of mm (right, anterior, superior)."""
    affine = np.eye(4)
    affine[:3, :3] = own[:9].reshape(3, 3)
    centre = fixed[:3] if len(fixed) >= 3 else np.zeros(3)
    affine[:3, 3] = own[9:] + centre - affine[:3, :3] @ centre
    turned: np.ndarray = _LPS @ affine @ _LPS
    return turned


def _turned(affine: np.ndarray, file: Path) -> np.ndarray:
    """An affine of points: that of an image leads from the places of what is made to those of what is read."""
    mode = re.search(r"_mode-(image|points)(?=[_.])", file.name)
    if mode is None:
        do = "put mode-points or mode-image in its name (from-ACPC_to-MNI152_mode-image_xfm.txt)"
        raise InputError(
            file, "does not say whether it moves points or images, whose transforms lead opposite ways", do
        )
    inverse: np.ndarray = np.linalg.inv(affine) if abs(np.linalg.det(affine)) > _OFF else np.zeros((4, 4))
    return inverse if mode[1] == "image" else affine


def _check(affine: np.ndarray, file: Path) -> None:
    """No head is a tenth or ten times another, nor its mirror image."""
    scale = np.cbrt(np.linalg.det(affine[:3, :3]))
    if not 0.3 < scale < 3:
        what = "mirrors" if scale < 0 else f"scales by {scale:.2g}"
        raise InputError(file, f"{what}, which no transform from head to head does",
                         "give one of mm to mm, to the right, anterior and superior")  # fmt: skip


def transform_for(pattern: str | None, subject: str, session: str | None) -> Transform | None:
    """The transform of a participant; None where no file has its name.

    Parameters
    ----------
    pattern : str | None
        A path, in which {subject} and {session} stand for their labels (without `sub-`, `ses-`).
    subject : str
    session : str | None

    Raises
    ------
    InputError
        As `read_transform`; it names a session, of which there is none (64).
    """
    if pattern is None:
        return None
    if "{session}" in pattern and session is None:
        raise InputError(
            "--transform", f"names a session, and sub-{subject} has none", "leave {session} out", Exit.USAGE
        )
    file = Path(pattern.replace("{subject}", subject).replace("{session}", session or ""))
    return read_transform(file) if file.is_symlink() or file.exists() else None
