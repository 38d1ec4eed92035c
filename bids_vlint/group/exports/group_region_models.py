"""How well each network predicts in each region."""

from __future__ import annotations

from bids_vlint.derivatives.group_columns import REGION_MODEL_COLUMNS
from bids_vlint.group.export import Export

GROUP_REGION_MODELS = Export(
    "group_region_models",
    "How well each trained network predicts in each region, with ranks.",
    "how well each network predicts in each region, ranked",
    columns=lambda _collected: REGION_MODEL_COLUMNS,
    table=lambda collected: collected.region_models,
    place=42,
)
