"""Each site's evidence on one page of a participant's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult, levels_of
from bids_vlint.derivatives.inference_file import Inference
from bids_vlint.derivatives.meanings import all_tests
from bids_vlint.inference.calibrated.sites import WORDS
from bids_vlint.networks.comparisons import TESTS
from bids_vlint.reports.figures.curves import Curve
from bids_vlint.reports.figures.site_evidence import Panels, site_page
from bids_vlint.reports.filters import spoken
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.nulls import Kept
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

MOST_PAGES = 12
_WORDS = tuple(word.name for word in WORDS)


class Line(NamedTuple):
    """What is said of a site in one alignment.

    Attributes
    ----------
    alignment : Alignment
    passed : list of str
        Its tests.
    lags : list of (noun, s, s, s)
        Latencies, each with the ends of its interval.
    ceiling : float
        NaN where there is none.
    method : str
        Where p comes from.
    n_blocks, n_shifts : int
    """

    alignment: Alignment
    passed: list[str]
    lags: list[tuple[str, float, float, float]]
    ceiling: float
    method: str
    n_blocks: int
    n_shifts: int


def evidence_pages(
    fits: Sequence[FitResult], curves: Mapping[Alignment, Sequence[Mapping[str, Curve]]], kept: Kept
) -> list[Section]:
    """A page for each site, those with the smallest p first.

    Parameters
    ----------
    fits : sequence of FitResult
        Of one participant.
    curves : alignment -> per fit, name -> Curve
    kept : (fit, alignment) -> Inference
    """
    found = sites_of(fits)
    chosen = found[:MOST_PAGES]
    sections = [
        section(
            "Evidence",
            "Evidence",
            "evidence.html",
            n_sites=len(found),
            n_pages=len(chosen),
            q=" or ".join(f"{q:g}" for q in levels_of(fits)),
        )
    ]
    for k, row in chosen:
        by_name = {a: {name: c.of(np.array([row])) for name, c in curves[a][k].items()} for a in curves}
        sections += _site(fits[k], row, by_name, kept, alone=len(fits) == 1)
    return sections


def sites_of(fits: Sequence[FitResult]) -> list[tuple[int, int]]:
    """Fit and row of every electrode of integration or of both modalities, by the smallest p of what makes it one."""
    found: list[tuple[float, int, int]] = []
    tests = [test for word in WORDS for test in word.tests if not TESTS.named(test).control]
    for k, fit in enumerate(fits):
        chosen = fit.sites[[f"{w}_either" for w in _WORDS]].fillna(False).astype(bool).any(axis=1)
        own = [f"{a}_{t}_p" for a in ALIGNMENTS for t in tests]
        p = fit.sites[own].astype(float).min(axis=1)
        found += [(float(p.iloc[row]), k, int(row)) for row in np.flatnonzero(chosen)]
    return [(k, row) for _, k, row in sorted(found)]


def _site(
    fit: FitResult, row: int, curves: Mapping[Alignment, Mapping[str, Curve]], kept: Kept, *, alone: bool
) -> list[Section]:
    site = fit.sites.iloc[row]
    name = str(site["name"])
    tests = _ordered(fit.tests[fit.tests["name"] == name], fit.record.get("comparisons", []))
    panels = {a: _panels(a, site, tests, curves.get(a, {}), kept.get((fit.name, a))) for a in ALIGNMENTS
              if (tests["alignment"] == a).any()}  # fmt: skip
    if not panels:
        return []
    where = f", {site['region']}" if isinstance(site["region"], str) else ""
    title = f"{name}{where}: {_called(site)}" + ("" if alone else f" ({fit.name.stem})")
    return [section(
        "Evidence", title, "site.html",
        name=name,
        lines=[_line(alignment, own) for alignment, own in panels.items()],
        figure=site_page({str(a): own for a, own in panels.items()}),
        tests=tests.sort_values("alignment", kind="stable").to_dict("records"),
    )]  # fmt: skip


def _ordered(tests: pd.DataFrame, comparisons: Sequence[str]) -> pd.DataFrame:
    place = {test: k for k, test in enumerate(all_tests(comparisons))}
    keys = tests["test"].map(place).fillna(len(place))
    return tests.iloc[np.argsort(keys.to_numpy(), kind="stable")]


def _called(site: pd.Series) -> str:
    said = [f"{spoken(w)} ({', '.join(own)})" for w in _WORDS
            if (own := [a for a in ALIGNMENTS if site[f"{a}_{w}"] is not pd.NA and site[f"{a}_{w}"]])]  # fmt: skip
    return "; ".join(said)


def _panels(
    alignment: Alignment, site: pd.Series, tests: pd.DataFrame, curves: Mapping[str, Curve], kept: Inference | None
) -> Panels:
    own = tests[tests["alignment"] == alignment]
    start = f"{alignment}_"
    columns = {str(c).removeprefix(start): site[c] for c in site.index if str(c).startswith(start)}
    here = pd.Series(columns, dtype=object)
    if kept is None or site["name"] not in kept.channels:
        return Panels(curves, own, {}, here)
    row, course, ceiling = kept.channels.index(site["name"]), kept.course, kept.ceiling
    of_course = of_ceiling = None
    if course is not None:
        of_course = (course.lags, course.unique[row], course.low[row], course.high[row], float(course.threshold[row]))
    if ceiling is not None:
        of_ceiling = kept.bins, ceiling.r[row], ceiling.low[row], ceiling.high[row]
    null = {test: t[row] for test, t in kept.null.items()}
    return Panels(curves, own, null, here, kept.stimulus, of_course, of_ceiling)


def _line(alignment: Alignment, panels: Panels) -> Line:
    """What it beat, when, how it replicates, and its noise ceiling."""
    tests, lags = panels.tests, []
    for kind, noun in (("first", "first bin"), ("peak", "peak")):
        value, low, high = (panels.site.get(f"{kind}_lag{end}", np.nan) for end in ("", "_low", "_high"))
        if np.isfinite(value):
            lags.append((noun, value, low, high))
    passed = [test for test, ok in zip(tests["test"], tests["significant"]) if ok is True]
    n_blocks, n_shifts, method = (tests[c].iloc[0] for c in ("n_blocks", "n_shifts", "method"))
    ceiling = panels.site.get("ceiling", np.nan)
    return Line(alignment, passed, lags, ceiling, method, int(n_blocks), int(n_shifts))
