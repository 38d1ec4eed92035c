"""Made-up results that no test changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from bids_vlint.figures.style import laid_out, save_figure
from bids_vlint.reports.contents import printed
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.workflows.group import run_group
from tests.reports import fabricate
from tests.reports.browser import Browser, browser
from tests.reports.text import words_of
from tests.sharing import Shared


@pytest.fixture(scope="session")
def inferred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inferences") / "out"
    fabricate.participant(folder, "01", 1, n=48, published=True, placed=False)
    fabricate.participant(folder, "02", 2, n=6, alignments=("language",), n_shifts=0, bare=True, placed=False)
    return folder


@pytest.fixture(scope="session")
def report(inferred: Path) -> str:
    return words_of(participant_report(inferred, "01"))


@pytest.fixture(scope="session")
def reported(shared: Shared) -> Path:
    """Two participants with places, the second of one alignment, and all reports, tables and figures; nobody may change
    them."""

    def make(folder: Path) -> Path:
        out = folder / "out"
        fabricate.participant(out, "01", 1, n=12, n_runs=2)
        fabricate.participant(out, "a-long-label", 2, n=6, alignments=("language",))
        # the figures for print as PDF and PNG, too
        with patch.multiple(printed, save_figure=save_figure, laid_out=laid_out):
            run_group(out)
            for subject in ("01", "a-long-label"):
                participant_report(out, subject)
        return out

    return shared.made("reports of two participants", make)


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser, one for all tests of a worker."""
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started
