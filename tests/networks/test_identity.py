"""Names of models: what is composed can be read, whatever a network is called."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bids_vlint.encoding.labels import labelled_scores
from bids_vlint.errors import InputError
from bids_vlint.networks.identity import (
    Identity,
    ambiguous_pair,
    identity_of,
    is_reserved,
    joined_label,
    network_label,
    pair_label,
    pair_of,
    twin_label,
)
from bids_vlint.networks.model_set import declared_set
from bids_vlint.reports.figures.curves import electrode_curves
from tests.reports import fabricate

NAMES = st.text("abc -+|_123", min_size=1, max_size=12).filter(lambda name: not is_reserved(name))


@given(NAMES, st.booleans(), st.none() | st.integers(1, 20))
def test_a_label_is_read_as_it_was_composed(name: str, joined: bool, twin: int | None) -> None:
    for trained in (True, False):
        label = network_label(name, trained, twin)
        identity = Identity(name, trained, None if trained else twin, joined)
        assert identity_of(joined_label(label) if joined else label) == identity


def test_labels() -> None:
    assert network_label("clip", True) == "clip"
    assert twin_label("clip") == network_label("clip", False) == "clip-random"
    assert network_label("clip", False, 2) == "clip-random-2"
    assert joined_label("clip") == "low_level+clip"
    assert all(map(is_reserved, ("linear", "low_level", "low_level+clip", "clip-random", "clip-random-2")))
    assert not any(map(is_reserved, ("clip", "random", "clip-random-x", "linear2", "fusion | large")))


BARRED = st.sampled_from(["a | b", "a", "b", "b | c", "c", "a | a", " |", "| b", "a |"])


@given(st.lists(NAMES | BARRED, min_size=1, max_size=6, unique=True))
def test_pairs_are_read_as_they_were_written(names: list[str]) -> None:
    wrong = [(a, b) for a, b in product(names, names) if pair_of(pair_label(a, b), names) != (a, b)]
    assert bool(wrong) <= (ambiguous_pair(names) is not None)


def test_a_name_that_two_others_could_be_written_as_is_refused(tmp_path: Path) -> None:
    rows = [f'[[model]]\nname = "{n}"\nmodality = "vision"\nsource = "precomputed"\npath = "{{stimulus}}.h5"\n'
            for n in ("a", "b", "a | b")]  # fmt: skip
    (tmp_path / "set.toml").write_text("".join(rows[1:]))
    assert [s.label for s in declared_set(str(tmp_path / "set.toml")).models] == ["b", "a | b"]
    (tmp_path / "set.toml").write_text("".join(rows))
    with pytest.raises(InputError, match=r"'a \| b' is the name of a network"):
        declared_set(str(tmp_path / "set.toml"))


def test_a_network_with_a_bar_in_its_name_has_curves() -> None:
    names = ("fusion | large", "fusion | large-random", "slip", "eye", "linear", "low_level")
    like = ("clip", "clip-random", "slip", "simclr", "linear", "low_level")
    scores = replace(fabricate.scores(1, 3, like), models=names)
    best = ["fusion | large", "slip", pair_label("slip", "fusion | large")]
    sites = pd.DataFrame({"name": scores.channels, "vision_best_multimodal": best, "vision_best_unimodal": "eye"})
    curves = electrode_curves(labelled_scores(scores), sites, "vision")
    for curve in curves.values():
        assert np.isfinite(curve.r[[0, 2]]).all()
    np.testing.assert_array_equal(curves["best multimodal"].r[:2], scores.r[[0, 2], [0, 1]])
    np.testing.assert_allclose(curves["best multimodal"].r[2], scores.r[[0, 2], 2].mean(0))
    np.testing.assert_array_equal(curves["random twin"].r[0], scores.r[1, 0])
