"""The table of sites in a report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bids_vlint.networks.comparisons import BEATS_LOW_LEVEL, GATE, TESTS
from bids_vlint.reports import html, words
from bids_vlint.study.stimulus import ALIGNMENTS

if TYPE_CHECKING:
    import mne

MOST_TESTS = 5


def add_sites_table(report: mne.Report, sites: pd.DataFrame, tests: Sequence[str]) -> None:
    """The electrodes that pass a test beyond trained beats random, those with most tests first."""
    beyond = [t for t in tests if t not in (GATE, BEATS_LOW_LEVEL)]
    passed = sites[[f"{t}_either" for t in beyond]].fillna(False).astype(bool)
    shown = sites[passed.any(axis=1)]
    cells = zip(shown["tests_passed"], shown["participant_id"], shown["name"])
    order = [k for _, k in sorted((_order(*cell), k) for k, cell in enumerate(cells))]
    content = html.paragraph(
        f"Electrodes that pass a comparison of networks with others: {len(shown)}. Each cell: the gain (difference in "
        "held-out r), q (corrected over the participant), and ✓ where the test is passed. All electrodes and columns "
        "are in the tables beside this report."
    )
    html.add_html(report, content + html.table(_rows(shown.iloc[order], [*beyond, BEATS_LOW_LEVEL])), "Sites", "Sites")


def _order(passed: float, participant: str, name: str) -> tuple[Any, ...]:
    """Most tests first, then participants and electrodes as people count (LA2 before LA10)."""
    parts = re.split(r"(\d+)", f"{participant} {name}")
    return (-passed if passed == passed else 0, [(int(p), "") if p.isdigit() else (0, p) for p in parts])


def _rows(shown: pd.DataFrame, tests: Sequence[str]) -> pd.DataFrame:
    several = shown["participant_id"].nunique() > 1
    columns: dict[str, Any] = {"participant": shown["participant_id"]} if several else {}
    columns |= {"electrode": shown["name"], "region": shown["region"], "called": words.kinds_of_sites(shown)}
    if "planted" in shown and shown["planted"].notna().any():
        columns["planted"] = shown["planted"]
    for test in tests if len(tests) <= MOST_TESTS else [t for t in tests if t in TESTS]:
        for alignment in ALIGNMENTS:
            prefix = f"{alignment}_{test}"
            cells = zip(shown[prefix], shown[f"{prefix}_diff"], shown[f"{prefix}_q"])
            columns[f"{words.spoken(test)}, {alignment}"] = [_verdict(*cell) for cell in cells]
    return pd.DataFrame(columns)


def _verdict(passed: Any, gain: float, q: float) -> str:
    if passed is None or passed is pd.NA:
        return "n/a"
    return f"{gain:+.3f} (q {q:.2g}){' ✓' if passed else ''}".replace("-0.", "−0.")
