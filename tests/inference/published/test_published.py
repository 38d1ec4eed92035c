"""The published rule against plain loops, and its logic: counted bins, ten bins, default winners, either and both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.inference.published.bootstrap import ARRAYS, Refitted
from bids_vlint.inference.published.rule import (
    BIN_RESAMPLES,
    correct_published,
    published_evidence,
    published_of_fit,
)
from bids_vlint.inference.published.summary import published_summary
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.specification import Modality
from bids_vlint.study.stimulus import Alignment
from tests.reference import published as slow

N_LAGS = 30
SET = [Comparison("fusion_beats_eye", ("fusion", "blend"), ("eye",))]
KINDS: list[tuple[str, Modality]] = [
    ("eye", "vision"),
    ("ear", "language"),
    ("fusion", "multimodal"),
    ("blend", "multimodal"),
]
NETWORKS = [
    NetworkFeatures(name, kind, trained, {"a": np.zeros((1, 1), np.float32)})
    for trained in (True, False)
    for name, kind in KINDS
]
MODELS = (*(n.label for n in NETWORKS), "linear")
SIDES = {
    "eye_beats_random": (["eye"], ["eye-random"]),
    "ear_beats_random": (["ear"], ["ear-random"]),
    "multimodal_beats_unimodal": (["fusion", "blend"], ["eye", "ear"]),
    "multimodal_beats_linear": (["fusion", "blend"], ["linear"]),
    "fusion_beats_eye": (["fusion", "blend"], ["eye"]),
}
TESTS = ["trained_beats_random", *(f"{name}_beats_random" for name, _ in KINDS), "multimodal_beats_unimodal",
         "multimodal_beats_linear", "fusion_beats_eye"]  # fmt: skip


def refitted(seed: int, n_electrodes: int = 12) -> Refitted:
    """Scores that differ between electrodes and models, about half of the bins counted, at some electrodes none."""
    rng = np.random.default_rng(seed)
    shape = (len(MODELS), n_electrodes, N_LAGS)
    r = (0.05 * rng.standard_normal(shape) + 0.05 * rng.standard_normal(shape[:2])[:, :, None]).astype(np.float32)
    low = (rng.standard_normal(shape) + rng.choice([-5.0, 0.0, 0.5], shape[:2])[:, :, None]).astype(np.float32)
    arrays = dict.fromkeys(ARRAYS, r) | {"validation_low": low}
    channels = tuple(f"A{k}" for k in range(n_electrodes))
    return Refitted(MODELS, channels, np.linspace(-2, 2, N_LAGS), **arrays, layer=np.full(shape[:2], "a", object))


def evidence(fit: Refitted, seed: int = 3) -> pd.DataFrame:
    return published_evidence(fit, NETWORKS, SET, np.random.default_rng(seed))


def sites(fits: list[dict[Alignment, Refitted]]) -> list[pd.DataFrame]:
    tables = [
        published_of_fit({a: evidence(r) for a, r in fit.items()}, next(iter(fit.values())).channels, TESTS)
        for fit in fits
    ]
    return correct_published(tables, TESTS)


def test_evidence_is_that_of_plain_loops() -> None:
    fit, u = refitted(0), np.random.default_rng(3).random((2, BIN_RESAMPLES, N_LAGS))
    table = evidence(fit)
    seen = set()
    for test, sides in SIDES.items():
        for e, channel in enumerate(fit.channels):
            best = []
            for labels in sides:
                scored = []
                for label in labels:
                    k = MODELS.index(label)
                    counted = fit.validation_low[k, e] > 0
                    scored.append((slow.electrode_score(fit.r[k, e], fit.validation_low[k, e]), fit.r[k, e][counted]))
                scored = [s for s in scored if not np.isnan(s[0])]
                best.append(max(scored, key=lambda s: s[0]) if scored else (np.nan, np.zeros(0)))
            (one, bins), (two, others) = best
            row = {k: table.loc[channel, f"{test}_{k}"] for k in ("diff", "p", "winner", "n_bins_model")}
            assert row["n_bins_model"] == len(bins)
            assert table.loc[channel, f"{test}_n_bins_baseline"] == len(others)
            assert row["winner"] is bool(len(bins) and not len(others))
            if len(bins) and len(others):
                assert row["diff"] == pytest.approx(one - two, abs=1e-6)
                assert row["p"] == pytest.approx(slow.bins_p(bins, others, *u), abs=1e-9)
                seen.add("p")
            else:
                assert np.isnan(row["diff"])
                assert np.isnan(row["p"])
                seen.add(row["winner"])
    assert seen == {"p", True, False}


def test_the_best_trained_network_meets_its_own_twin() -> None:
    fit = refitted(1)
    table = evidence(fit)
    names = [name for name, _ in KINDS]
    for e, channel in enumerate(fit.channels):
        scored = {n: slow.electrode_score(fit.r[k, e], fit.validation_low[k, e]) for k, n in enumerate(names)}
        known = {n: s for n, s in scored.items() if not np.isnan(s)}
        if known:
            best = max(known, key=lambda n: known[n])
            for kind in ("diff", "p", "n_bins_baseline"):
                one, two = table.loc[channel, [f"trained_beats_random_{kind}", f"{best}_beats_random_{kind}"]]
                assert one == two or (np.isnan(one) and np.isnan(two))
        else:
            assert np.isnan(table.loc[channel, "trained_beats_random_p"])


def test_verdicts_are_those_of_plain_loops() -> None:
    fits: list[dict[Alignment, Refitted]] = [
        {"language": refitted(0), "vision": refitted(1)},
        {"language": refitted(2, 5)},
    ]
    tables = sites(fits)
    found = 0
    for test in TESTS:
        columns = [f"published_{a}_{test}" for a in ("language", "vision")]
        p = np.concatenate([t[[f"{c}_p" for c in columns]].to_numpy(float).ravel() for t in tables])
        true = slow.benjamini_hochberg_true(p)
        per_side = [
            np.concatenate([t[[f"{c}_n_bins_{side}" for c in columns]].to_numpy(float).ravel() for t in tables])
            for side in ("model", "baseline")
        ]
        bins = np.minimum(*per_side)
        expected = [None if np.isnan(v) else bool(t and b >= 10) for v, t, b in zip(p, true, bins, strict=True)]
        verdicts = np.concatenate([t[columns].to_numpy().ravel() for t in tables])
        assert list(verdicts) == expected
        found += sum(v is True for v in expected)
        for (language, vision), either, both in zip(
            np.array(expected, object).reshape(-1, 2),
            pd.concat([t[f"published_{test}_either"] for t in tables]),
            pd.concat([t[f"published_{test}_both"] for t in tables]),
            strict=True,
        ):
            known = [v for v in (language, vision) if v is not None]
            assert either is (any(known) if known else None)
            assert both is (language and vision if len(known) == 2 else None)
    assert found > 5


def planted(counted: dict[str, int], r: dict[str, float], n_electrodes: int = 1) -> Refitted:
    """Models that count so many bins with so much r each (and a little spread); the others count none."""
    fit = refitted(0, n_electrodes)
    low, values = np.full(fit.r.shape, -1.0), np.zeros(fit.r.shape)
    for model, n in counted.items():
        k = MODELS.index(model)
        low[k, :, :n] = 1
        values[k] = r[model] + 0.001 * np.sin(np.arange(N_LAGS))
    return replace(fit, r=values.astype(np.float32), validation_low=low)


@pytest.mark.parametrize(("n", "expected"), [(9, False), (10, True)])
def test_both_models_need_ten_counted_bins(n: int, expected: bool) -> None:
    strong = {"fusion": 0.3, "eye": 0.1, "linear": 0.1}
    for few in ("fusion", "eye"):
        fit = planted({"fusion": 20, "eye": 20} | {few: n}, strong)
        (table,) = sites([{"language": fit}])
        assert table["published_language_multimodal_beats_unimodal_p"].iloc[0] == 0
        assert table["published_language_multimodal_beats_unimodal"].iloc[0] is expected
        assert table["published_multimodal_beats_unimodal_either"].iloc[0] is expected
        assert table["published_multimodal_beats_unimodal_both"].iloc[0] is None


def test_a_default_winner_has_no_p() -> None:
    (table,) = sites([{"language": planted({"fusion": 20}, {"fusion": 0.3})}])
    name = "published_language_multimodal_beats_unimodal"
    assert table[f"{name}_winner"].iloc[0] is True
    assert table[name].iloc[0] is None
    assert np.isnan(table[[f"{name}_{k}" for k in ("diff", "p", "q")]].to_numpy(float)).all()
    assert table["published_language_eye_beats_random_winner"].iloc[0] is False


def test_a_missing_side_is_not_available() -> None:
    table = published_evidence(refitted(0), NETWORKS, [Comparison("x", ("fusion",), ("absent",))],
                               np.random.default_rng(0))  # fmt: skip
    assert table[["x_diff", "x_p", "x_n_bins_baseline"]].isna().all(axis=None)
    assert all(w is None for w in table["x_winner"])
    nothing = replace(refitted(0), models=(), **{name: np.zeros((0, 12, N_LAGS)) for name in ARRAYS})
    assert all(w is None for t in TESTS for w in evidence(nothing)[f"{t}_winner"])
    assert (published_of_fit({}, ["A1"], ["x"]).isna()).all(axis=None)


def test_the_order_of_electrodes_and_models_changes_nothing() -> None:
    fit, rng = refitted(4), np.random.default_rng(0)
    models, electrodes = rng.permutation(len(MODELS)), rng.permutation(len(fit.channels))
    moved = replace(
        fit,
        models=tuple(MODELS[k] for k in models),
        channels=tuple(fit.channels[e] for e in electrodes),
        r=fit.r[models][:, electrodes],
        validation_low=fit.validation_low[models][:, electrodes],
    )
    pd.testing.assert_frame_equal(evidence(fit), evidence(moved).loc[list(fit.channels)])


def test_a_duplicated_network_never_beats_itself() -> None:
    fit = refitted(5, 40)
    twice = replace(
        fit,
        models=(*MODELS, "copy"),
        r=np.concatenate([fit.r, fit.r[2:3]]),
        validation_low=np.concatenate([fit.validation_low, fit.validation_low[2:3]]),
    )
    table = published_evidence(twice, NETWORKS, [Comparison("copy", ("copy",), ("fusion",))], np.random.default_rng(0))
    known = table["copy_p"].dropna()
    assert len(known) > 10
    assert known.min() > 0.3
    assert (table["copy_diff"].dropna() == 0).all()


def test_summary_counts_electrodes_and_defaults_apart() -> None:
    strong = {"fusion": 0.3, "eye": 0.1, "linear": 0.1}
    sure = planted({"fusion": 20, "eye": 20, "linear": 20}, strong, 3)
    alone = planted({"fusion": 20}, strong, 1)
    tables = sites([{"language": sure, "vision": sure}, {"language": alone}])
    assert published_summary(tables, ["fusion_beats_eye"]) == [
        "multimodal_beats_unimodal, in at least one alignment: 3 of 4 electrodes (75.00 %); 1 more by default, where "
        "no bin of the competitor counts.",
        "multimodal_beats_unimodal, in each alignment: 3 of 4 electrodes (75.00 %).",
        "fusion_beats_eye, in at least one alignment: 3 of 4 electrodes (75.00 %); 1 more by default, where no bin of "
        "the competitor counts.",
        "fusion_beats_eye, in each alignment: 3 of 4 electrodes (75.00 %).",
        "multimodal_beats_linear, in at least one alignment: 3 of 4 electrodes (75.00 %); 1 more by default, where no "
        "bin of the competitor counts.",
        "On average over these 5 tests: 3 of 4 electrodes (75.00 %).",
    ]
