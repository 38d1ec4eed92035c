"""Desikan, Killiany and Tourville: a column of electrodes.tsv."""

from __future__ import annotations

from bids_vlint.atlas.labelling import Atlas

DKT = Atlas("dkt", "DKT", column=".*dkt.*", place=10)
