"""Sites in a glass brain, or the reason why there is no picture."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.figures.brain import glass_brain
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.sites import kinds_of_sites

_MNI = ["mni_x", "mni_y", "mni_z"]
_TITLE = "Sites in the brain"


def brain(sites: pd.DataFrame, notes: Sequence[str]) -> Section:
    """The section of the brain; `notes` of the fits may say why electrodes have no place."""
    located = sites[_MNI].notna().all(axis=1)
    if not located.any():
        reasons = list(dict.fromkeys(n for n in notes if "n/a" in n or "coordinates" in n))
        return section("Brain", _TITLE, "no_brain.html", reasons=reasons)
    placed = sites[located]
    figure = glass_brain(placed[_MNI].to_numpy(float), kinds_of_sites(placed))
    tested = [word.name for word in WORDS if sites[f"{word.name}_either"].notna().any()]
    return section("Brain", _TITLE, "brain.html", figure=figure, n_placed=len(placed), n_electrodes=len(sites),
                   tested=tested)  # fmt: skip


def _sections(contents: Contents) -> list[Section]:
    return [brain(contents.sites, contents.notes)]


BRAIN = ReportFigure("brain", _sections, {"participant": 250, "group": 250})
