"""Desikan, Killiany and Tourville: a column of electrodes.tsv, or the participant's own volume of FreeSurfer.

There is no image of it in MNI152 space that an installed package ships; one's own can be named by its file.
"""

from __future__ import annotations

from bids_vlint.atlas.labelling import Atlas

DKT = Atlas(
    "dkt",
    "DKT",
    column=".*dkt.*",
    native=("aparc.DKTatlas+aseg.mgz", "aparc.DKTatlas+aseg.mapped.mgz", "aparc.DKTatlas+aseg.deep.mgz"),
    works=("klein2012",),
    place=10,
)
