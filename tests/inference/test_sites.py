"""Tests of networks against each other, against independent implementations, and the logic of sites."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from bids_vlint.encoding.network import Network
from bids_vlint.inference.compare import block_t
from bids_vlint.inference.correct import benjamini_hochberg
from bids_vlint.inference.sites import PER_TEST, TESTS, correct_participant, evidence, sites_of_fit
from bids_vlint.types import Comparison
from tests.encoding.test_encoding import run, study


def test_t_is_that_of_block_sums() -> None:
    rng = np.random.default_rng(0)
    shares, blocks = rng.standard_normal((60, 4)) + 0.2, np.repeat(np.arange(20), 3)
    result = block_t(shares, blocks, 1 / 8)
    sums = shares.reshape(20, 3, 4).sum(1)
    t = stats.ttest_1samp(sums, 0).statistic / np.sqrt(1 + 4 / 8)
    assert np.allclose(result.p, stats.t.sf(t, 19))
    assert np.allclose(result.diff, shares.sum(0))


def test_t_of_nothing() -> None:
    assert np.array_equal(block_t(np.zeros((10, 2)), np.arange(10), 0.1).p, [1, 1])
    assert np.isnan(block_t(np.ones((3, 2)), np.zeros(3, int), 0.1).p).all()


def test_benjamini_hochberg() -> None:
    p = np.random.default_rng(0).uniform(0, 1, 50) ** 3
    assert np.allclose(benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1])
    holed = np.insert(p, [3, 20], np.nan)
    q = benjamini_hochberg(holed)
    assert np.isnan(q[[3, 21]]).all()
    assert np.allclose(q[~np.isnan(q)], benjamini_hochberg(p))
    assert np.isnan(benjamini_hochberg(np.full(3, np.nan))).all()


def test_sites_follow_what_drives_them() -> None:
    networks, responses = study(n=600)
    table = evidence(run(networks, responses), networks, [Comparison("fusion_beats_eye", ("fusion",), ("eye",))])
    p = table["multimodal_beats_unimodal_p"]
    assert (p.iloc[[0, 3]] < 1e-3).all(), "interaction and linear sites"
    assert (p.iloc[[1, 2, 4]] > 0.01).all(), "vision, language and null sites"
    assert table["multimodal_beats_linear_p"].iloc[0] < 1e-3
    assert (table["multimodal_beats_linear_p"].iloc[[1, 2, 3, 4]] > 0.01).all()
    assert (table["trained_beats_random_p"].iloc[[0, 1, 2, 3]] < 1e-3).all()
    assert table["trained_beats_random_p"].iloc[4] > 0.01
    assert (table["peak_lag"] >= 0).all()
    assert table["best_unimodal"].iloc[1] == "eye"
    assert table["best_unimodal"].iloc[2] == "ear"


def test_a_duplicated_network_never_beats_itself() -> None:
    networks, responses = study(n=120)
    twice = [*networks, Network("copy", "multimodal", True, networks[2].layers)]
    table = evidence(run(twice, responses), twice, [Comparison("copy_beats", ("copy",), ("fusion",))])
    assert (table["copy_beats_p"] == 1).all()
    assert (table["copy_beats_diff"] == 0).all()


def test_the_order_of_networks_changes_nothing() -> None:
    networks, responses = study(n=120)
    one = evidence(run(networks, responses), networks, [])
    two = evidence(run(networks[::-1], responses), networks[::-1], [])
    pd.testing.assert_frame_equal(one, two)


def test_a_missing_side_is_not_available() -> None:
    networks, responses = study(n=120)
    seeing = [n for n in networks if n.modality == "vision" and n.trained]
    table = evidence(run(seeing, responses), seeing, [Comparison("x", ("eye",), ("absent",))])
    assert table[[f"{t}_{v}" for t in (*TESTS, "x") for v in PER_TEST]].isna().all(axis=None)
    assert table["best_multimodal"].isna().all()
    assert (table["best_unimodal"] == "eye").all()


def sides_of(table: pd.DataFrame, test: str) -> tuple[float, float]:
    """How many candidates both sides of a test have, the same at every electrode."""
    (pair,) = {(float(a), float(b)) for a, b in table[[f"{test}_n_model", f"{test}_n_baseline"]].to_numpy()}
    return pair


def test_both_sides_candidates_are_counted() -> None:
    """Eye and ear have two layers, fusion one, every twin one."""
    networks, responses = study(n=120)
    seeds = [replace(n, twin=k) for n in networks if not n.trained and n.name != "fusion" for k in (1, 2, 3)]
    several = [n for n in networks if n.trained or n.name == "fusion"] + seeds
    comparisons = [
        Comparison("by_name", ("fusion",), ("eye-random", "eye-random-2", "absent")),
        Comparison("control", ("fusion", "fusion-random"), ("linear", "ear")),
        Comparison("one_seed", ("eye", "eye"), ("ear-random-2",)),
    ]
    table = evidence(run(several, responses), several, comparisons)
    expected = {
        "trained_beats_random": (5, 7),
        "multimodal_beats_unimodal": (1, 4),
        "multimodal_beats_linear": (1, 4),
        "by_name": (1, 3),
        "control": (2, 4),
        "one_seed": (2, 1),
    }
    assert {test: sides_of(table, test) for test in expected} == expected
    alone = [n for n in several if n.name != "eye"]
    table = evidence(run(alone, responses), alone, [])
    assert sides_of(table, "trained_beats_random") == (3, 4)
    assert table[["multimodal_beats_linear_n_model", "multimodal_beats_linear_n_baseline"]].isna().all(axis=None)


def test_twins_have_as_many_candidates_as_the_trained() -> None:
    networks, responses = study(n=120)
    trained = [n for n in networks if n.trained]
    alike = [*trained, *(replace(n, trained=False, layers={k: x[::-1] for k, x in n.layers.items()}) for n in trained)]
    assert sides_of(evidence(run(alike, responses), alike, []), "trained_beats_random") == (5, 5)


def test_trained_is_compared_with_the_mean_of_its_twins() -> None:
    networks, responses = study()
    rng = np.random.default_rng(5)
    fusion = networks[2]
    seeds = [Network("fusion", "multimodal", False, {"a": fusion.layers["a"] * rng.random(12).astype("f4")}, 1),
             Network("fusion", "multimodal", False, {"a": rng.standard_normal((300, 4)).astype("f4")}, 2)]  # fmt: skip
    encoded = run([fusion, *seeds], responses)
    table = evidence(encoded, [fusion, *seeds], [])
    trained, _, one, two = encoded.contributions
    expected = block_t(trained - (one + two) / 2, encoded.blocks, encoded.test_to_train)
    assert encoded.scores.models == ("fusion", "fusion-random", "fusion-random-1", "fusion-random-2")
    assert np.allclose(table["trained_beats_random_p"], expected.p, rtol=1e-5)
    assert np.allclose(table["trained_beats_random_diff"], expected.diff, rtol=1e-5)


def one_test(p: dict[str, list[float]]) -> pd.DataFrame:
    """A fit's evidence with p-values for one test alone."""
    n = len(next(iter(p.values())))
    parts = {}
    for alignment, values in p.items():
        part = pd.DataFrame(index=pd.Index([f"A{k}" for k in range(n)], name="name"))
        for column in ("best_multimodal", "best_unimodal", "peak_lag", "t_diff", "t_n_model", "t_n_baseline"):
            part[column] = 0.0
        part["t_p"] = values
        parts[alignment] = part
    return sites_of_fit(parts, [f"A{k}" for k in range(n)], ["t"])  # type: ignore[arg-type]


