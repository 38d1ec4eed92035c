"""Whatever a column `region` of electrodes.tsv says."""

from __future__ import annotations

from bids_vlint.atlas.labelling import Atlas

REGION = Atlas("region", "region", column="region", place=40)
