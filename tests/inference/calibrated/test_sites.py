"""The logic of sites: one p for one claim, its correction, and what is called what."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from bids_vlint.inference.calibrated.claims import family_q, joined_p, verdicts
from bids_vlint.inference.calibrated.sites import PER_TEST, correct_participant, fit_tests, participant_sites
from bids_vlint.inference.correction import benjamini_hochberg, benjamini_yekutieli, simes
from bids_vlint.networks.comparisons import always_made

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


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=4))
def test_simes_is_the_smallest_q(p: list[float]) -> None:
    """Simes' p is what Benjamini and Hochberg's smallest q is."""
    least = multipletests(p, method="fdr_bh")[1].min()
    assert simes(np.array([p])) == pytest.approx(least, rel=1e-5)
    assert simes(np.array([[*p, np.nan]])) == simes(np.array([p]))


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
    return fit_tests(parts)  # type: ignore[arg-type]


def one_test(p: dict[str, list[float]], test: str = "t") -> pd.DataFrame:
    """A fit with p-values for one test alone."""
    return fit({alignment: {test: {"p": values}} for alignment, values in p.items()})


def table_of(tests: pd.DataFrame, names: list[str], q: float = 0.05) -> pd.DataFrame:
    """The sites of a participant of one fit."""
    (table,) = participant_sites(correct_participant([tests], q), [list(dict.fromkeys(tests["name"]))], names, q)
    return table


# ---- the long table ----


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


def test_the_level_of_false_discoveries() -> None:
    tests = one_test({"language": [0.001, 0.02, 0.6]}, GATE)
    assert correct_participant([tests])[0]["significant"].tolist() == [True, True, False]
    (strict,) = correct_participant([tests], 0.01)
    assert strict["significant"].tolist() == [True, False, False]
    assert strict["q"].equals(correct_participant([tests])[0]["q"]), "q itself does not depend on the level"


def test_a_claims_p_is_no_smaller_than_the_gates() -> None:
    own = {GATE: {"p": [1e-6, 0.9, 1e-6, np.nan]}, "t": {"p": [1e-7, 1e-6, 0.9, 1e-6]}}
    (tests,) = correct_participant([fit({"language": own, "vision": {"t": {"p": [1e-6] * 4}}})])
    by = dict(iter(tests.groupby(["alignment", "test"])))
    claim = by["language", "t"]
    assert claim["p"].tolist() == [1e-6, 0.9, 0.9, 1e-6], "where the gate is not known it is no part of the claim"
    assert claim["p_alone"].tolist() == own["t"]["p"]
    assert claim["significant"].tolist() == [True, False, False, True]
    assert claim["gate"].tolist() == [True, False, True, None]
    assert by["language", GATE]["significant"].tolist() == [True, False, True, None]
    assert by["language", GATE]["p"].equals(by["language", GATE]["p_alone"])
    assert by["vision", "t"]["p"].tolist() == [1e-6] * 4, "the gate of another alignment is no part of it"
    assert by["vision", "t"]["gate"].tolist() == [None] * 4
    assert (claim["q"] == by["vision", "t"]["q"].tolist()).tolist() == [True, False, False, True], "one family"


def test_corrected_again_it_is_the_same() -> None:
    own = {GATE: {"p": [0.01, 0.5]}, "t": {"p": [0.001, 0.001]}}
    (once,) = correct_participant([fit({"language": own})])
    (twice,) = correct_participant([once])
    pd.testing.assert_frame_equal(once, twice)


@pytest.mark.parametrize("level", [0.05, 0.95])
def test_a_negative_difference_is_never_significant(level: float) -> None:
    own = {GATE: {"p": [0.1, 0.1, 0.6], "diff": [0.1, 0.1, -0.1]}, "t": {"p": [1e-6] * 3, "diff": [-0.1, 0.1, 0.1]}}
    tests = fit({"language": own})
    (table,) = correct_participant([tests], level)
    lenient = level > 0.9
    assert table.loc[table["test"] == "t", "significant"].tolist() == [False, lenient, False]
    assert table_of(tests, [GATE, "t"], level)["t_either"].tolist() == [False, lenient, False]


# ---- either, both, words ----


@pytest.mark.parametrize(
    ("p", "either", "both"),
    [
        ({"language": [1e-6], "vision": [1e-6]}, True, True),
        ({"language": [1e-6], "vision": [0.9]}, True, False),
        ({"language": [0.03], "vision": [0.9]}, False, False),
        ({"language": [0.04], "vision": [0.03]}, True, True),
        ({"language": [0.9], "vision": [0.9]}, False, False),
        ({"language": [1e-6]}, True, None),
        ({"language": [0.9]}, False, None),
        ({"language": [np.nan], "vision": [np.nan]}, None, None),
    ],
)
def test_either_and_both(p: dict[str, list[float]], either: bool | None, both: bool | None) -> None:
    row = table_of(one_test(p), ["t"]).iloc[0]
    assert row["t_either"] is either
    assert row["t_both"] is both
    assert row["tests_passed"] == int(either is True)
    values = np.array([v[0] for v in p.values()])
    assert row["t_both_p"] == pytest.approx(values.max() if len(p) == 2 else np.nan, nan_ok=True)
    known = values[~np.isnan(values)]
    simes_p = multipletests(known, method="fdr_bh")[1].min() if len(known) else np.nan
    for column in ("t_either_p", "t_either_q"):  # of one electrode p is q
        assert row[column] == pytest.approx(simes_p, nan_ok=True)


def test_every_claim_has_one_correction_over_electrodes() -> None:
    """Over the electrodes of all fits; q is that of statsmodels for each claim's p."""
    rng = np.random.default_rng(0)
    fits = [fit({a: {t: {"p": (rng.random(n) ** 9).tolist()} for t in TESTS} for a in ("language", "vision")})
            for n in (30, 12)]  # fmt: skip
    channels = [[f"A{k}" for k in range(n)] for n in (30, 12)]
    table = pd.concat(participant_sites(correct_participant(fits), channels, TESTS))
    for what in (*TESTS, "integration"):
        for way in ("either", "both"):
            q = multipletests(table[f"{what}_{way}_p"], method="fdr_bh")[1]
            assert np.allclose(table[f"{what}_{way}_q"], q)
            assert table[f"{what}_{way}"].tolist() == (q <= 0.05).tolist()
        p = table[[f"{a}_{what}_p" for a in ("language", "vision")]].to_numpy()
        for end, method in (("q", "fdr_bh"), ("q_by", "fdr_by")):
            q = multipletests(p.ravel(), method=method)[1].reshape(p.shape)
            assert np.allclose(table[[f"{a}_{what}_{end}" for a in ("language", "vision")]], q)
        assert np.allclose(table[f"{what}_both_p"], p.max(1))
        assert 3 < sum(table[f"{what}_either"]) < 42
    needed = [table[f"vision_{t}_p"] for t in (GATE, BEATS_LINEAR, BEATS_LOW_LEVEL)]
    assert np.allclose(table["vision_integration_p"], np.max(needed, axis=0)), "the gate is in it"


