"""How many electrodes of each region pass each test."""

from __future__ import annotations

from bids_vlint.derivatives.group_columns import region_columns
from bids_vlint.group.export import Export

GROUP_REGIONS = Export(
    "group_regions",
    "Electrodes and sites per atlas and region.",
    "electrodes and sites of each region of each atlas",
    columns=lambda collected: region_columns(collected.tests),
    table=lambda collected: collected.regions,
    place=30,
)
