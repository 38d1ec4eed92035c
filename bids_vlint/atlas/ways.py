"""How the coordinates of one electrodes.tsv come to MNI152, and to the participant's own volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bids_vlint.atlas.freesurfer import Reconstruction, native_frame, to_scanner
from bids_vlint.atlas.spaces import STANDARD_FRAMES, cannot_be, frame_of, moved, no_unit, why_not
from bids_vlint.atlas.transform import Transform
from bids_vlint.study.electrodes import AXES, Electrodes

_BY_TRANSFORM, _BY_FREESURFER, _NO_WAY = 4, 5, 9
# The anterior commissure in MNI305, and how far from it an ACPC frame may start without a word.
_COMMISSURE, _FAR_MM = np.array([0.0, 3.0, -4.0]), 20.0


@dataclass(frozen=True)
class Helpers:
    """What a participant has besides electrodes.tsv.

    Attributes
    ----------
    own : Reconstruction | None
    transform : Transform | None
    """

    own: Reconstruction | None = None
    transform: Transform | None = None


NO_HELPERS = Helpers()


@dataclass(frozen=True)
class Way:
    """How coordinates in mm are brought to labels.

    Attributes
    ----------
    rank : int
        How near the frame is to MNI152; the nearest is taken.
    to_mni152, to_scanner : (4, 4) or None
        None: they do not lead there.
    said : str
        The way to MNI152 in words, for `mni_from`.
    off : str
        The error to expect, in a sentence; empty where there is none to be named.
    why : str | None
        Why there is no way to either; None where there is one.
    """

    rank: int = _NO_WAY
    to_mni152: np.ndarray | None = None
    to_scanner: np.ndarray | None = None
    said: str = ""
    off: str = ""
    why: str | None = None


def works_of(said: str) -> tuple[str, ...]:
    """What a way to MNI152 rests on (`Way.said`): keys of data/citations.toml.

    Examples
    --------
    >>> works_of("fsaverage, by FreeSurfer's affine from MNI305"), works_of("ACPC, by own.txt to MNI152")
    (('wu2018',), ())
    """
    named = frame_of(said.partition(",")[0])
    frames = [named] if named else [f for f in STANDARD_FRAMES if f.way in said and f.rank]
    return (*(("fischl2012",) if "talairach.xfm" in said else ()), *(work for f in frames for work in f.references))


def way_of(electrodes: Electrodes, helpers: Helpers) -> Way:
    """How the coordinates of an electrodes.tsv come to MNI152, and to the participant's own volume.

    A frame that leads to MNI152 by its name needs no more; any other takes the transform, or FreeSurfer's folder.
    """
    space, units = electrodes.space, electrodes.units
    if electrodes.coordsystem is None and space is None and units is None:
        return Way(why=f"no coordsystem.json says what the coordinates of {electrodes.file.name} are in")
    by_name, wrong = why_not(space, units), wrong_unit(electrodes)
    transform = helpers.transform if helpers.transform and helpers.transform.takes(space) else None
    if by_name is None and not (transform and transform.source):
        return Way(why=wrong) if wrong else _standard(str(space), np.eye(4), str(space))
    if (
        space is None
        or space.lower() == "pixels"
        or (frame_of(space) is not None and not (transform and transform.source))
    ):
        return Way(why=by_name)
    native = native_frame(space, electrodes.described)
    if transform is None and (helpers.own is None or native is None):
        return Way(why=_no_frame(electrodes, helpers) or by_name)
    if no_length := no_unit(space, units) or wrong:
        return Way(why=no_length)
    own = _through_freesurfer(space, native, helpers.own) if helpers.own and native else None
    return _through(transform, space, own, helpers) if transform else own or Way(why=by_name)


def wrong_unit(electrodes: Electrodes) -> str | None:
    """Why the declared unit cannot be that of the coordinates, in a sentence; None where it can."""
    wrong = cannot_be(electrodes.table[list(AXES)].to_numpy(float), electrodes.units)
    if wrong is None:
        return None
    system = electrodes.coordsystem.name if electrodes.coordsystem else "coordsystem.json"
    return f"the coordinates of {electrodes.file.name} cannot be in {electrodes.units}, as {system} declares: {wrong}"


def _no_frame(electrodes: Electrodes, helpers: Helpers) -> str | None:
    """What is not declared where a FreeSurfer folder is at hand."""
    if helpers.own is None:
        return None
    return (f"the coordinates are in {electrodes.space}, which does not say whether they are the scanner's or the "
            "surface's (declare ScanRAS or ACPC, or write scanner RAS or surface RAS into "
            "iEEGCoordinateSystemDescription)")  # fmt: skip


def _standard(target: str, before: np.ndarray, named: str, note: str = "") -> Way:
    """To MNI152 from a frame that leads there by its name."""
    frame = frame_of(target)
    assert frame is not None
    off = f"{named}: {frame.off}." if frame.off else ""
    return Way(frame.rank, frame.to_mni152 @ before, said=f"{named}, {note}{frame.way}", off=off)


def _through_freesurfer(space: str, native: str, own: Reconstruction) -> Way:
    """To the participant's own volume, and by talairach.xfm on to MNI305 and MNI152."""
    there = to_scanner(own, native)
    if own.to_mni305 is None:
        return Way(_BY_FREESURFER, to_scanner=there, said="", off=f"{own.folder} has no talairach.xfm.")
    found = _standard("MNI305", own.to_mni305 @ there, space, "by FreeSurfer's talairach.xfm and ")
    off = f"{space}: a linear registration leaves up to about a centimetre between brains in MNI152; labels " \
        "of the participant's own volume do not have that error."  # fmt: skip
    if space.lower() == "acpc":
        start = float(np.linalg.norm(moved(own.to_mni305, np.zeros((1, 3)))[0] - _COMMISSURE))
        if start > _FAR_MM:
            off += (f" ACPC coordinates start {start:.0f} mm from the anterior commissure in {own.folder}: see that "
                    "FreeSurfer was given the T1 that they are of.")  # fmt: skip
    return Way(_BY_FREESURFER, found.to_mni152, there, found.said, off)


def _through(transform: Transform, space: str, own: Way | None, helpers: Helpers) -> Way:
    """By a transform to the frame that it leads to."""
    note, frame = f"by {transform.file.name}", frame_of(transform.target)
    if frame is not None:
        on = "" if (frame.to_mni152 == np.eye(4)).all() else f", {frame.way}"
        found = _standard(transform.target, transform.affine, space)
        off = f"{space}: as good as {transform.file.name}, which is linear."
        said = f"{space}, {note} to {transform.target}{on}"
        return Way(_BY_TRANSFORM, found.to_mni152, own.to_scanner if own else None, said, off)
    native = native_frame(transform.target, None) or (
        "scanner" if transform.target.lower() in ("t1w", "orig") else None
    )
    if helpers.own is None or native is None:
        return Way(
            why=f"{transform.file.name} leads to {transform.target}, which is no MNI, fsaverage or Talairach space"
            " and needs the participant's FreeSurfer folder (--fs-subjects-dir) if it is T1w, ScanRAS or ACPC"
        )
    there = _through_freesurfer(transform.target, native, helpers.own)
    to_mni = None if there.to_mni152 is None else there.to_mni152 @ transform.affine
    assert there.to_scanner is not None
    return Way(_BY_FREESURFER, to_mni, there.to_scanner @ transform.affine, f"{space} {note}, {there.said}", there.off)
