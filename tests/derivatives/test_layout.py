"""File names, and the fits that they tell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.sites_table import write_sites
from bids_vlint.study.fits import FitName
from tests.reports import fabricate

NAMES = [
    FitName("01", "film"),
    FitName("01", "film", run="2"),
    FitName("02", "film", "a", "clinical", "1"),
    FitName("02", "film", "a", "HDgrid", "1"),
]


def test_file_names(tmp_path: Path) -> None:
    for name in NAMES:
        write_sites(tmp_path, name, pd.DataFrame({"name": ["A1"]}), fabricate.record(1, ("language",)))
    assert set(layout.find_fits(tmp_path)) == set(NAMES)
    expected = "sub-02/ses-a/ieeg/sub-02_ses-a_task-film_acq-clinical_run-1_desc-sites_channels.tsv"
    assert (tmp_path / expected).is_file()
    assert layout.find_fits(tmp_path / "nowhere") == []


def test_whose_sites_are_gone(tmp_path: Path) -> None:
    for name in NAMES:
        write_sites(tmp_path, name, pd.DataFrame({"name": ["A1"]}), fabricate.record(1, ("language",)))
    assert layout.without_sites(tmp_path) == []
    layout.events_tsv(tmp_path, FitName("03", "film"), "language").parent.mkdir(parents=True)
    layout.events_tsv(tmp_path, FitName("03", "film"), "language").touch()
    layout.participant_html(tmp_path, "04").touch()
    assert layout.without_sites(tmp_path) == ["sub-03", "sub-04"]
