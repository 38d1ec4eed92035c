"""Time courses of held-out r around the event, mean over electrodes, with bands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bids_vlint.files.column import Column
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import Printed
from bids_vlint.reports.figures.curves import CURVES
from bids_vlint.reports.figures.timecourse import printed_courses
from bids_vlint.signals.windows import LAGS

_COLUMNS = (
    Column("alignment", "string", "language (word onsets) or vision (scene cuts)."),
    Column("n_electrodes", "integer", "Electrodes that are averaged."),
    Column("curve", "string", "Which networks' scores are averaged."),
    Column("lag", "number", "Time from the event.", "s"),
    Column("r", "number", "Held-out correlation, mean over electrodes."),
    Column("r_low", "number", "Mean of the lower ends of the electrodes' 95 % intervals."),
    Column("r_high", "number", "Mean of their upper ends."),
)


def _table(contents: Contents) -> pd.DataFrame:
    """Every electrode counts, whatever it is called: choosing sites by these same recordings would widen the gaps."""
    rows = []
    for alignment, parts in contents.curves.items():
        for name in CURVES:
            r, low, high = (np.concatenate([getattr(part[name], own) for part in parts])
                            for own in ("r", "low", "high"))  # fmt: skip
            known = np.isfinite(r).all(axis=1)
            if known.any():
                means = zip(LAGS, *(own[known].mean(axis=0) for own in (r, low, high)))
                rows += [(str(alignment), int(known.sum()), name, *map(float, point)) for point in means]
    return pd.DataFrame(rows, columns=[column.name for column in _COLUMNS])


COURSES = Printed(
    "courses",
    "Time courses of held-out r, mean over all electrodes",
    _table,
    _COLUMNS,
    printed_courses,
    30,
)
