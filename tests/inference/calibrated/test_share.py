"""What a difference is beside the best network's r: on one scale, cross-fitted, and of no noise."""

from __future__ import annotations

import numpy as np
import pytest

from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.inference.calibrated.pairs import best_of, paired
from bids_vlint.inference.calibrated.share import reached_r, share_of
from tests.encoding.recordings import run, study


def test_the_best_r_is_on_the_scale_of_the_differences() -> None:
    networks, responses = study(3, strength=2.0, n_electrodes=5)
    encoded = run(networks, responses, n_shifts=2)
    found = reached_r(encoded, networks)
    trained = best_of(encoded, ["eye", "ear", "fusion"])
    twins = best_of(encoded, ["eye-random"])
    assert trained is not None
    assert twins is not None
    seen = reached_r(encoded, [network for network in networks if network.name == "eye"])
    only = best_of(encoded, ["eye"])
    assert only is not None
    np.testing.assert_allclose(found - seen, paired(encoded, trained, only).diff[:, 0], atol=1e-6)
    r = encoded.scores.r[encoded.scores.models.index("eye")][1, encoded.counted]
    assert r.mean() < seen[1] <= r.max(), "bins are weighted by how well they are predicted"
    assert (found[:4] > 0.2).all()
    assert abs(found[4]) < 0.1
    assert np.isnan(reached_r(encoded, [])).all()
    tests = evidence(encoded, networks, ()).tests.set_index(["test", "name"])
    diff = tests.loc["trained_beats_random", "diff"].to_numpy()
    share = share_of(diff, found)
    np.testing.assert_allclose((share * found)[:4], diff[:4])
    assert (share[:4] < 1.3).all()


def test_nothing_is_a_share_of_noise() -> None:
    assert share_of([0.012, -0.03], [0.2, 0.3]) == pytest.approx([0.06, -0.1])
    assert np.isnan(share_of([0.01, 0.01, 0.01, np.nan], [0.019, -0.2, np.nan, 0.3])).all()
