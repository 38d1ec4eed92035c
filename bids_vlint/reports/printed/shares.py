"""The share of sites in each region, with its interval and its participants."""

from __future__ import annotations

import pandas as pd

from bids_vlint.atlas.words import region_words
from bids_vlint.derivatives.group_columns import REGION_TEST_COLUMNS
from bids_vlint.files.column import Column
from bids_vlint.inference.calibrated.claims import INTEGRATION
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import Printed
from bids_vlint.reports.figures.region_shares import region_shares


def _table(contents: Contents) -> pd.DataFrame:
    """The tests of regions for integration in at least one alignment."""
    own = contents.region_tests
    chosen = own[(own["claim"] == INTEGRATION) & (own["where"] == "either")].copy()
    chosen.insert(2, "region_name", [region_words(label) for label in chosen["region"]])
    return chosen


SHARES = Printed(
    "shares",
    "Regions: share of integration sites with 95 % intervals",
    _table,
    (*REGION_TEST_COLUMNS, Column("region_name", "string", "The label in words.")),
    region_shares,
    20,
)
