"""Tests of networks against each other, and what they are made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.errors import InputError
from bids_vlint.inference.calibrated.comparison import compare_networks
from bids_vlint.inference.calibrated.contrasts import contrasts
from bids_vlint.inference.calibrated.evidence import SHIFTS, evidence
from bids_vlint.inference.calibrated.null import corrected_t, shift_null
from bids_vlint.inference.calibrated.pairs import best_of, paired
from bids_vlint.inference.calibrated.sites import correct_participant, fit_tests, participant_sites
from bids_vlint.networks.comparisons import Comparison, always_made
from tests.encoding.recordings import run, study
from tests.reference import encoding as slow

TESTS = GATE, BEATS_LOW_LEVEL, BEATS_UNIMODAL, BEATS_LINEAR = always_made()


def test_sites_follow_what_drives_them() -> None:
    networks, responses = study(low_level=True, n=600, strength=2.0, parts=True)
    found = evidence(run(networks, responses), networks, [Comparison("fusion_beats_eye", ("fusion",), ("eye",))])
    p = found.tests.pivot(index="name", columns="test", values="p")
    assert list(dict.fromkeys(found.tests["test"])) == [*TESTS, "fusion_beats_eye"]
    assert (p.loc[["A0", "A5"], BEATS_UNIMODAL] < 1e-3).all(), "interaction"
    assert (p.loc[["A1", "A2", "A4"], BEATS_UNIMODAL] > 0.01).all(), "vision, language and null sites"
    assert p.loc["A0", BEATS_LINEAR] < 1e-3
    assert (p.loc[["A1", "A2", "A3", "A4"], BEATS_LINEAR] > 0.01).all()
    for test in (GATE, BEATS_LOW_LEVEL):
        assert (p.loc[["A0", "A1", "A2", "A3", "A5"], test] < 1e-3).all()
        assert p.loc["A4", test] > 0.01
    assert (p.loc[["A0", "A2"], "fusion_beats_eye"] < 1e-3).all()
    assert p.loc["A1", "fusion_beats_eye"] > 0.05
    assert (found.tests["method"] == SHIFTS).all()
    assert set(found.tests["n_blocks"]) == {len(run(networks, responses, n_shifts=0).blocks)}


def test_a_row_is_made_of_block_sums_and_shifts() -> None:
    networks, responses = study()
    encoded = run(networks, responses)
    found = evidence(encoded, networks, [Comparison("c", ("fusion", "ear"), ("eye",))])
    models = encoded.scores.models
    rows = found.tests[found.tests["test"] == "c"].reset_index(drop=True)
    for e in range(6):
        own, names = np.zeros((len(encoded.blocks), 11)), []
        for k in range(11):
            for half in (0, 1):
                score = {name: encoded.score[models.index(name), half, e, k] for name in ("fusion", "ear")}
                best = max(score, key=lambda name: score[name])
                blocks = encoded.blocks.half == half
                own[blocks, k] = (encoded.sums[models.index(best)] - encoded.sums[models.index("eye")])[blocks, e, k]
                names += [best] if k == 0 else []
        row = rows.loc[e]
        assert row["model"] == (names[0] if names[0] == names[1] else " | ".join(names))
        assert row["baseline"] == "eye"
        t = slow.t_of(own)
        assert row["t"] == pytest.approx(t[0], rel=1e-4)
        assert row["diff"] == pytest.approx(own[:, 0].sum(), rel=1e-4)
        assert np.allclose(found.null["c"][e], t[1:], rtol=1e-3, atol=1e-4)
        assert row["low"] <= row["diff"] <= row["high"]
    null = shift_null(np.column_stack([rows["t"], found.null["c"]]))
    assert np.allclose(rows["p"], null.p, rtol=1e-3)
    assert np.allclose(rows["null_mean"], null.mean, atol=1e-4)
    assert np.allclose(rows["null_sd"], null.sd, rtol=1e-4)
    assert (rows["n_shifts"] == 10).all()
    assert (rows[["n_model", "n_baseline"]] == [3, 2]).all(axis=None)


def test_the_interval_misses_as_often_as_it_says() -> None:
    """At noise, where both sides are as bad, it misses 0 in about 5 % of electrodes."""
    missed, width = [], []
    for seed in range(10):
        networks, responses = study(seed, n_electrodes=12, drives=("nothing",))
        rows = evidence(run(networks[:3], responses), networks[:3], []).tests
        rows = rows[rows["test"] == BEATS_UNIMODAL]
        missed += ((rows["low"] > 0) | (rows["high"] < 0)).tolist()
        width += (rows["high"] - rows["low"]).tolist()
    assert 0 < np.mean(missed) < 0.08, np.mean(missed)
    assert 0.02 < np.mean(width) < 0.3


def test_without_shifts_it_is_the_corrected_t() -> None:
    networks, responses = study()
    encoded = run(networks, responses, n_shifts=0)
    rows = evidence(encoded, networks, []).tests
    for test, what in contrasts(encoded, networks, []).items():
        if what.sides is None:
            assert test not in set(rows["test"])
            continue
        t = paired(encoded, *what.sides).t[:, 0]
        null = corrected_t(t, len(encoded.blocks), encoded.test_to_train, len(encoded.folds))
        own = rows[rows["test"] == test]
        ratio = np.maximum(own["n_model"] / own["n_baseline"], 1)
        assert np.allclose(own["p"], np.minimum(null.p * ratio, 1), rtol=1e-4)


def test_the_best_of_a_side_is_chosen_for_each_half() -> None:
    networks, responses = study(n_electrodes=3)
    encoded = run(networks, responses)
    side = best_of(encoded, ["eye", "absent", "ear"])
    assert side is not None
    eye, ear = (encoded.score[encoded.scores.models.index(name)] for name in ("eye", "ear"))
    assert np.array_equal(side == encoded.scores.models.index("ear"), ear > eye)
    assert best_of(encoded, ["absent"]) is None


def test_a_missing_side_is_not_tested() -> None:
    networks, responses = study(n_electrodes=2)
    seeing = [n for n in networks if n.modality == "vision" and n.trained]
    found = evidence(run(seeing, responses), seeing, [Comparison("x", ("eye",), ("absent",))])
    assert found.tests.empty
    assert found.null == {}
    (table,) = participant_sites(
        correct_participant([fit_tests({"language": found.tests})]), [["A0", "A1"]], [*TESTS, "x"]
    )
    assert table[[f"{a}_{t}" for a in ("language", "vision") for t in (*TESTS, "x")]].isna().all(axis=None)
    assert table[["language_integration", "integration_either", "trained_with_language_both"]].isna().all(axis=None)
    assert (table["tests_passed"] == 0).all()


def sides_of(table: pd.DataFrame, test: str) -> tuple[float, float]:
    """How many candidates both sides of a test have, the same at every electrode."""
    own = table[table["test"] == test]
    (pair,) = {(float(a), float(b)) for a, b in own[["n_model", "n_baseline"]].to_numpy()}
    return pair


def test_both_sides_candidates_are_counted() -> None:
    """Eye and ear have two layers, fusion, its parts and every twin one."""
    networks, responses = study(n_electrodes=2, parts=True)
    seeds = [replace(n, twin=k) for n in networks if not n.trained and n.name != "fusion" for k in (1, 2, 3)]
    several = [n for n in networks if n.trained or n.name == "fusion"] + seeds
    comparisons = [
        Comparison("by_name", ("fusion",), ("eye-random", "eye-random-2", "absent")),
        Comparison("control", ("fusion", "fusion-random"), ("linear", "ear")),
        Comparison("one_seed", ("eye", "eye"), ("ear-random-2",)),
    ]
    table = evidence(run(several, responses, n_shifts=0), several, comparisons).tests
    expected = {
        GATE: (5, 7),
        BEATS_UNIMODAL: (1, 4),
        BEATS_LINEAR: (1, 6),
        "by_name": (1, 3),
        "control": (2, 6),
        "one_seed": (2, 1),
    }
    assert {test: sides_of(table, test) for test in expected} == expected
    alone = [n for n in several if n.name != "eye" and n.shown != "image"]
    table = evidence(run(alone, responses, n_shifts=0), alone, []).tests
    assert sides_of(table, GATE) == (3, 4)
    assert BEATS_LINEAR not in set(table["test"])


def test_trained_is_compared_with_the_mean_of_its_twins() -> None:
    networks, responses = study(n_electrodes=4)
    rng = np.random.default_rng(5)
    fusion = networks[2]
    n = len(responses.data)
    layers = [{"a": fusion.layers["a"] * rng.random(12).astype("f4")}, {"a": rng.standard_normal((n, 4)).astype("f4")}]
    seeds = [NetworkFeatures("fusion", "multimodal", False, own, k) for k, own in enumerate(layers, 1)]
    encoded = run([fusion, *seeds], responses)
    table = evidence(encoded, [fusion, *seeds], []).tests
    assert encoded.scores.models == ("fusion", "fusion-random", "fusion-random-1", "fusion-random-2")
    trained, _, one, two = encoded.sums.astype(float)
    gate = table[table["test"] == GATE]
    assert np.allclose(gate["diff"], (trained - (one + two) / 2)[:, :, 0].sum(0), rtol=1e-4)
    assert np.allclose(gate["t"], slow.t_of((trained - (one + two) / 2)[:, :, 0]), rtol=1e-3)
    assert (gate["baseline"] == "fusion-random").all()


def test_a_smallest_effect_is_what_differences_are_tested_against() -> None:
    networks, responses = study(n_electrodes=4)
    encoded = run(networks, responses)
    pairs = [Comparison("c", ("fusion",), ("eye",)), Comparison("same", ("eye",), ("eye",))]
    plain, by = (evidence(encoded, networks, pairs, smallest_effect=least) for least in (0.0, 0.1))
    unmoved = ["name", "test", "model", "diff", "low", "high", "null_mean", "null_sd", "diff_first_half"]
    pd.testing.assert_frame_equal(plain.tests[unmoved], by.tests[unmoved])
    assert all(np.array_equal(plain.null[test], by.null[test]) for test in plain.null)
    one, two = (found.tests[found.tests["test"] == "c"] for found in (plain, by))
    error = one["diff"] / one["t"]
    assert np.allclose(two["t"], (one["diff"] - 0.1) / error, rtol=1e-3)
    z = (two["t"] - np.maximum(two["null_mean"], 0)) / two["null_sd"]
    assert np.allclose(two["p"], stats.t.sf(z / np.sqrt(1 + 1 / 40), 9), rtol=1e-3)
    assert (two["p"] > one["p"]).all()
    assert np.allclose(two["detectable"] - one["detectable"], 0.1, atol=1e-5)
    assert set(two["against"]) == {0.1}
    assert (by.tests.loc[by.tests["test"] == "same", "p"] == 1).all(), "they differ by nothing"
    assert not any(v is True for v in by.tests.loc[by.tests["diff"] < 0.1, "replicated"])


@pytest.mark.parametrize("least", [-0.1, float("nan"), float("inf")])
def test_a_smallest_effect_is_a_difference_of_0_or_more(least: float) -> None:
    networks, responses = study(n_electrodes=2)
    with pytest.raises(InputError, match="give a difference in r of 0 or more"):
        compare_networks(networks, responses, smallest_effect=least)
