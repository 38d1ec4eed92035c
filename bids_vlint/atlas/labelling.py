"""Atlases: whose labels are regions; one file of this package each, or a package of others (`registry`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bids_vlint.atlas.image import LabelImage
from bids_vlint.atlas.spaces import frame_of
from bids_vlint.atlas.volumes import image_file
from bids_vlint.citations import Reference
from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.registry import Registry


@dataclass(frozen=True)
class AtlasImage:
    """An atlas's labels in MNI152 space.

    Attributes
    ----------
    name : str
        What `region_atlas` calls it.
    title, source : str
        The atlas's and the image's, for the methods paragraph: labels of the TITLE atlas, in SOURCE's image; a file
        that is named has no source.
    read : () -> LabelImage or None
        None where it is not installed. It is asked once for every table.
    references : tuple of str or Reference
        Keys of data/citations.toml, or works of one's own.
    license : str
        Under which terms its labels stand.
    """

    name: str
    title: str
    source: str
    read: Callable[[], LabelImage | None]
    references: tuple[str | Reference, ...] = ()
    license: str = "n/a"


@dataclass(frozen=True)
class Atlas:
    """An atlas: which columns of electrodes.tsv hold its labels, and where they stand in the brain.

    Attributes
    ----------
    name : str
        As `--atlas` names it.
    said : str
        What it is called in words.
    column : str | None
        A regular expression for the names of columns of electrodes.tsv, of which case and all but letters and digits
        are dropped.
    image : AtlasImage | None
    native : tuple of str
        Its volume in a participant's FreeSurfer folder, below `mri`: the first file that is there.
    works : tuple of str
        Keys of data/citations.toml for what is native.
    place : int
        Where it stands in the order in which regions are looked for.
    """

    name: str
    said: str
    column: str | None = None
    image: AtlasImage | None = None
    native: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    place: int = 100


def _wrong(found: Atlas) -> str | None:
    nothing = found.column is None and found.image is None and not found.native
    return "has neither columns nor an image" if nothing else None


ATLASES = Registry("atlas", Atlas, "bids_vlint.atlas.atlases", "bids_vlint.atlases", "atlas", _wrong)


ALSO = "also_"  # before the names of columns of further atlases that are named
NATIVE = "freesurfer_"  # before the names of columns that come from a participant's own volume
_NUMBER_OF_NATIVE = re.compile(NATIVE + r"\w+_(mm|share)")
_IMAGE_FILE = re.compile(r".+\.nii(\.gz)?", re.IGNORECASE)


def atlas_of(column: str) -> Atlas | None:
    """The first atlas whose labels a column of electrodes.tsv holds; None: it is no atlas column.

    Examples
    --------
    >>> [atlas.name if atlas else None for atlas in map(atlas_of, ("aparc.DKTatlas", "Region", "size"))]
    ['dkt', 'region', None]
    """
    if _NUMBER_OF_NATIVE.fullmatch(column):
        return None
    plain = re.sub(r"[^a-z0-9]", "", column.lower())
    return next((a for a in ATLASES.everything if a.column and re.fullmatch(a.column, plain)), None)


def atlas_named(name: str) -> Atlas:
    """The atlas that `--atlas` names, or that of an image file.

    Raises
    ------
    InputError
        As `Registry.named`.
    """
    return _of_file(Path(name)) if _IMAGE_FILE.fullmatch(name) else ATLASES.named(name)


def _of_file(file: Path) -> Atlas:
    title = re.sub(r"\.nii(\.gz)?$", "", file.name, flags=re.IGNORECASE)
    return Atlas(
        str(file),
        title,
        image=AtlasImage(file.name, title, "", partial(image_file, file), license="n/a: that of the file"),
    )


def also_column(atlas: Atlas) -> str:
    """The column of sites that holds an atlas's labels beside those of another."""
    return f"{ALSO}{re.sub(r'[^A-Za-z0-9_]', '', atlas.said if atlas.name not in ATLASES.names else atlas.name)}"


def image_named(name: str) -> AtlasImage | None:
    """The image that `region_atlas` names; None for a column of electrodes.tsv, and for a participant's own volume."""
    if _IMAGE_FILE.fullmatch(name):
        return _of_file(Path(name)).image
    return next((a.image for a in ATLASES.everything if a.image and a.image.name == name), None)


def native_named(name: str) -> Atlas | None:
    """The atlas whose labels in a participant's own volume `region_atlas` names; None for all others."""
    own = name.removeprefix(NATIVE)
    return next((a for a in ATLASES.everything if a.native and name != own == a.name), None)


def check_atlases(names: Sequence[str]) -> None:
    """Say where a named atlas is unknown, or its file cannot be used.

    Raises
    ------
    InputError
        64 for an unknown name; of a file, 66 where it or the table of its labels is not there, 65 where it is in a
        space that is not MNI152 or cannot be read.
    """
    for name in names:
        if _IMAGE_FILE.fullmatch(name):
            _check_space(Path(name))
            image_file(Path(name))
        elif name not in ATLASES.names:
            do = f"{did_you_mean(name, ATLASES.names)}, or a file that ends in .nii or .nii.gz"
            raise InputError("--atlas", f"{name!r} is unknown", do, Exit.USAGE)


def _check_space(file: Path) -> None:
    """An image whose name says another space than MNI152 is not looked up there."""
    said = re.search(r"(?:^|_)(?:space|tpl)-([^_.]+)", file.name)
    frame = frame_of(said[1]) if said else None
    if said and (frame is None or frame.rank not in (0, 2)):
        raise InputError(file, f"is in {said[1]} by its name, and labels are looked up in MNI152",
                         "give the atlas's image in MNI152 space")  # fmt: skip
