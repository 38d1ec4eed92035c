"""Whatever a column `label` of electrodes.tsv says."""

from __future__ import annotations

from bids_vlint.atlas.labelling import Atlas

LABEL = Atlas("label", "label", column="label", place=50)