def test_the_family_is_a_participants_fits_and_both_alignments() -> None:
    fits = [one_test({"language": [0.01, 0.5], "vision": [0.02, 0.9]}), one_test({"language": [0.03], "vision": [0.8]})]
    tables = correct_participant(fits, ["t"])
    q = np.concatenate([t[["language_t_q", "vision_t_q"]].to_numpy(float).ravel() for t in tables])
    assert np.allclose(q, benjamini_hochberg(np.array([0.01, 0.02, 0.5, 0.9, 0.03, 0.8])))


@pytest.mark.parametrize(
    ("p", "either", "both"),
    [
        ({"language": [1e-6], "vision": [1e-6]}, True, True),
        ({"language": [1e-6], "vision": [0.9]}, True, False),
        ({"language": [0.9], "vision": [0.9]}, False, False),
        ({"language": [1e-6]}, True, None),
        ({"language": [0.9]}, False, None),
        ({"language": [np.nan], "vision": [np.nan]}, None, None),
    ],
)
def test_either_and_both(p: dict[str, list[float]], either: bool | None, both: bool | None) -> None:
    (table,) = correct_participant([one_test(p)], ["t"])
    assert table["t_either"].iloc[0] is either
    assert table["t_both"].iloc[0] is both
    assert table["tests_passed"].iloc[0] == int(either is True)
