"""Atlases: whose labels are regions; one file of this package each, or a package of others (`registry`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bids_vlint.atlas.image import LabelImage
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
        The atlas's and the image's, for the methods paragraph: labels of the TITLE atlas, in SOURCE's image.
    read : () -> LabelImage or None
        None where it is not installed. It is asked once for every table.
    references : tuple of str or Reference
        Keys of data/citations.toml, or works of one's own.
    """

    name: str
    title: str
    source: str
    read: Callable[[], LabelImage | None]
    references: tuple[str | Reference, ...] = ()


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
    place : int
        Where it stands in the order in which regions are looked for.
    """

    name: str
    said: str
    column: str | None = None
    image: AtlasImage | None = None
    place: int = 100


def _wrong(found: Atlas) -> str | None:
    return "has neither columns nor an image" if found.column is None and found.image is None else None


ATLASES = Registry("atlas", Atlas, "bids_vlint.atlas.atlases", "bids_vlint.atlases", "atlas", _wrong)


def atlas_of(column: str) -> Atlas | None:
    """The first atlas whose labels a column of electrodes.tsv holds; None: it is no atlas column.

    Examples
    --------
    >>> [atlas.name if atlas else None for atlas in map(atlas_of, ("aparc.DKTatlas", "Region", "size"))]
    ['dkt', 'region', None]
    """
    plain = re.sub(r"[^a-z0-9]", "", column.lower())
    return next((a for a in ATLASES.everything if a.column and re.fullmatch(a.column, plain)), None)


def image_named(name: str) -> AtlasImage | None:
    """The image that `region_atlas` names; None for a column of electrodes.tsv."""
    return next((a.image for a in ATLASES.everything if a.image and a.image.name == name), None)


def check_atlases(names: Sequence[str]) -> None:
    """Say where a named atlas is unknown.

    Raises
    ------
    InputError
        64.
    """
    for name in names:
        if name not in ATLASES.names:
            raise InputError("--atlas", f"{name!r} is unknown", did_you_mean(name, ATLASES.names), Exit.USAGE)
