"""Which networks stand for an electrode."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bids_vlint.encoding.labels import labelled_scores
from bids_vlint.reports.figures.curves import electrode_curves
from tests.reports import fabricate


def test_curves_are_each_electrodes_own_networks() -> None:
    scores = fabricate.scores(3, 6)
    best = {"language_best_multimodal": ["clip", "slip", None, "clip | slip", "clip", "clip"]}
    found = labelled_scores(scores)
    sites = pd.DataFrame({"name": scores.channels, **best, "language_best_unimodal": "simclr"})
    shuffled = electrode_curves(found, sites.iloc[::-1], "language")
    curves = electrode_curves(found, sites, "language")
    np.testing.assert_array_equal(shuffled["best multimodal"].r[::-1], curves["best multimodal"].r)
    models = list(scores.models)
    np.testing.assert_array_equal(curves["best multimodal"].r[0], scores.r[models.index("clip"), 0].astype(float))
    np.testing.assert_array_equal(curves["best multimodal"].low[1], scores.r_low[models.index("slip"), 1].astype(float))
    np.testing.assert_array_equal(curves["random twin"].r[1], scores.r[models.index("slip-random"), 1].astype(float))
    np.testing.assert_array_equal(curves["random twin"].r[2], scores.r[models.index("simclr-random"), 2].astype(float))
    assert np.isnan(curves["best multimodal"].r[2]).all()
    both = scores.r[[models.index("clip"), models.index("slip")], 3].astype(float).mean(0)
    np.testing.assert_allclose(curves["best multimodal"].r[3], both)
    np.testing.assert_array_equal(
        curves["low-level features"].r[4], scores.r[models.index("low_level"), 4].astype(float)
    )
    assert np.isfinite(curves["best multimodal"].mean().r).all()
