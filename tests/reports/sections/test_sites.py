"""What an electrode is called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import read_fits, stack_sites
from bids_vlint.reports.sections.sites import kinds_of_sites


def test_integration_is_only_said_of_what_beats_both_controls(inferred: Path) -> None:
    sites = stack_sites(read_fits(inferred))
    called = pd.Series(kinds_of_sites(sites))
    for alignment in ("language", "vision"):
        truth = sites[f"{alignment}_integration"].fillna(False).astype(bool)
        needed = [sites[f"{alignment}_{t}_p"] for t in ("multimodal_beats_linear", "beats_low_level")]
        assert np.array_equal(sites[f"{alignment}_integration_p"], np.max(needed, axis=0), equal_nan=True)
        assert set(called[truth]) <= {"integration"}
    with_language = sites["trained_with_language_either"].fillna(False).astype(bool)
    assert set(called[with_language]) == {"trained with language"}
