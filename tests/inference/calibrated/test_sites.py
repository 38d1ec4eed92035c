"""Tests of networks against each other, what they are made of, and the logic of sites."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.inference.calibrated import sites
from bids_vlint.inference.calibrated.contrasts import contrasts
from bids_vlint.inference.calibrated.evidence import SHIFTS, evidence
from bids_vlint.inference.calibrated.null import corrected_t, shift_null
from bids_vlint.inference.calibrated.pairs import best_of, paired
from bids_vlint.inference.calibrated.sites import PER_TEST, correct_participant, wide
from bids_vlint.inference.correction import benjamini_hochberg, benjamini_yekutieli
from bids_vlint.networks.comparisons import Comparison, always_made
from tests.encoding.recordings import run, study
from tests.reference import encoding as slow

TESTS = GATE, BEATS_LOW_LEVEL, BEATS_UNIMODAL, BEATS_LINEAR = always_made()

Values = dict[str, list[float]]


@pytest.mark.parametrize("ours, theirs", [(benjamini_hochberg, "fdr_bh"), (benjamini_yekutieli, "fdr_by")])
def test_false_discovery_control(ours, theirs: str) -> None:  # type: ignore[no-untyped-def]
    p = np.random.default_rng(0).uniform(0, 1, 50) ** 3
    assert np.allclose(ours(p), multipletests(p, method=theirs)[1])
    holed = np.insert(p, [3, 20], np.nan)
    q = ours(holed)
    assert np.isnan(q[[3, 21]]).all()
    assert np.allclose(q[~np.isnan(q)], ours(p))
    assert np.isnan(ours(np.full(3, np.nan))).all()
    assert (benjamini_yekutieli(p) >= benjamini_hochberg(p)).all()


def test_the_level_of_false_discoveries() -> None:
    tests = pd.DataFrame({"name": ["A1", "A2", "A3"], "alignment": "language", "test": GATE, "diff": 0.1,
                          "p": [0.001, 0.02, 0.6]})  # fmt: skip
    assert correct_participant([tests])[0]["significant"].tolist() == [True, True, False]
    (strict,) = correct_participant([tests], 0.01)
    assert strict["significant"].tolist() == [True, False, False]
    assert strict["q"].equals(correct_participant([tests])[0]["q"]), "q itself does not depend on the level"


# ---- evidence ----


def test_sites_follow_what_drives_them() -> None:
    networks, responses = study(low_level=True, n=600, strength=2.0)
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
    table = wide(correct_participant([sites.fit_tests({"language": found.tests})])[0], ["A0", "A1"], [*TESTS, "x"])
    assert table[[f"{a}_{t}" for a in ("language", "vision") for t in (*TESTS, "x")]].isna().all(axis=None)
    assert table[["language_integration", "integration_either", "both_modalities_both"]].isna().all(axis=None)
    assert (table["tests_passed"] == 0).all()


def sides_of(table: pd.DataFrame, test: str) -> tuple[float, float]:
    """How many candidates both sides of a test have, the same at every electrode."""
    own = table[table["test"] == test]
    (pair,) = {(float(a), float(b)) for a, b in own[["n_model", "n_baseline"]].to_numpy()}
    return pair


def test_both_sides_candidates_are_counted() -> None:
    """Eye and ear have two layers, fusion one, every twin one."""
    networks, responses = study(n_electrodes=2)
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
        BEATS_LINEAR: (1, 4),
        "by_name": (1, 3),
        "control": (2, 4),
        "one_seed": (2, 1),
    }
    assert {test: sides_of(table, test) for test in expected} == expected
    alone = [n for n in several if n.name != "eye"]
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


# ---- sites ----


def fit(tests: dict[str, dict[str, Values]]) -> pd.DataFrame:
    """A fit's tests: alignment -> test -> values; a positive difference unless said otherwise."""
    parts = {}
    for alignment, own in tests.items():
        rows = []
        for test, values in own.items():
            n = len(values["p"])
            row = pd.DataFrame({"name": [f"A{k}" for k in range(n)], "test": test, "diff": 0.1, "n_model": 1,
                                "n_baseline": 1, "low": 0.0, "high": 1.0})  # fmt: skip
            rows.append(row.assign(**values))
        parts[alignment] = pd.concat(rows, ignore_index=True)
    return sites.fit_tests(parts)  # type: ignore[arg-type]


