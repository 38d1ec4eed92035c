"""When what networks of both say first shows at each site."""

from __future__ import annotations

import pandas as pd

from bids_vlint.files.column import Column
from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import Printed
from bids_vlint.reports.figures.latencies import latency_dots
from bids_vlint.reports.filters import spoken
from bids_vlint.study.stimulus import ALIGNMENTS

_COLUMNS = (
    Column("participant_id", "string", "Participant."),
    Column("name", "string", "Electrode."),
    Column("region", "string", "Label of the atlas."),
    Column("alignment", "string", "language (word onsets) or vision (scene cuts)."),
    Column("called", "string", "What the electrode is called in this alignment."),
    Column("first_lag", "number", "Time from the event at which what networks of both say first shows.", "s"),
    Column("first_lag_low", "number", "Lower end of its 95 % interval.", "s"),
    Column("first_lag_high", "number", "Upper end.", "s"),
)


def _table(contents: Contents) -> pd.DataFrame:
    """Sites with a latency, of those called integration or trained with language in the alignment."""
    rows = []
    for alignment in ALIGNMENTS:
        for word in (INTEGRATION, WITH_LANGUAGE):
            called = contents.sites[f"{alignment}_{word}"].fillna(False).astype(bool)
            own = contents.sites[called & contents.sites[f"{alignment}_first_lag"].notna()]
            lags = [own[f"{alignment}_{column}"] for column in ("first_lag", "first_lag_low", "first_lag_high")]
            rows += [(*about, alignment, spoken(word), *lag) for about, lag in
                     zip(zip(own["participant_id"], own["name"], own["region"]), zip(*lags))]  # fmt: skip
    return pd.DataFrame(rows, columns=[column.name for column in _COLUMNS])


LATENCY = Printed(
    "latency",
    "When sites first follow the network, with 95 % intervals",
    _table,
    _COLUMNS,
    latency_dots,
    50,
)
