"""All electrodes: their tests, places and regions."""

from __future__ import annotations

from bids_vlint.derivatives.between_columns import between_columns
from bids_vlint.derivatives.collection import all_columns
from bids_vlint.group.export import Export

GROUP_SITES = Export(
    "group_sites",
    "All electrodes of {whose}.",
    "all electrodes of all participants",
    columns=lambda collected: [*all_columns(collected.fits), *(between_columns() if len(collected.ceilings) else ())],
    table=lambda collected: collected.sites,
    place=10,
)
