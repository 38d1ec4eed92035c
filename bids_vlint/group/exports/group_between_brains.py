"""How well other brains predict each electrode, and what networks reach of it."""

from __future__ import annotations

from bids_vlint.derivatives.between_columns import between_table_columns
from bids_vlint.group.export import Export

GROUP_BETWEEN_BRAINS = Export(
    "group_between_brains",
    "Between-brain ceilings of the electrodes of {whose}; without rows where --between-brains was not given.",
    "with `--between-brains`, the between-brain ceiling of each electrode; `group_sites.tsv` then has it, too",
    columns=lambda _collected: between_table_columns(),
    table=lambda collected: collected.ceilings,
    place=15,
)
