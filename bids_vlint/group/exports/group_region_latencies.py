"""When the sites of each region integrate."""

from __future__ import annotations

from bids_vlint.derivatives.group_columns import REGION_LATENCY_COLUMNS
from bids_vlint.group.export import Export

GROUP_REGION_LATENCIES = Export(
    "group_region_latencies",
    "Latencies of the electrodes of each region that are called integration.",
    "latencies of integration in each region",
    columns=lambda _collected: REGION_LATENCY_COLUMNS,
    table=lambda collected: collected.region_latencies,
    place=34,
)
