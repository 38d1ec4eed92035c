"""How many electrodes of how many participants lie in each region."""

from __future__ import annotations

import pandas as pd

from bids_vlint.atlas.words import region_words
from bids_vlint.files.column import Column
from bids_vlint.group.regions import labels_of
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import Printed
from bids_vlint.reports.figures.coverage import coverage_grid

_COLUMNS = (
    Column("atlas", "string", "Column of electrodes.tsv, or atlas, that the labels come from."),
    Column("region", "string", "Label of the atlas."),
    Column("region_name", "string", "The label in words."),
    Column("participant_id", "string", "Participant."),
    Column("n_electrodes", "integer", "The participant's electrodes with this label."),
)


def _table(contents: Contents) -> pd.DataFrame:
    """A row per atlas, region and participant."""
    labels = labels_of(contents.sites)
    who = contents.sites["participant_id"].to_numpy()[labels["row"].to_numpy(int)]
    counts = labels.assign(participant_id=who).groupby(["atlas", "region", "participant_id"], sort=True).size()
    table = counts.rename("n_electrodes").reset_index()
    table.insert(2, "region_name", [region_words(label) for label in table["region"]])
    return table


COVERAGE = Printed(
    "coverage",
    "Coverage: electrodes per region and participant",
    _table,
    _COLUMNS,
    coverage_grid,
    60,
)
