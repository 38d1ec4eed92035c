"""What an electrode is called."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bids_vlint.derivatives.collection import read_fits, stack_sites
from bids_vlint.reports.sections.sites import kinds_of_sites


def test_integration_is_only_said_of_what_beats_both_controls(inferred: Path) -> None:
    sites = stack_sites(read_fits(inferred))
    called = pd.Series(kinds_of_sites(sites))
    for word, alignment in ((w, a) for w in ("integration",) for a in ("language", "vision")):
        truth = sites[f"{alignment}_{word}"].fillna(False).astype(bool)
        linear, low = (
            sites[f"{alignment}_{t}"].fillna(False).astype(bool) for t in ("multimodal_beats_linear", "beats_low_level")
        )
        assert (truth == (linear & low)).all()
        assert set(called[truth]) <= {"integration"}
    both = sites["both_modalities_either"].fillna(False).astype(bool)
    assert set(called[both]) == {"integration", "both modalities"} or set(called[both]) == {"both modalities"}
    assert (called == "both modalities").sum() > 0
