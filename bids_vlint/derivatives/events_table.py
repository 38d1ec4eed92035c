"""The table of the events that a fit used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.cells import as_table
from bids_vlint.derivatives.columns import EVENT_COLUMNS
from bids_vlint.files.column import Column, sidecar_of
from bids_vlint.files.json_file import write_json
from bids_vlint.files.tables import write_tsv
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment


def write_used_events(out: Path, name: FitName, alignment: Alignment, events: pd.DataFrame) -> None:
    """Write the events that a fit and alignment used, with a sidecar that defines the columns."""
    known = [c for c in EVENT_COLUMNS if c.name in events or c.name in ("onset", "duration", "trial_type")]
    others = [str(c) for c in events.columns if c not in {k.name for k in known} and c != "stim_file"]
    columns = [*known, *(Column(o, "string", f"{o}, as the event carries it.") for o in others)]
    table = as_table(events, columns)
    if "trial_type" not in events:
        table["trial_type"] = "word" if alignment == "language" else "scene_cut"
    tsv = layout.events_tsv(out, name, alignment)
    description = f"Events of the {alignment} alignment that were analysed."
    write_json(layout.sidecar(tsv), {"Description": description, **sidecar_of(columns)})
    write_tsv(tsv, table)
