"""What the best network reaches beside what other brains share with an electrode."""

from __future__ import annotations

import pandas as pd

from bids_vlint.files.column import Column
from bids_vlint.group.between_brains import ceilings_in
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import Printed
from bids_vlint.reports.figures.between_brains import ceiling_dots

_COLUMNS = (
    Column("participant_id", "string", "Participant."),
    Column("name", "string", "Electrode."),
    Column("alignment", "string", "language or vision."),
    Column("r", "number", "Held-out r of the prediction from other participants' electrodes.", "correlation"),
    Column("ceiling", "number", "Between-brain ceiling (docs/ceiling.md).", "correlation"),
    Column("ceiling_low", "number", "Lower end of its 95 % interval.", "correlation"),
    Column("ceiling_high", "number", "Upper end of its 95 % interval.", "correlation"),
    Column("network_r", "number", "Held-out r of the best trained network.", "correlation"),
)


def _table(contents: Contents) -> pd.DataFrame:
    """The electrodes whose ceiling has an interval."""
    sites, parts = contents.sites, []
    for alignment, own in ceilings_in(sites):
        table = sites[["participant_id", "name"]].assign(alignment=alignment, network_r=sites[f"{alignment}_best_r"])
        parts.append(table.join(own[["r", "ceiling", "ceiling_low", "ceiling_high"]]).dropna(subset=["ceiling_low"]))
    names = [column.name for column in _COLUMNS]
    return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)


CEILINGS = Printed(
    "ceilings",
    "The best network beside the between-brain ceiling",
    _table,
    _COLUMNS,
    ceiling_dots,
    50,
    look_for="Look for dots near the black line: there a network predicts what brains share; dots far below it have "
    "something in common with other brains that no network holds.",
)
