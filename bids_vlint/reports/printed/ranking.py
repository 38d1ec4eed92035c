"""How well each network predicts, trained and random."""

from __future__ import annotations

from bids_vlint.derivatives.group_columns import MODEL_COLUMNS
from bids_vlint.reports.contents.printed import Printed
from bids_vlint.reports.figures.summary import network_dots

RANKING = Printed(
    "ranking",
    "Networks, trained and random",
    lambda contents: contents.models,
    MODEL_COLUMNS,
    network_dots,
    40,
)
