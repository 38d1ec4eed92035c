"""Made-up results that no test changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bids_vlint.reports.pages.participant import participant_report
from tests.reports import fabricate
from tests.reports.text import words_of


@pytest.fixture(scope="session")
def inferred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inferences") / "out"
    fabricate.participant(folder, "01", 1, n=48, published=True, placed=False)
    fabricate.participant(folder, "02", 2, n=6, alignments=("language",), n_shifts=0, bare=True, placed=False)
    return folder


@pytest.fixture(scope="session")
def report(inferred: Path) -> str:
    return words_of(participant_report(inferred, "01"))
