"""events.tsv: what happened when in a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.files.tables import numbers, read_table
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import sidecars


def read_events(run: Run) -> tuple[pd.DataFrame, Path] | None:
    """The events.tsv that applies to a run: onset and duration as numbers, the rest as text; None where absent."""
    found = sidecars(run, "events", ".tsv")
    if not found:
        return None
    table = read_table(found[0])
    table["onset"] = numbers(table, "onset", found[0])
    table["duration"] = numbers(table, "duration", found[0]) if "duration" in table else np.nan
    return table.sort_values("onset", kind="stable").reset_index(drop=True), found[0]