YES, NO = 1e-6, 0.9


@pytest.mark.parametrize(
    ("linear", "low", "uni", "integration", "with_language"),
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
        (NO, None, YES, None, True),
        (NO, None, None, None, None),
        (None, None, None, None, None),
    ],
)
def test_words(
    linear: float | None, low: float | None, uni: float | None, integration: bool | None, with_language: bool | None
) -> None:
    """Integration needs two claims, and where one was not tested it is not known, whatever the other says."""
    p = {BEATS_LINEAR: linear, BEATS_LOW_LEVEL: low, BEATS_UNIMODAL: uni}
    own: dict[str, dict[str, Values]] = {"t": {"p": [0.5]}}
    own |= {test: {"p": [value]} for test, value in p.items() if value is not None}
    row = table_of(fit({"vision": own}), [*TESTS, "t"]).iloc[0]
    assert row["vision_integration"] is integration
    assert row["vision_trained_with_language"] is with_language
    assert row["integration_either"] is integration
    assert row["trained_with_language_either"] is with_language
    assert row["language_integration"] is None
    assert row["integration_both"] is None
    assert np.isnan(row["vision_integration_p"]) == (integration is None)


def test_a_word_gives_way_to_the_other_in_any_alignment() -> None:
    yes, no = {"p": [YES]}, {"p": [NO]}
    own = {"language": {BEATS_LINEAR: yes, BEATS_LOW_LEVEL: yes, BEATS_UNIMODAL: yes},
           "vision": {BEATS_LINEAR: no, BEATS_LOW_LEVEL: yes, BEATS_UNIMODAL: yes}}  # fmt: skip
    row = table_of(fit(own), TESTS).iloc[0]
    assert (row["vision_trained_with_language"], row["language_trained_with_language"]) == (True, False)
    assert (row["integration_either"], row["integration_both"]) == (True, False)
    assert (row["trained_with_language_either"], row["trained_with_language_both"]) == (False, False)


def test_what_was_not_tested_is_nowhere_false() -> None:
    """Language networks alone: some electrodes pass the low-level features, none is said not to integrate."""
    own = {GATE: {"p": [YES, YES, NO]}, BEATS_LOW_LEVEL: {"p": [YES, NO, NO]}}
    table = table_of(fit({"language": own, "vision": own}), TESTS)
    words = [c for c in table if "integration" in c or "with_language" in c or "beats_linear" in c]
    assert table[words].isna().all(axis=None)
    assert table["beats_low_level_either"].tolist() == [True, False, False]


