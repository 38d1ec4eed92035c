"""Each site's evidence on one page of a participant's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult, levels_of
from bids_vlint.derivatives.layout import participant_html
from bids_vlint.derivatives.meanings import all_tests
from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.inference.calibrated.share import share_of
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.networks.comparisons import TESTS
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.nulls import Inference, Kept
from bids_vlint.reports.figures.curves import Curve
from bids_vlint.reports.figures.site_evidence import Panels, site_page
from bids_vlint.reports.filters import percent, signed, spoken
from bids_vlint.reports.page import Section, section
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

MOST_PAGES = 12
_WORDS = tuple(word.name for word in WORDS)


class Line(NamedTuple):
    """What is said of a site in one alignment.

    Attributes
    ----------
    alignment : Alignment
    passed : list of str
        Its tests, each with its difference and what share of the best network's r that is.
    said : list of str
        What the descriptions say of it.
    method : str
        Where p comes from.
    n_blocks, n_shifts : int
    """

    alignment: Alignment
    passed: list[str]
    said: list[str]
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
    chosen = pages_of(fits)
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
    for k, row, anchor in chosen:
        by_name = {a: {name: c.of(np.array([row])) for name, c in curves[a][k].items()} for a in curves}
        sections += _site(fits[k], row, anchor, by_name, kept, alone=len(fits) == 1)
    return sections


def pages_of(fits: Sequence[FitResult]) -> list[tuple[int, int, str]]:
    """Fit, row and the page's id (`Section.anchor`) of the sites of a participant that have a page."""
    return [(k, row, _anchors(fits[k])[row]) for k, row in sites_of(fits)[:MOST_PAGES]]


def _anchors(fit: FitResult) -> list[str]:
    """What the pages of a fit's electrodes are called by links."""
    stem = fit.name.stem
    return [f"{stem}_{name}".replace(" ", "_") for name in fit.sites["name"]]


class SitePlace(NamedTuple):
    """Where an electrode stands: its row in the participant's table of sites (an id), and the address of its evidence;
    where it has no page of its own, of that row ("": it is on this page)."""

    row: str
    link: str
    has_page: bool


def places_of_sites(contents: Contents, above: str = "") -> list[SitePlace]:
    """Where each electrode of `contents.sites` stands.

    Parameters
    ----------
    contents : Contents
        Of the participant, whose evidence stands on the same page, or of the group.
    above : str
        How a link leads from the page to the output folder: "" or "../".
    """
    fits = contents.fits
    paged = {anchor for subject in dict.fromkeys(fit.name.subject for fit in fits)
             for _, _, anchor in pages_of([fit for fit in fits if fit.name.subject == subject])}  # fmt: skip
    found = []
    for fit in fits:
        whole = contents.subject is None
        page = quote(above + participant_html(contents.out, fit.name.subject).name) if whole else ""
        for anchor in _anchors(fit):
            own = f"{page}#{quote(anchor)}" if anchor in paged else f"{page}#{quote(f'row_{anchor}')}" if whole else ""
            found.append(SitePlace(f"row_{anchor}", own, anchor in paged))
    return found


def sites_of(fits: Sequence[FitResult]) -> list[tuple[int, int]]:
    """Fit and row of every electrode that has a word, by the smallest p of what makes it one."""
    found: list[tuple[float, int, int]] = []
    tests = [test for word in WORDS for test in word.tests if not TESTS.named(test).control]
    for k, fit in enumerate(fits):
        chosen = fit.sites[[f"{w}_either" for w in _WORDS]].fillna(False).astype(bool).any(axis=1)
        own = [f"{a}_{t}_p" for a in ALIGNMENTS for t in tests]
        p = fit.sites[own].astype(float).min(axis=1)
        found += [(float(p.iloc[row]), k, int(row)) for row in np.flatnonzero(chosen)]
    return [(k, row) for _, k, row in sorted(found)]


def _site(
    fit: FitResult, row: int, anchor: str, curves: Mapping[Alignment, Mapping[str, Curve]], kept: Kept, *, alone: bool
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
        anchor=anchor,
        name=name,
        lines=[_line(alignment, own, float(site[f"{alignment}_best_r"])) for alignment, own in panels.items()],
        figure=site_page({str(a): own for a, own in panels.items()}),
        tests=tests.sort_values("alignment", kind="stable").to_dict("records"),
    )]  # fmt: skip


def _ordered(tests: pd.DataFrame, comparisons: Sequence[str]) -> pd.DataFrame:
    place = {test: k for k, test in enumerate(all_tests(comparisons))}
    keys = tests["test"].map(place).fillna(len(place))
    return tests.iloc[np.argsort(keys.to_numpy(), kind="stable")]


def _called(site: pd.Series) -> str:
    """Its words with the alignments that have them alone, too, and q of having them in any."""
    said = []
    for word in (word for word in WORDS if _is_true(site[f"{word.name}_either"])):
        own = [a for a in ALIGNMENTS if _is_true(site[f"{a}_{word.name}"])]
        where = ", ".join(own) or "in one alignment or the other"
        said.append(f"{spoken(word.name)} ({where}; q {site[f'{word.claim}_either_q']:.2g})")
    return "; ".join(said)


def _is_true(verdict: object) -> bool:
    return verdict is not pd.NA and bool(verdict)


def _panels(
    alignment: Alignment, site: pd.Series, tests: pd.DataFrame, curves: Mapping[str, Curve], kept: Inference | None
) -> Panels:
    own, name = tests[tests["alignment"] == alignment], site["name"]
    if kept is None or name not in kept["/"]["electrode"]:
        return Panels(curves, own, {})
    root, groups = kept["/"], {group: dataset for group, dataset in kept.items() if group != "/"}
    null = root["null_t"].sel(electrode=name) if "null_t" in root else []
    described = {group: dataset.sel(electrode=name) if "electrode" in dataset.dims else dataset
                 for group, dataset in groups.items()}  # fmt: skip
    return Panels(curves, own, {str(t["test"].item()): t.to_numpy() for t in null}, described)


def _line(alignment: Alignment, panels: Panels, best_r: float) -> Line:
    """What it beat, and what is said of it besides."""
    tests = panels.tests
    own = tests[[ok is True for ok in tests["significant"]]]
    passed = [f"{spoken(test)} ({_size(diff, best_r)})" for test, diff in zip(own["test"], own["diff"])]
    n_blocks, n_shifts, method = (tests[c].iloc[0] for c in ("n_blocks", "n_shifts", "method"))
    said = [one.said(panels.described.get(one.name)) for one in DESCRIPTIONS.everything if one.said is not None]
    return Line(alignment, passed, said, method, int(n_blocks), int(n_shifts))


def _size(diff: float, best_r: float) -> str:
    """A difference, and what it is beside what networks reach at all."""
    share = float(share_of(np.array(diff), np.array(best_r)))
    return signed(diff) + (f", {percent(share)} of the best network's r of {best_r:.2f}" if share == share else "")


def _sections(contents: Contents) -> list[Section]:
    return evidence_pages(contents.fits, contents.curves, contents.kept)


EVIDENCE = ReportFigure("evidence", _sections, {"participant": 240})
