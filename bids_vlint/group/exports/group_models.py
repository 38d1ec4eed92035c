"""How well each network predicts."""

from __future__ import annotations

from bids_vlint.derivatives.group_columns import MODEL_COLUMNS
from bids_vlint.group.export import Export

GROUP_MODELS = Export(
    "group_models",
    "How well each network predicts, trained and random.",
    "how well each network predicts, trained and random",
    columns=lambda _collected: MODEL_COLUMNS,
    table=lambda collected: collected.models,
    place=40,
)
