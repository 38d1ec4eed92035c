"""What is said of each region, for every claim."""

from __future__ import annotations

from bids_vlint.derivatives.group_columns import REGION_TEST_COLUMNS
from bids_vlint.group.export import Export

GROUP_REGION_TESTS = Export(
    "group_region_tests",
    "Of each region and claim: the share of sites, in how many participants, and whether more than in the rest.",
    "what is said of each region: the share of sites, its prevalence over participants, a test against the rest",
    columns=lambda _collected: REGION_TEST_COLUMNS,
    table=lambda collected: collected.region_tests,
    place=32,
)
