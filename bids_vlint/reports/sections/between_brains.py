"""How much of what brains share networks predict: the between-brain ceiling in a picture and in a sentence."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from bids_vlint.group.between_brains import ceilings_in
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.figures.between_brains import ceiling_dots
from bids_vlint.reports.page import Section, section


def _said(own: pd.DataFrame) -> dict[str, Any]:
    known, reached = own["ceiling_low"].to_numpy(float) > 0, own["reached"].dropna()
    why = Counter(str(reason) for reason in own["not_known"] if isinstance(reason, str))
    return {
        "n": len(own), "predicted": int((own["r_low"].to_numpy(float) > 0).sum()), "known": int(known.sum()),
        "ceiling": own["ceiling"][known].median(), "reached": reached.median(),
        "quartiles": (reached.quantile(0.25), reached.quantile(0.75)), "why": why.most_common(),
    }  # fmt: skip


def _sections(contents: Contents) -> list[Section]:
    said = {alignment: _said(own) for alignment, own in ceilings_in(contents.sites)}
    if not said:
        return []
    printed, table = next((printed, table) for printed, table in contents.printed if printed.name == "ceilings")
    figure = ceiling_dots(table) if len(table) else None
    return [section("Networks", "How much of what brains share do networks predict?", "between_brains.html", said=said,
                    figure=figure, look_for=printed.look_for)]  # fmt: skip


BETWEEN_BRAINS = ReportFigure("between_brains", _sections, {"group": 283})
