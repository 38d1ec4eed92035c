"""What a yes and a no are worth: nulls, what was too short, how large a difference would be found, what replicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult, levels_of
from bids_vlint.inference.calibrated.detectable import LEVEL
from bids_vlint.inference.calibrated.evidence import CORRECTED
from bids_vlint.networks.comparisons import telling
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.detectable import all_tests_of, detectable_in
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.nulls import Kept, mean_stimulus, swapped_sites
from bids_vlint.reports.page import Section, section
from bids_vlint.study.stimulus import Alignment


class Short(NamedTuple):
    """An analysis whose p come from the corrected t: its blocks, and what t was divided by."""

    fit: str
    alignment: str
    n_blocks: int
    divisor: float


class StimulusCourse(NamedTuple):
    """The stimulus in the brain's place: the best r and its lag (s), and the mean r from 0.5 s before on."""

    alignment: Alignment
    best: float
    lag: float
    before: float


class SplitHalves(NamedTuple):
    """Of the sites of a test, how many show in each half of the film, of how many, and how many were too short."""

    test: str
    n: int
    n_sites: int
    n_short: int


def worth(fits: Sequence[FitResult], kept: Kept) -> list[Section]:
    """The section of what a yes and a no are worth; none where there is nothing to say."""
    tests, q = all_tests_of(fits), min(levels_of(fits))
    counts = swapped_sites(kept, q)
    values: dict[str, Any] = {
        "swapped": {test: counts[test] for test in (*telling(), *counts) if test in counts},
        "stimulus": _stimulus(kept),
        "short": _short(tests),
        "n_analyses": tests.groupby(["fit", "alignment"]).ngroups if len(tests) else 0,
        "reasons": list(dict.fromkeys(str(n) for fit in fits for n in fit.record.get("notes", [])
                                      if "corrected t" in str(n))),
        "detectable": {test: own for test, own in detectable_in(fits, q).items() if test in telling()},
        "level": LEVEL,
        "replicated": _replicated(tests),
    }  # fmt: skip
    if not any(values[key] for key in ("swapped", "stimulus", "short", "detectable", "replicated")):
        return []
    return [section("Summary", "What a yes and a no are worth", "worth.html", **values)]


def _stimulus(kept: Kept) -> list[StimulusCourse]:
    courses = []
    for alignment, r in mean_stimulus(kept).items():
        lags = next(k["stimulus"]["lag"].to_numpy() for (_, a), k in kept.items() if a == alignment and "stimulus" in k)
        best = int(np.nanargmax(r))
        courses.append(StimulusCourse(alignment, r[best], lags[best], float(np.nanmean(r[lags <= -0.5]))))
    return courses


def _short(tests: pd.DataFrame) -> list[Short]:
    if not len(tests):
        return []
    short = tests[tests["method"] == CORRECTED]
    return [Short(str(fit), str(alignment), int(part["n_blocks"].iloc[0]), float(part["null_sd"].median()))
            for (fit, alignment), part in short.groupby(["fit", "alignment"], sort=False)]  # fmt: skip


def _replicated(tests: pd.DataFrame) -> list[SplitHalves]:
    found = []
    for test in telling() if len(tests) else ():
        own = tests[(tests["test"] == test) & (tests["significant"] == True)]  # noqa: E712
        if len(own):
            known = [v for v in own["replicated"] if v is not None]
            found.append(SplitHalves(test, sum(map(bool, known)), len(own), len(own) - len(known)))
    return found


def methods_of(fits: Sequence[FitResult]) -> set[str]:
    """Where the calibrated p come from."""
    return {str(method) for fit in fits for method in fit.tests["method"]}


def _sections(contents: Contents) -> list[Section]:
    return worth(contents.fits, contents.nulls)


WORTH = ReportFigure("worth", _sections, {"participant": 30, "group": 30})
