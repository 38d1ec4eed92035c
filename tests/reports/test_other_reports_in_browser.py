"""Reports of a study where nothing is found, of the demo, and of many, in a browser where there is one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest

from bids_vlint.demo.verdict import report_verdict
from bids_vlint.workflows.group import run_group
from tests.reports import fabricate
from tests.reports.browser import Browser
from tests.reports.test_reports_in_browser import fits_on_paper, is_whole
from tests.reports.text import words_of
from tests.sharing import Shared

OPENS_S = 2.0  # of processor time


def null(out: Path) -> Path:
    with patch.object(fabricate, "kinds", lambda n: ["null"] * n):
        for k in range(3):
            fabricate.participant(out, f"{k + 1:02d}", k, n=24)
        return run_group(out)


def demo(out: Path) -> Path:
    for k in range(2):
        fabricate.participant(out, f"{k + 1:02d}", k, n=18)
    kinds = [(f"sub-{k + 1:02d}", f"LA{e + 1}", kind) for k in range(2) for e, kind in enumerate(fabricate.kinds(18))]
    return report_verdict(out, pd.DataFrame(kinds, columns=["participant_id", "name", "planted"]))


def twelve(out: Path) -> Path:
    for k in range(12):
        fabricate.participant(out, f"{k + 1:02d}", k, n=200)
    return run_group(out)


SAID = {null: "No electrode is called integration, of 72 that were tested in 3 participants",
        demo: "What was planted and what was found", twelve: "2400 electrodes of 12 participants"}  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize("make", SAID, ids=[make.__name__ for make in SAID])
def test_it_opens_quickly_and_nothing_is_cut(make: Callable[[Path], Path], shared: Shared, page: Browser) -> None:
    report = shared.made(f"report: {make.__name__}", lambda folder: make(folder / "out"))
    assert SAID[make] in words_of(report)
    assert report.stat().st_size < 8_000_000
    for path in (report, report.parent / "figures" / "brain.html"):
        is_whole(page, path, 1280)
        assert page.busy() < OPENS_S
    is_whole(page, report, 390)
    fits_on_paper(page)
