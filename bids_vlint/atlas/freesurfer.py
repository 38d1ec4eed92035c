"""A participant's FreeSurfer (or FastSurfer) folder: volumes of labels, and the ways between its frames and MNI305."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.atlas.image import LabelImage, look_up
from bids_vlint.atlas.label_table import label_names
from bids_vlint.atlas.labelling import ATLASES, NATIVE
from bids_vlint.atlas.transform import read_transform
from bids_vlint.atlas.volumes import label_volume, loaded, shipped
from bids_vlint.errors import Exit, InputError

TISSUE = f"{NATIVE}tissue"
_SCANNER, _SURFACE = "scanner", "surface"
_SAID = ((re.compile(r"surface.?ras|\btk(r|reg)?.?ras|\btkr\b|\btkreg\b", re.IGNORECASE), _SURFACE),
         (re.compile(r"scanner.?ras|scan.?ras", re.IGNORECASE), _SCANNER))  # fmt: skip


@dataclass(frozen=True)
class Reconstruction:
    """A participant's folder.

    Attributes
    ----------
    folder : Path
    volumes : atlas -> file
        Those of `Atlas.native` that are there.
    surface_to_scanner : (4, 4)
        From surface coordinates (tkRAS) to those of the scanner (the T1's own), in mm.
    to_mni305 : (4, 4) or None
        From scanner coordinates; None without mri/transforms/talairach.xfm.
    """

    folder: Path
    volumes: Mapping[str, Path]
    surface_to_scanner: np.ndarray
    to_mni305: np.ndarray | None

    @property
    def files(self) -> tuple[Path, ...]:
        """What it was read from."""
        xfm = self.folder / "mri" / "transforms" / "talairach.xfm"
        return (*self.volumes.values(), *([xfm] if self.to_mni305 is not None else []))


def reconstruction(subjects_dir: Path | None, subject: str, session: str | None) -> Reconstruction | None:
    """A participant's folder below a FreeSurfer subjects folder: sub-01_ses-02, sub-01, 01; None: there is none.

    Raises
    ------
    InputError
        The subjects folder, or every volume of labels in the participant's, is not there (66); a file in it cannot be
        read (65).
    """
    if subjects_dir is None:
        return None
    if not subjects_dir.is_dir():
        raise InputError(subjects_dir, "is no folder", "give FreeSurfer's subjects folder", Exit.NO_INPUT)
    names = [f"sub-{subject}_ses-{session}"] if session else []
    folder = next(
        (subjects_dir / n for n in (*names, f"sub-{subject}", subject) if (subjects_dir / n / "mri").is_dir()), None
    )
    if folder is None:
        return None
    there = {atlas.name: (folder / "mri" / name for name in atlas.native) for atlas in ATLASES.everything}
    volumes = {name: found for name, files in there.items() if (found := next((f for f in files if _named(f)), None))}
    if not volumes:
        wrong = "has no aparc+aseg.mgz, nor one of another atlas"
        raise InputError(folder / "mri", wrong, "let recon-all end, or copy it", Exit.NO_INPUT)
    volume = loaded(next(iter(volumes.values())))
    xfm = folder / "mri" / "transforms" / "talairach.xfm"
    return Reconstruction(folder, volumes, volume.affine @ np.linalg.inv(volume.header.get_vox2ras_tkr()),
                          read_transform(xfm).affine if _named(xfm) else None)  # fmt: skip


def _named(file: Path) -> bool:
    """Whether a file has a name there, also where its content was not fetched."""
    return file.is_symlink() or file.exists()


def native_frame(space: str | None, described: str | None) -> str | None:
    """Which frame of the T1 coordinates are in; None where that is not declared.

    ACPC is that of the T1 that FreeSurfer was given, if that T1 is in ACPC. Others by iEEGCoordinateSystemDescription.

    Examples
    --------
    >>> native_frame("ScanRAS", None), native_frame("Other", "surface RAS (tkRAS)"), native_frame("Other", None)
    ('scanner', 'surface', None)
    """
    if (space or "").lower() in ("acpc", "scanras"):
        return _SCANNER
    return next((frame for said, frame in _SAID if said.search(described or "") or said.search(space or "")), None)


def to_scanner(own: Reconstruction, frame: str) -> np.ndarray:
    """The affine from a frame of `native_frame` to scanner coordinates, in mm."""
    return own.surface_to_scanner if frame == _SURFACE else np.eye(4)


def native_labels(own: Reconstruction, scanner: np.ndarray) -> pd.DataFrame:
    """What the participant's own volumes say of places.

    Parameters
    ----------
    own : Reconstruction
    scanner : (n, 3)
        In scanner coordinates, mm; NaN says nothing.

    Returns
    -------
    DataFrame
        freesurfer_ATLAS, freesurfer_ATLAS_mm, freesurfer_ATLAS_share of each volume, freesurfer_tissue of the first.

    Raises
    ------
    InputError
        A volume has no content (66) or cannot be read (65).
    """
    columns: dict[str, pd.Series] = {}
    for atlas, file in own.volumes.items():
        found = look_up(_image(file), scanner)
        name = f"{NATIVE}{atlas}"
        columns |= {name: found["region"], f"{name}_mm": found["distance_mm"], f"{name}_share": found["region_share"]}
        columns.setdefault(TISSUE, found["tissue"])
    return pd.DataFrame(columns)


def _image(file: Path) -> LabelImage:
    return label_volume(file, colour_names())


@cache
def colour_names() -> dict[int, str]:
    """The names of FreeSurfer's labels, from the table that MNE ships.

    Raises
    ------
    InputError
        It is not installed (66).
    """
    table = shipped("mne", "data", "FreeSurferColorLUT.txt")
    if table is None:
        raise InputError("FreeSurferColorLUT.txt", "is not in the package mne", "install mne again", Exit.NO_INPUT)
    return label_names(table)
