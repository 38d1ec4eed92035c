"""When what networks of both say first shows at each site."""

from __future__ import annotations

import pandas as pd

from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import Printed
from bids_vlint.reports.figures.latencies import latency_dots
from bids_vlint.reports.filters import spoken
from bids_vlint.study.stimulus import ALIGNMENTS

_COLUMNS = ["participant_id", "name", "region", "alignment", "called", "first_lag", "first_lag_low", "first_lag_high"]


def _table(contents: Contents) -> pd.DataFrame:
    """Sites with a latency, of those called integration or trained with language in the alignment."""
    rows = []
    for alignment in ALIGNMENTS:
        for word in (INTEGRATION, WITH_LANGUAGE):
            called = contents.sites[f"{alignment}_{word}"].fillna(False).astype(bool)
            own = contents.sites[called & contents.sites[f"{alignment}_first_lag"].notna()]
            lags = [own[f"{alignment}_{column}"] for column in _COLUMNS[-3:]]
            rows += [(*about, alignment, spoken(word), *lag) for about, lag in
                     zip(zip(own["participant_id"], own["name"], own["region"]), zip(*lags))]  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


LATENCY = Printed(
    "latency",
    "When sites first follow the network, with 95 % intervals",
    _table,
    ("participant_id", "name", "region", "alignment", "called"),
    latency_dots,
    50,
)
