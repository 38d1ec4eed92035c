"""A mean over sites says that they were chosen by what is drawn; one over all electrodes does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bids_vlint.reports.figures.curves import CURVES, Curve
from bids_vlint.reports.sections.scores import score_courses
from bids_vlint.signals.windows import LAGS


@pytest.mark.parametrize("passed", [True, False])
def test_the_caption_says_what_was_chosen(passed: bool) -> None:
    r = np.zeros((2, len(LAGS)))
    curves = {name: Curve(r, r - 0.1, r + 0.1) for name in CURVES}
    sites = pd.DataFrame({"language_multimodal_beats_unimodal": pd.array([passed, False], dtype="boolean")})
    made = score_courses(sites, {"language": [curves]}, {})
    assert ("gap is drawn wider" in made.content.replace("\n", " ")) == passed
