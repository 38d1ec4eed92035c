"""Sites in the glass brain and on the inflated surface."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bids_vlint.files.column import Column
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import Printed
from bids_vlint.reports.figures.cortex import on_inflated
from bids_vlint.reports.figures.surface_sites import sites_on_surfaces
from bids_vlint.reports.sections.sites import kinds_of_sites

_PLACE = ["mni_x", "mni_y", "mni_z"]

_COLUMNS = (
    Column("participant_id", "string", "Participant."),
    Column("name", "string", "Electrode."),
    Column("region", "string", "Label of the atlas."),
    Column("called", "string", "What the electrode is called in at least one alignment."),
    *(Column(f"mni_{axis}", "number", "Place in MNI152 space.", "mm") for axis in "xyz"),
    *(Column(f"inflated_{axis}", "number", "Nearest place on the inflated cortex (fsaverage5).", "mm")
      for axis in "xyz"),
    Column("cortex_mm", "number", "Distance to the cortex.", "mm"),
)  # fmt: skip


def _table(contents: Contents) -> pd.DataFrame:
    """Electrodes with a place: what they are called in at least one alignment, and where they lie."""
    placed = contents.sites[contents.sites[_PLACE].notna().all(axis=1)]
    table = placed[["participant_id", "name", "region", *_PLACE]].copy()
    if not len(table):
        return table
    inflated, distance = on_inflated(table[_PLACE].to_numpy(float))
    table.insert(3, "called", kinds_of_sites(placed))
    for axis, values in zip("xyz", np.round(inflated.T, 2)):
        table[f"inflated_{axis}"] = values
    return table.assign(cortex_mm=np.round(distance, 2))


SITEMAP = Printed(
    "sitemap",
    "Sites in the glass brain and on the inflated cortex",
    _table,
    _COLUMNS,
    sites_on_surfaces,
    10,
)
