"""Every test of every electrode, as a long table."""

from __future__ import annotations

from bids_vlint.derivatives.columns import FIT_COLUMNS
from bids_vlint.derivatives.statistics_columns import TEST_COLUMNS
from bids_vlint.group.export import Export

GROUP_TESTS = Export(
    "group_tests",
    "Every test of {whose}.",
    "the long table of all tests",
    columns=lambda _collected: (*FIT_COLUMNS, *TEST_COLUMNS),
    table=lambda collected: collected.long,
    place=20,
)