def test_the_wide_table_is_the_long_one() -> None:
    rng = np.random.default_rng(0)
    own = {t: {"p": (rng.random(5) ** 5).tolist(), "diff": rng.standard_normal(5).tolist()} for t in (*TESTS, "t")}
    (tests,) = correct_participant([fit({"language": own, "vision": {t: own[t] for t in TESTS[1:]}})])
    channels = [f"A{k}" for k in (3, 0, 4, 1, 2, 7)]
    (table,) = participant_sites([tests], [channels], [*TESTS, "t"])
    assert table.index.tolist() == channels
    for (alignment, test), part in tests.groupby(["alignment", "test"]):
        part = part.set_index("name")
        for name in channels[:5]:
            assert table.loc[name, f"{alignment}_{test}"] is part.loc[name, "significant"]
            for value in (*PER_TEST, "q"):
                assert table.loc[name, f"{alignment}_{test}_{value}"] == part.loc[name, value]
    assert table.loc["A7"].drop(["tests_passed"]).isna().all(), "an electrode that was not tested"
    assert table["tests_passed"].tolist() == [
        sum(table.loc[name, f"{t}_either"] is True for t in (*TESTS, "t")) for name in channels
    ]
    assert table[f"vision_{GATE}"].isna().all()


# ---- error rates ----


def p_of(z: np.ndarray) -> np.ndarray:
    """One-sided p of standard normal statistics."""
    p: np.ndarray = stats.norm.sf(z)
    return p


def claimed(p: dict[str, np.ndarray], tests: list[str]) -> dict[str, np.ndarray]:
    """Verdicts of a family from p per test, (n_electrodes, n_alignments)."""
    table = {f"{a}_{t}_p": p[t][:, k] for t in tests for k, a in enumerate(("language", "vision"))}
    table |= joined_p(table, tests)
    return verdicts(table | family_q(table, tests), tests, 0.05)


def false_share(find: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]], n: int) -> tuple[float, float]:
    """The mean share of false ones among those found, and of the true ones that are found."""
    shares, power = [], []
    for seed in range(n):
        found, true = find(np.random.default_rng(seed))
        shares.append((found & ~true).sum() / max(found.sum(), 1))
        power.append((found & true).sum() / max(true.sum(), 1))
    return float(np.mean(shares)), float(np.mean(power))


@pytest.mark.parametrize("n_true", [0, 3])
def test_a_conjunction_keeps_its_rate(n_true: int) -> None:
    """30 electrodes beat the linear control alone, 60 the low-level features alone; where the sets are corrected apart
    and then crossed, most of what is called integration is false."""

    def p_values(rng: np.random.Generator) -> tuple[dict[str, np.ndarray], np.ndarray]:
        linear, low = np.zeros((100, 1)), np.zeros((100, 1))
        true = np.zeros(100, bool)
        linear[:30], low[30:90] = 4.5, 4.5
        true[30 : 30 + n_true], linear[30 : 30 + n_true] = True, 4.5
        z = rng.standard_normal((2, 100, 2))
        return {BEATS_LINEAR: p_of(linear + z[0]), BEATS_LOW_LEVEL: p_of(low + z[1])}, true

    def find(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        p, true = p_values(rng)
        return claimed(p, [BEATS_LINEAR, BEATS_LOW_LEVEL])["language_integration"].astype(bool), true

    def crossed(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        p, true = p_values(rng)
        return np.all([benjamini_hochberg(own)[:, 0] <= 0.05 for own in p.values()], axis=0), true

    share, power = false_share(find, 150)
    assert share <= 0.06, share
    assert false_share(crossed, 50)[0] > 0.5 if n_true == 0 else power > 0.8


def test_either_keeps_its_rate() -> None:
    """20 of 100 electrodes have an effect in one alignment: an OR of one corrected family errs at more than its level.

    A fifth of the electrodes is enough for the difference to show.
    """

    def p_values(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        effect = np.zeros((100, 2))
        effect[:20, 0] = effect[:20, 1] = 4.0
        return p_of(effect + rng.standard_normal((100, 2))), effect.any(1)

    def find(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        p, true = p_values(rng)
        return claimed({"t": p}, ["t"])["t_either"].astype(bool), true

    def either_of_one_family(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        p, true = p_values(rng)
        return (benjamini_hochberg(p) <= 0.05).any(1), true

    share, power = false_share(find, 200)
    assert share <= 0.06, share
    assert power > 0.95
    assert false_share(either_of_one_family, 200)[0] > 0.065


def test_p_of_noise_stays_below_its_share() -> None:
    """A participant of two fits without any effect: after correction nothing is found, or hardly ever."""
    found = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        fits = [one_test({a: stats.uniform.rvs(size=20, random_state=rng).tolist() for a in ("language", "vision")})
                for _ in range(2)]  # fmt: skip
        found += any(v is True for table in correct_participant(fits) for v in table["significant"])
    assert found <= stats.binom.isf(1e-3, 100, 0.05)