def one_test(p: dict[str, list[float]], test: str = "t") -> pd.DataFrame:
    """A fit with p-values for one test alone."""
    return fit({alignment: {test: {"p": values}} for alignment, values in p.items()})


def test_the_family_is_a_participants_fits_and_both_alignments() -> None:
    fits = [one_test({"language": [0.01, 0.5], "vision": [0.02, 0.9]}), one_test({"language": [0.03], "vision": [0.8]})]
    tables = correct_participant(fits)
    assert [len(t) for t in tables] == [4, 2]
    p = np.concatenate([t["p"] for t in tables])
    assert np.allclose(np.concatenate([t["q"] for t in tables]), multipletests(p, method="fdr_bh")[1])
    assert np.allclose(np.concatenate([t["q_by"] for t in tables]), multipletests(p, method="fdr_by")[1])
    assert "q" not in fits[0], "what is given is left as it is"


def test_a_family_is_one_test() -> None:
    own = {"a": {"p": [0.01, 0.02, 0.5]}, "b": {"p": [0.04, np.nan, 0.9]}}
    (table,) = correct_participant([fit({"language": own})])
    for test, values in own.items():
        q = table.loc[table["test"] == test, "q"].to_numpy()
        assert np.allclose(q, benjamini_hochberg(np.array(values["p"])), equal_nan=True)
    assert table.loc[table["test"] == "b", "significant"].tolist() == [False, None, False]


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
    (tests,) = correct_participant([one_test(p)])
    table = wide(tests, ["A0"], ["t"])
    assert table["t_either"].iloc[0] is either
    assert table["t_both"].iloc[0] is both
    assert table["tests_passed"].iloc[0] == int(either is True)
    larger = table["t_both_p"].iloc[0]
    assert np.isnan(larger) if len(p) == 1 or np.isnan(p["language"][0]) else larger == max(v[0] for v in p.values())


def test_both_is_what_the_larger_p_says() -> None:
    """Both alignments are significant exactly where the larger p is at most the family's threshold."""
    rng = np.random.default_rng(0)
    p = {a: (rng.random(60) ** 4).tolist() for a in ("language", "vision")}
    (tests,) = correct_participant([one_test(p)])
    table = wide(tests, [f"A{k}" for k in range(60)], ["t"])
    threshold = tests.loc[tests["q"] <= 0.05, "p"].max()
    assert table["t_both"].tolist() == (table["t_both_p"] <= threshold).tolist()
    assert 3 < sum(table["t_both"]) < 57


def test_the_gate_stops_the_rest() -> None:
    own = {GATE: {"p": [1e-6, 0.9, 1e-6, np.nan]}, "t": {"p": [1e-6, 1e-6, 0.9, 1e-6]}}
    (tests,) = correct_participant([fit({"language": own, "vision": {"t": {"p": [1e-6] * 4}}})])
    by = dict(iter(tests.groupby(["alignment", "test"])))
    assert by["language", GATE]["significant"].tolist() == [True, False, True, None]
    assert by["language", "t"]["significant"].tolist()[:3] == [True, False, False]
    assert by["language", "t"]["gate"].tolist()[:3] == [True, False, True]
    assert by["vision", "t"]["significant"].tolist() == [True] * 4, "of another alignment it stops nothing"
    assert by["vision", "t"]["gate"].tolist() == [None] * 4, "nor where it was not tested"
    assert (tests.loc[tests["test"] == "t", "q"].notna()).all(), "the family holds what is stopped"


