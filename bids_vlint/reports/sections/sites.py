"""What each electrode is called, and the table of those that pass a test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.inference.calibrated.share import share_of
from bids_vlint.networks.comparisons import TESTS, telling
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.filters import spoken
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.evidence import SitePlace, places_of_sites
from bids_vlint.study.stimulus import ALIGNMENTS

_MOST_TESTS = 5


class Verdict(NamedTuple):
    """What a test says of an electrode; `passed` is missing where it was not tested, `share` is of the best r."""

    passed: Any
    gain: float
    share: float
    q: float


class SiteRow(NamedTuple):
    """An electrode of the table of sites; `place` has its id and the address of its evidence, where they are known."""

    place: SitePlace | None
    participant: str
    name: str
    region: Any
    called: str
    verdicts: list[Verdict]


def kinds_of_sites(sites: pd.DataFrame, alignment: str | None = None) -> list[str]:
    """What each electrode is called in an alignment (None: in at least one), as in `style.SITE_COLOURS`."""
    columns = {spoken(w.name): f"{alignment}_{w.name}" if alignment else f"{w.name}_either" for w in WORDS}
    out = ["neither" if tested else "not tested" for tested in sites[[*columns.values()]].notna().any(axis=1)]
    for word, column in reversed(columns.items()):
        truth = sites[column].fillna(False).astype(bool)
        out = [word if true else other for true, other in zip(truth, out)]
    return out


def sites_table(sites: pd.DataFrame, tests: Sequence[str], places: Sequence[SitePlace] = ()) -> Section:
    """The electrodes that pass a test other than the controls, those with most tests first.

    Parameters
    ----------
    sites : DataFrame
        From `collection.stack_sites`.
    tests : sequence of str
    places : sequence of SitePlace
        Where each electrode stands.
    """
    controls = [test.name for test in TESTS.everything if test.control]
    beyond = [t for t in tests if t not in controls]
    passed = sites[[f"{t}_either" for t in beyond]].fillna(False).astype(bool)
    numbers = np.flatnonzero(passed.any(axis=1))
    chosen = sites.iloc[numbers]
    cells = zip(chosen["tests_passed"], chosen["participant_id"], chosen["name"])
    order = [k for _, k in sorted((_order(*cell), k) for k, cell in enumerate(cells))]
    chosen = chosen.iloc[order]
    told = [*beyond, *(t for t in telling() if t in controls)]
    told = told if len(told) <= _MOST_TESTS else telling()
    columns = [(test, alignment) for test in told for alignment in ALIGNMENTS]
    several = chosen["participant_id"].nunique() > 1
    rows = _rows(chosen, columns, [places[k] if places else None for k in numbers[order]])
    return section("Sites", "Sites", "sites.html", columns=columns, rows=rows, several=several)


def _called(sites: pd.DataFrame) -> list[str]:
    """What each electrode is called, with the q of it in either alignment."""
    claims = {spoken(word.name): f"{word.claim}_either_q" for word in WORDS}
    return [f"{kind} (q {sites[claims[kind]].iloc[k]:.2g})" if kind in claims else kind
            for k, kind in enumerate(kinds_of_sites(sites))]  # fmt: skip


def _order(passed: float, participant: str, name: str) -> tuple[Any, ...]:
    """Most tests first, then participants and electrodes as people count (LA2 before LA10)."""
    parts = re.split(r"(\d+)", f"{participant} {name}")
    return (-passed if passed == passed else 0, [(int(p), "") if p.isdigit() else (0, p) for p in parts])


def _rows(
    chosen: pd.DataFrame, columns: Sequence[tuple[str, str]], places: Sequence[SitePlace | None]
) -> list[SiteRow]:
    prefixes = [f"{alignment}_{test}" for test, alignment in columns]
    shares = [share_of(chosen[f"{p}_diff"], chosen[f"{p.partition('_')[0]}_best_r"]) for p in prefixes]
    verdicts = [[Verdict(*cell) for cell in zip(chosen[p], chosen[f"{p}_diff"], share, chosen[f"{p}_q"])]
                for p, share in zip(prefixes, shares)]  # fmt: skip
    of_each = [list(own) for own in zip(*verdicts)]
    about = zip(places, chosen["participant_id"], chosen["name"], chosen["region"], _called(chosen), of_each)
    return [SiteRow(*row) for row in about]


def _sections(contents: Contents) -> list[Section]:
    return [sites_table(contents.sites, contents.tests, places_of_sites(contents))]


SITES = ReportFigure("sites", _sections, {"participant": 230, "group": 270})
