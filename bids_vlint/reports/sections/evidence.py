"""Each site's evidence on one page of a participant's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.inference_file import Inference
from bids_vlint.derivatives.meanings import all_tests
from bids_vlint.inference.calibrated.sites import BOTH_MODALITIES, INTEGRATION
from bids_vlint.reports import html, words
from bids_vlint.reports.figures.curves import Curve
from bids_vlint.reports.figures.site import Panels, site_page
from bids_vlint.reports.sections.nulls import Kept
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    import mne

MOST_PAGES = 12
WORDS = (INTEGRATION, BOTH_MODALITIES)


def add_evidence(
    report: mne.Report,
    fits: Sequence[FitResult],
    curves: Mapping[Alignment, Sequence[Mapping[str, Curve]]],
    kept: Kept,
) -> None:
    """A page for each site, those with the smallest p first.

    Parameters
    ----------
    report : mne.Report
    fits : sequence of FitResult
        Of one participant.
    curves : alignment -> per fit, name -> Curve
    kept : (fit, alignment) -> Inference
    """
    found = sites_of(fits)
    shown = found[:MOST_PAGES]
    said = f"{words.number(len(found), 'site')} of integration or of both modalities."
    if len(found) > len(shown):
        said += f" The {len(shown)} with the smallest p have a page here; the tables beside this report hold all."
    guide = (
        "A page is of one electrode, in both alignments. Orange-red: passed (q at most 0.05, and trained networks beat "
        "random ones). Grey histograms: t of the same electrode under circular shifts of its responses; the line is "
        "the t as recorded. Latencies are named from the deconvolved course alone, because curves of r are smeared "
        "over neighbouring events."
    )
    html.add_html(report, html.paragraph(said) + (html.paragraph(guide) if shown else ""), "Evidence", "Evidence")
    for k, row in shown:
        by_name = {a: {name: c.of(np.array([row])) for name, c in curves[a][k].items()} for a in curves}
        _add_page(report, fits[k], row, by_name, kept, alone=len(fits) == 1)


def sites_of(fits: Sequence[FitResult]) -> list[tuple[int, int]]:
    """Fit and row of every electrode of integration or of both modalities, by the smallest p of what makes it one."""
    found: list[tuple[float, int, int]] = []
    for k, fit in enumerate(fits):
        chosen = fit.sites[[f"{w}_either" for w in WORDS]].fillna(False).astype(bool).any(axis=1)
        own = [f"{a}_{t}_p" for a in ALIGNMENTS for t in ("multimodal_beats_unimodal", "multimodal_beats_linear")]
        p = fit.sites[own].astype(float).min(axis=1)
        found += [(float(p.iloc[row]), k, int(row)) for row in np.flatnonzero(chosen)]
    return [(k, row) for _, k, row in sorted(found)]


def _add_page(
    report: mne.Report,
    fit: FitResult,
    row: int,
    curves: Mapping[Alignment, Mapping[str, Curve]],
    kept: Kept,
    *,
    alone: bool,
) -> None:
    site = fit.sites.iloc[row]
    name = str(site["name"])
    tests = _ordered(fit.tests[fit.tests["name"] == name], fit.record.get("comparisons", []))
    panels = {a: _panels(a, site, tests, curves.get(a, {}), kept.get((fit.name, a))) for a in ALIGNMENTS
              if (tests["alignment"] == a).any()}  # fmt: skip
    if not panels:
        return
    page = html.picture(site_page({str(a): own for a, own in panels.items()}), f"Evidence of {name}")
    page += html.table(_differences(tests)) + html.table(_grounds(tests))
    page = f"<details><summary>Courses, differences, nulls and parts; all in numbers</summary>{page}</details>"
    where = f", {site['region']}" if isinstance(site["region"], str) else ""
    title = f"{name}{where}: {_called(site)}" + ("" if alone else f" ({fit.name.stem})")
    html.add_html(report, html.bullets(_said(site, panels), bold_start=True) + page, title, "Evidence")


def _ordered(tests: pd.DataFrame, comparisons: Sequence[str]) -> pd.DataFrame:
    place = {test: k for k, test in enumerate(all_tests(comparisons))}
    keys = tests["test"].map(place).fillna(len(place))
    return tests.iloc[np.argsort(keys.to_numpy(), kind="stable")]


def _called(site: pd.Series) -> str:
    said = [f"{words.spoken(w)} ({', '.join(own)})" for w in WORDS
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


def _said(site: pd.Series, panels: Mapping[Alignment, Panels]) -> list[str]:
    """What it beat, when, how it replicates, and its noise ceiling, a line per alignment."""
    lines = []
    for alignment, own in panels.items():
        passed = [words.spoken(t) for t, ok in zip(own.tests["test"], own.tests["significant"]) if ok is True]
        said = f"{alignment}: passes {', '.join(passed)}" if passed else f"{alignment}: passes no test"
        lines.append(". ".join([said, _latency(own.site), _ceiling(own), _made(own.tests)]) + ".")
    return lines


def _latency(here: pd.Series) -> str:
    said = []
    for kind, noun in (("first", "first bin"), ("peak", "peak")):
        value, low, high = (here.get(f"{kind}_lag{end}", np.nan) for end in ("", "_low", "_high"))
        if np.isfinite(value):
            said.append(f"{noun} at {value:.2f} s (95 % interval {low:.2f} to {high:.2f})")
    return f"Deconvolved: {', '.join(said)}" if said else "No latency: the deconvolved course does not exceed its null"


def _ceiling(own: Panels) -> str:
    value = own.site.get("ceiling", np.nan)
    if not np.isfinite(value):
        return "Noise ceiling n/a: nothing was seen more than once, or too little"
    return f"Noise ceiling of r: {value:.2f} (mean over the windows that count)"


def _made(tests: pd.DataFrame) -> str:
    blocks, shifts, method = (tests[c].iloc[0] for c in ("n_blocks", "n_shifts", "method"))
    return f"p from {method}: {int(blocks)} blocks of 5 s, {words.number(int(shifts), 'shift')}"


def _signed(value: float) -> str:
    return f"{value:+.3f}" if value == value else "n/a"


def _differences(tests: pd.DataFrame) -> pd.DataFrame:
    rows = [{
        "alignment": test["alignment"],
        "test": words.spoken(test["test"]),
        "passed": test["significant"] is True,
        "difference in r (95 %)": f"{_signed(test['diff'])} ({_signed(test['low'])} to {_signed(test['high'])})",
        "p": test["p"], "q": test["q"], "q, any dependence": test["q_by"],
        "model against baseline": f"{test['model']} against {test['baseline']}",
    } for test in tests.to_dict("records")]  # fmt: skip
    return pd.DataFrame(rows).sort_values("alignment", kind="stable")


def _grounds(tests: pd.DataFrame) -> pd.DataFrame:
    """What p, and a no, rest on."""
    rows = [{
        "alignment": test["alignment"],
        "test": words.spoken(test["test"]),
        "t": f"{test['t']:.2f}",
        "null, mean ± SD": f"{test['null_mean']:.2f} ± {test['null_sd']:.2f}",
        "candidates": f"{int(test['n_model'])} against {int(test['n_baseline'])}",
        "halves of the film": f"{_signed(test['diff_first_half'])}, {_signed(test['diff_second_half'])}",
        "passes in each": {True: "yes", False: "no"}.get(test["replicated"], "n/a"),
        "detectable": _signed(test["detectable"]).lstrip("+"),
    } for test in tests.to_dict("records")]  # fmt: skip
    return pd.DataFrame(rows).sort_values("alignment", kind="stable")
