"""The events that a fit used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.events_table import write_used_events
from bids_vlint.study.fits import FitName
from tests.reports import fabricate


def test_events(out: Path) -> None:
    tsv = layout.events_tsv(out, FitName("01", "film"), "vision")
    text, sidecar = tsv.read_text(), json.loads(layout.sidecar(tsv).read_text())
    table = pd.read_csv(tsv, sep="\t", na_values="n/a")
    assert list(table.columns) == ["onset", "duration", "trial_type", "run", "stimulus", "movie_time", "text"]
    assert set(table.columns) <= set(sidecar)
    np.testing.assert_allclose(table["onset"], fabricate.events("vision")["onset"], atol=1e-4)
    assert table["text"].iloc[0] == "a sentence with 0 words"
    assert "stim_file" not in text


def test_no_stim_file_column(tmp_path: Path) -> None:
    events = pd.DataFrame({"onset": [1.0], "stim_file": ["film.mp4"]})
    write_used_events(tmp_path, FitName("01", "film"), "language", events)
    header, row = layout.events_tsv(tmp_path, FitName("01", "film"), "language").read_text().split("\n")[:2]
    assert header == "onset\tduration\ttrial_type"
    assert row == "1\tn/a\tword"