def test_a_gate_that_says_nothing_is_not_known() -> None:
    own = {GATE: {"p": [np.nan, 1e-6]}, "t": {"p": [1e-6, 1e-6]}}
    (tests,) = correct_participant([fit({"language": own})])
    assert tests.loc[tests["test"] == "t", "gate"].tolist() == [None, True]
    assert tests.loc[tests["test"] == "t", "significant"].tolist() == [True, True]


def test_a_negative_difference_is_never_significant() -> None:
    (tests,) = correct_participant([fit({"language": {"t": {"p": [1e-6, 1e-6], "diff": [-0.1, 0.1]}}})])
    assert tests["significant"].tolist() == [False, True]


YES, NO = 1e-6, 0.9


@pytest.mark.parametrize(
    ("linear", "low", "uni", "integration", "both_modalities"),
    [
        (YES, YES, YES, True, False),
        (YES, YES, NO, True, False),
        (YES, NO, YES, False, True),
        (NO, YES, YES, False, True),
        (NO, NO, YES, False, True),
        (NO, YES, NO, False, False),
        (YES, NO, NO, False, False),
        (None, YES, YES, None, True),
        (YES, None, YES, None, True),
        (YES, None, NO, None, False),
        (NO, None, YES, False, True),
        (None, None, None, None, None),
    ],
)
def test_words(
    linear: float | None,
    low: float | None,
    uni: float | None,
    integration: bool | None,
    both_modalities: bool | None,
) -> None:
    """Integration beats the linear control and the low-level features; both modalities beats unimodal alone."""
    p = {BEATS_LINEAR: linear, BEATS_LOW_LEVEL: low, BEATS_UNIMODAL: uni}
    own: dict[str, dict[str, Values]] = {"t": {"p": [0.5]}}
    own |= {test: {"p": [value]} for test, value in p.items() if value is not None}
    (tests,) = correct_participant([fit({"vision": own})])
    row = wide(tests, ["A0"], [*TESTS, "t"]).iloc[0]
    assert row["vision_integration"] is integration
    assert row["vision_both_modalities"] is both_modalities
    assert row["integration_either"] is integration
    assert row["both_modalities_either"] is both_modalities
    assert row["language_integration"] is None
    assert row["integration_both"] is None


def test_the_wide_table_is_the_long_one() -> None:
    rng = np.random.default_rng(0)
    own = {t: {"p": (rng.random(5) ** 5).tolist(), "diff": rng.standard_normal(5).tolist()} for t in (*TESTS, "t")}
    (tests,) = correct_participant([fit({"language": own, "vision": {t: own[t] for t in TESTS[1:]}})])
    channels = [f"A{k}" for k in (3, 0, 4, 1, 2, 7)]
    table = wide(tests, channels, [*TESTS, "t"])
    assert table.index.tolist() == channels
    for (alignment, test), part in tests.groupby(["alignment", "test"]):
        part = part.set_index("name")
        for name in channels[:5]:
            assert table.loc[name, f"{alignment}_{test}"] is part.loc[name, "significant"]
            for value in PER_TEST:
                assert table.loc[name, f"{alignment}_{test}_{value}"] == part.loc[name, value]
    assert table.loc["A7"].drop(["tests_passed"]).isna().all(), "an electrode that was not tested"
    assert table["tests_passed"].tolist() == [
        sum(table.loc[name, f"{t}_either"] is True for t in (*TESTS, "t")) for name in channels
    ]
    assert table[f"vision_{GATE}"].isna().all()


def test_p_of_noise_stays_below_its_share() -> None:
    """A participant of two fits without any effect: after correction nothing is found, or hardly ever."""
    found = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        fits = [one_test({a: stats.uniform.rvs(size=20, random_state=rng).tolist() for a in ("language", "vision")})
                for _ in range(2)]  # fmt: skip
        found += any(v is True for table in correct_participant(fits) for v in table["significant"])
    assert found <= stats.binom.isf(1e-3, 100, 0.05)
