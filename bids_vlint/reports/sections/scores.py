"""Score time courses around the event, averaged over sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bids_vlint.log import counted
from bids_vlint.networks.tests.multimodal_beats_unimodal import MULTIMODAL_BEATS_UNIMODAL
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.curves import FitCurves
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.nulls import mean_stimulus
from bids_vlint.reports.figures.curves import CURVES, Curve
from bids_vlint.reports.figures.timecourse import mean_timecourse
from bids_vlint.reports.page import Section, section
from bids_vlint.signals.windows import LAGS
from bids_vlint.study.stimulus import Alignment


def _all_electrodes(parts: Sequence[FitCurves]) -> FitCurves:
    """The curves of all fits' electrodes, in the order of the fits."""

    def stacked(name: str, array: str) -> np.ndarray:
        return np.concatenate([getattr(part[name], array) for part in parts])

    return {name: Curve(*(stacked(name, array) for array in ("r", "low", "high"))) for name in CURVES}


def score_courses(
    sites: pd.DataFrame, by_fit: Mapping[Alignment, Sequence[FitCurves]], stimulus: Mapping[Alignment, np.ndarray]
) -> Section:
    """The courses' mean over the sites of each alignment, or over all electrodes where there is none.

    Parameters
    ----------
    sites : DataFrame
    by_fit : alignment -> curves of each fit
    stimulus : alignment -> (n_lags,)
        The stimulus in the brain's place, drawn below.
    """
    chosen, who, selected = {}, {}, False
    for alignment, parts in by_fit.items():
        verdict = sites[f"{alignment}_{MULTIMODAL_BEATS_UNIMODAL.name}"]
        passed = verdict.fillna(False).to_numpy(dtype=bool)
        rows = np.flatnonzero(passed if passed.any() else np.ones(len(sites), dtype=bool))
        selected |= bool(passed.any())
        chosen[str(alignment)] = {name: curve.of(rows) for name, curve in _all_electrodes(parts).items()}
        who[str(alignment)] = counted(len(rows), "site") if passed.any() else f"all {len(rows)} electrodes"
        who[str(alignment)] += " (no site)" if verdict.notna().any() and not passed.any() else ""
    figure = mean_timecourse(chosen, LAGS, who, {str(a): r for a, r in stimulus.items()}) if chosen else None
    drawn = {name for curves in chosen.values() for name, curve in curves.items() if np.isfinite(curve.r).any()}
    return section("Scores", "Score time courses", "scores.html", figure=figure, chosen=selected, drawn=drawn,
                   with_stimulus=bool(stimulus))  # fmt: skip


def _sections(contents: Contents) -> list[Section]:
    return [score_courses(contents.sites, contents.curves, mean_stimulus(contents.nulls))]


SCORES = ReportFigure("scores", _sections, {"participant": 220, "group": 220})
