"""Low-level columns of a user's own table, against their definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bids_vlint.networks.low_level.columns import HALVES
from bids_vlint.networks.low_level.measures import measure_columns, measure_features
from bids_vlint.study.stimulus import Measures


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(0, 3))
def test_each_column_is_what_it_is_said_to_be(seed: int, n: int, n_lacking: int) -> None:
    rng = np.random.default_rng(seed)
    onset, values = np.sort(np.round(rng.uniform(0, 60, n), 2)), rng.normal(50, 10, (n, 2))
    values[rng.integers(0, n, n_lacking), 0] = np.nan
    time = np.round(rng.uniform(-1, 110, 50), 2)
    found = measure_features(measures := Measures(onset, ("a", "b"), values), time)
    assert found.shape == (50, len(measure_columns(measures)))
    for k in range(2):
        known = values[np.isfinite(values[:, k]), k]
        usual = known.mean() if len(known) else 0.0
        column = np.where(np.isfinite(values[:, k]), values[:, k], usual)
        for t, row in zip(time, found[:, k * 6 : k * 6 + 6]):
            before = np.flatnonzero((onset <= t) & (t - onset <= 30))
            expected = [column[before[-1]] if len(before) else usual]
            for start, stop in HALVES:
                inside = column[(onset >= np.round(t + start, 6)) & (onset < np.round(t + stop, 6))]
                expected.append(inside.mean() if len(inside) else usual)
            np.testing.assert_allclose(row, expected, atol=1e-9)
    assert measure_features(None, time).shape == (50, 0)
