"""How well each network predicts, trained and random."""

from __future__ import annotations

import pandas as pd

from bids_vlint.networks.identity import identity_of
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.figures.summary import network_dots
from bids_vlint.reports.page import Section, section


def networks(models: pd.DataFrame) -> list[Section]:
    """The sections of networks, from the table of networks (`group.networks.model_table`)."""
    if models.empty:
        return []
    several = any(identity_of(model).twin for model in models["model"])
    titles = [c.removeprefix("n_").replace("r_", "r, ") for c in models.columns]
    rows = list(models.itertuples(index=False, name=None))
    return [
        section("Networks", "Networks, trained and random", "networks.html", figure=network_dots(models),
                several=several),
        section("Networks", "Networks in numbers", "table.html", titles=titles, rows=rows),
    ]  # fmt: skip


def _sections(contents: Contents) -> list[Section]:
    return networks(contents.models)


NETWORKS = ReportFigure("networks", _sections, {"participant": 280, "group": 280})
