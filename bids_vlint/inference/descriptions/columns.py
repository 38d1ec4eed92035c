"""What the table of sites says of an alignment besides its tests: best networks, latencies, parts, noise ceiling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bids_vlint.inference.descriptions.beyond import Beyond
from bids_vlint.inference.descriptions.partition import PARTS
from bids_vlint.study.stimulus import Alignment

ENDS = ("", "_low", "_high")


def described(alignment: Alignment, best: pd.DataFrame, beyond: Beyond | None = None) -> pd.DataFrame:
    """Describe every electrode in an alignment.

    Parameters
    ----------
    alignment : Alignment
    best : DataFrame
        best_multimodal, best_unimodal; index: name.
    beyond : Beyond | None

    Returns
    -------
    DataFrame
        Index: name. `A_best_multimodal`, `A_best_unimodal`, and where they were made `A_first_lag`, `A_peak_lag` (s),
        `A_unique_vision`, `A_unique_language`, `A_shared`, `A_multimodal_only` (R2), each also `_low` and `_high`, and
        `A_ceiling` (r).
    """
    table = best if beyond is None else best.assign(**_of_beyond(beyond))
    return table.add_prefix(f"{alignment}_")


def _of_beyond(beyond: Beyond) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    if beyond.course is not None:
        for lag in ("first", "peak"):
            columns |= {f"{lag}_lag{end}": getattr(beyond.course, f"{lag}{end}") for end in ENDS}
    if beyond.partition is not None:
        parts = beyond.partition
        for k, part in enumerate(PARTS):
            columns |= dict(zip((f"{part}{end}" for end in ENDS), (parts.value[k], parts.low[k], parts.high[k])))
    return columns | {"ceiling": beyond.ceiling.mean}
