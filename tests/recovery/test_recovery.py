"""Planted effects: what is asked for is planted, nothing real is left, and what becomes of it is counted rightly."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bids_vlint.encoding.engine import encode
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan, counted_bins
from bids_vlint.encoding.shift import Shifts
from bids_vlint.recovery.assignment import NOISE, SIZES, Planted, assigned
from bids_vlint.recovery.course import course_of, lasting, response_kernel, wandering
from bids_vlint.recovery.curve import clustered_interval, on_curve, rising_curve, smallest_found
from bids_vlint.recovery.held import FilmFeatures, held_of
from bids_vlint.recovery.kind import EFFECT_KINDS
from bids_vlint.recovery.planting import (
    planted_tracks,
    responses_of_tracks,
    rolled,
    rolls_of,
    values_followed,
    why_no_noise,
)
from bids_vlint.recovery.power import growth, pilot_of, planned, why_no_plan
from bids_vlint.recovery.sizing import ALL, LAYERS, ONE_EACH, fewer_networks, sized
from bids_vlint.recovery.summary import false_table, recovery_table, smallest_table
from bids_vlint.recovery.trial import HowTested, PlantedFit, null_shifts, trials_of
from bids_vlint.recovery.words import beliefs
from bids_vlint.signals.responses import Responses, responses_around

KINDS = {kind.name: kind for kind in EFFECT_KINDS.everything}
N_ELECTRODES, SECONDS = 6, 300.0


def recording(rng: np.random.Generator, follows: np.ndarray | None = None) -> Responses:
    """Five minutes at 40 Hz with a word every 0.6 s; with `follows`, what the first electrode does after each."""
    noise = rng.standard_normal((N_ELECTRODES, int(SECONDS * 40)))
    onset = np.arange(5.0, SECONDS - 5, 0.6)
    if follows is not None:
        for t, value in zip(onset, follows):
            noise[0, int(t * 40) + 8 : int(t * 40) + 24] += 3 * value
    return responses_around(noise, 40.0, pd.DataFrame({"onset": onset}))


def networks_for(n_events: int, rng: np.random.Generator) -> list[NetworkFeatures]:
    """A picture, a text, their product, and what holds each."""
    seen, said = rng.standard_normal((2, n_events, 4))
    mixed = rng.standard_normal((12, 20))
    both = np.hstack([seen, said, seen * said]) @ mixed
    features = {
        ("fusion", "multimodal", None): both,
        ("fusion:image", "multimodal", "image"): seen @ mixed[:4],
        ("fusion:text", "multimodal", "text"): said @ mixed[4:8],
        ("eye", "vision", None): seen,
        ("ear", "language", None): said,
        ("low_level", "low_level", None): rng.standard_normal((n_events, 3)),
    }
    found = []
    for (name, modality, shown), x in features.items():
        white = 0.1 * rng.standard_normal(x.shape)
        found.append(NetworkFeatures(name, modality, True, {"last": (x + white).astype(np.float32)}, shown=shown,  # type: ignore[arg-type]
                                     part_of="fusion" if shown else None))  # fmt: skip
    for name, modality in (("fusion", "multimodal"), ("eye", "vision"), ("ear", "language")):
        x = rng.standard_normal((n_events, 4)).astype(np.float32)
        found.append(NetworkFeatures(name, modality, False, {"last": x}))  # type: ignore[arg-type]
    return found


@pytest.fixture(scope="module")
def fit() -> PlantedFit:
    rng = np.random.default_rng(0)
    responses = {"language": recording(rng)}
    networks = {"language": networks_for(len(responses["language"].events), rng)}
    held = held_of(networks, {"language": responses["language"].events}, {})  # type: ignore[arg-type]
    return PlantedFit("sub-01_task-film", responses, networks, held, 1)  # type: ignore[arg-type]


def without(held: FilmFeatures, *labels: str) -> FilmFeatures:
    return FilmFeatures(held.events, tuple(n for n in held.networks if n.label not in labels))


def test_an_events_value_lasts_until_the_next_event_and_no_longer_than_half_a_second() -> None:
    time = np.arange(0, 3, 0.25)
    values = lasting(time, np.array([1.0, 0.5]), np.array([[2.0], [1.0]]))[:, 0]
    np.testing.assert_array_equal(values, [0, 0, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0])


def test_a_response_comes_after_its_event() -> None:
    time = np.arange(0, 10, 0.025)
    course = course_of(time, np.array([4.0]), np.ones((1, 2)), [0.15, 0.4], None)
    np.testing.assert_allclose(course[(time < 3.9) | (time > 6.3)], 0, atol=1e-12)
    early, late = time[course.argmax(0)]
    assert 4.3 < early < late < 5.2
    assert response_kernel(0.2).sum() == pytest.approx(1)


def test_a_second_that_is_seen_again_has_its_value_again() -> None:
    rng = np.random.default_rng(0)
    place, film = np.array([3.0, 1.0, 3.0, 3.0]), np.array([0, 0, 0, 1])
    x = wandering(place, film, 5, rng)
    np.testing.assert_array_equal(x[0], x[2])
    assert (x[0] != x[3]).all()
    smooth = wandering(np.arange(0, 2000, 0.1), np.zeros(20000), 3, rng)
    assert (smooth.std(0) > 0.5).all()
    assert np.corrcoef(smooth[:-1, 0], smooth[1:, 0])[0, 1] > 0.7


def test_kinds_sources_and_sizes_are_spread_evenly() -> None:
    rows = assigned(list(KINDS.values()), 20, 12, np.random.default_rng(0))
    kinds = Counter(cell.kind for row in rows for cell in row)
    assert set(kinds.values()) == {40}
    cells = Counter(cell for row in rows for cell in row if cell.source != NOISE)
    assert {n for cell, n in cells.items()} == {5}
    assert sum(cell.source == NOISE for row in rows for cell in row) == 20
    assert rows == assigned(list(KINDS.values()), 20, 12, np.random.default_rng(0))
    assert len({tuple(row) for row in rows}) > 1


def test_the_share_that_is_planted_is_the_one_asked_for(fit: PlantedFit) -> None:
    plan, sizes = EncodingPlan(), np.array([0, *SIZES, 0.5])
    own = [Planted("vision", "wholly", float(size)) for size in sizes]
    values = values_followed(fit.held, KINDS, own, np.random.default_rng(1))
    base = responses_of_tracks(fit.responses["language"], fit.tracks, plan, fit.channels)
    tracks = planted_tracks(fit.tracks, fit.responses, fit.held, values, sizes, plan, np.random.default_rng(2))
    data = responses_of_tracks(fit.responses["language"], tracks, plan, fit.channels).data
    added = (data - base.data).var(0).mean(1)
    np.testing.assert_allclose(added / (added + base.data.var(0).mean(1)), sizes, atol=1e-5)
    np.testing.assert_array_equal(data[:, 0], base.data[:, 0])


def test_responses_of_tracks_are_those_of_the_events(fit: PlantedFit) -> None:
    own = fit.responses["language"]
    data = responses_of_tracks(own, fit.tracks, EncodingPlan(), own.channels).data
    wanted = own.data[:, :, counted_bins(own.lags, (0, 2))]
    assert np.corrcoef(data.ravel(), wanted.ravel())[0, 1] > 0.95


def test_nothing_real_is_left_once_the_tracks_are_rolled() -> None:
    rng = np.random.default_rng(3)
    value = rng.standard_normal(len(np.arange(5.0, SECONDS - 5, 0.6)))
    own = recording(rng, value)
    rolls = rolls_of(own.tracks, 8, 14.2, Shifts(np.zeros((1, 0), int)), rng)
    assert (rolls.steps * 0.025 >= 14).all()

    def r(tracks: tuple) -> float:  # type: ignore[type-arg]
        data = responses_of_tracks(own, tracks, EncodingPlan(), own.channels).data[:, 0]
        return float(max(abs(np.corrcoef(value, x)[0, 1]) for x in data.T))

    assert r(own.tracks) > 0.8
    assert max(r(rolled(own.tracks, rolls, k)) for k in range(8)) < 0.25
    track = rolled(own.tracks, rolls, 0)[0].data
    np.testing.assert_allclose(track.std(0), own.tracks[0].data.std(0), rtol=1e-5)


def test_no_shift_of_the_null_undoes_a_roll(fit: PlantedFit) -> None:
    """What is left between a roll and a shift that would undo it: a third of two thirds of a gap between shifts."""
    plan = EncodingPlan(n_shifts=12)
    null = null_shifts(fit, plan)
    encoded = encode(fit.networks["language"], fit.responses["language"], replace(plan, n_bootstraps=2),
                     rng=np.random.default_rng(fit.seed))  # fmt: skip
    np.testing.assert_allclose(null.steps * 0.025, encoded.shift_s)
    n_steps = len(fit.tracks[0].time)
    for seed in range(50):
        rolls = rolls_of(fit.tracks, 8, plan.reach, null, np.random.default_rng(seed)).steps
        assert (rolls >= plan.reach / 0.025).all()
        assert (rolls <= n_steps - plan.reach / 0.025).all()
        assert len(np.unique(rolls)) == 8
        left = (rolls[0][:, None] + null.steps[0]) % n_steps
        assert np.minimum(left, n_steps - left).min() >= 2 / 9 * (n_steps - 2 * plan.reach / 0.025) / 12 - 1


def test_what_is_too_short_to_shift_within_is_said() -> None:
    own = recording(np.random.default_rng(0))
    assert why_no_noise(own.tracks, 14.2) == ""
    short = tuple(replace(track, time=track.time[:800], data=track.data[:800]) for track in own.tracks)
    assert "88 s are needed" in why_no_noise(short, 14.2)


def test_integration_is_what_neither_part_says(fit: PlantedFit) -> None:
    x = KINDS["integration"].variable(fit.held, 4, np.random.default_rng(0))
    by = {n.label: n.scores for n in fit.held.networks}

    def explained(label: str) -> float:
        known = by[label] - by[label].mean(0)
        left = x - known @ np.linalg.lstsq(known, x, rcond=None)[0]
        return float(1 - left.var() / x.var())

    assert explained("fusion") > 0.85
    assert max(explained(label) for label in ("fusion:image", "fusion:text", "eye", "ear")) < 0.05


def test_a_kind_whose_networks_are_missing_is_not_planted_and_says_why(fit: PlantedFit) -> None:
    lacks = {name: kind.lacks(without(fit.held, "fusion", "fusion:image", "eye")) for name, kind in KINDS.items()}
    assert "shown picture and text together" in lacks["integration"]
    assert "pictures alone" in lacks["vision"]
    assert "pictures alone" in lacks["additive"]
    assert lacks["language"] == lacks["nothing"] == lacks["sound"] == ""
    assert "low-level" in KINDS["sound"].lacks(without(fit.held, "low_level"))
    alone = next(n for n in fit.held.networks if n.label == "fusion:image").scores
    same = tuple(replace(n, scores=alone) if n.label == "fusion" else n for n in fit.held.networks)
    assert "what is shown picture or text alone says" in KINDS["integration"].lacks(FilmFeatures(fit.held.events, same))


def test_claims_are_made_of_what_they_are_true_of(fit: PlantedFit) -> None:
    """Half of the variance: whoever does not find that finds nothing; of noise nothing is called so."""
    kinds = ("integration", "vision", "nothing")
    rows = [[Planted(k, NOISE if k == "nothing" else "wholly", 0.0 if k == "nothing" else 0.6) for k in kinds * 2]]
    trials = trials_of([fit], KINDS, rows, HowTested(EncodingPlan(n_shifts=20)))
    own = trials[(trials["alignment"] == "either") & (trials["replicate"] == 1)]
    found = {key: [v is True for v in part["found"]] for key, part in own.groupby(["claim", "kind"])}
    assert found["integration", "integration"] == [True, True]
    assert found["trained_beats_random", "vision"] == [True, True]
    assert not any(found["integration", "vision"] + found["integration", "nothing"])
    assert not any(found["trained_beats_random", "nothing"])
    again = trials_of([fit], KINDS, rows, HowTested(EncodingPlan(n_shifts=20)))
    pd.testing.assert_frame_equal(trials, again)


def fabricated(power: dict[float, float], false_p: float = 0.04, n: int = 60) -> pd.DataFrame:
    """Trials in which integration is found with a given power, and p of noise lies below .05 so often."""
    rng, rows = np.random.default_rng(5), []
    for size, share in power.items():
        for k in range(n):
            found = bool(rng.random() < share)
            rows.append((1 + k % 6, "integration", "wholly", size, found, 0.001 if found else 0.4))
    for k in range(5 * n):
        rows.append((1 + k % 6, "nothing", "noise", 0.0, False, 0.01 if k < 5 * n * false_p else 0.5))
    table = pd.DataFrame(rows, columns=["replicate", "kind", "source", "size", "found", "p"])
    return table.assign(fit="f", name="A1", alignment="either", claim="integration", q=table["p"], p_alone=np.nan,
                        diff=0.01, detectable=0.02, df=39.0).sample(frac=1, random_state=0)  # fmt: skip


def test_what_was_found_is_counted_and_the_smallest_size_lies_where_the_curve_crosses() -> None:
    trials = fabricated({0.01: 0.05, 0.02: 0.3, 0.04: 0.85, 0.08: 1.0})
    table = recovery_table(trials, KINDS, {"sound": "there are no low-level features"})
    own = table[table["kind"] == "integration"].set_index("size")
    assert own["n"].tolist() == [60] * 4
    np.testing.assert_allclose(own["share"], own["found"] / 60)
    assert (own["low"] <= own["share"]).all()
    assert (own["share"] <= own["high"]).all()
    assert (np.abs(own["fitted"] - own["share"]) < 0.1).all()
    assert own["true"].tolist() == [True] * 4
    assert table.loc[table["kind"] == "sound", "not_tested"].tolist() == ["there are no low-level features"]
    (smallest,) = smallest_table(trials, KINDS)["smallest"]
    assert 0.025 < smallest < 0.045


@pytest.mark.parametrize(("false_p", "believed"), [(0.04, True), (0.06, True), (0.2, False)])
def test_a_claim_with_too_many_false_ones_is_not_to_be_believed(false_p: float, believed: bool) -> None:
    false = false_table(fabricated({0.08: 1.0}, false_p), KINDS)
    assert false["believed"].tolist() == [believed]
    assert any("Not to be believed" in line for line in beliefs(false)) is not believed


def test_of_few_electrodes_nothing_is_told() -> None:
    trials = fabricated({0.08: 1.0}, n=3)
    assert trials["kind"].value_counts().to_dict() == {"nothing": 15, "integration": 3}
    smallest, false = smallest_table(trials, KINDS), false_table(trials, KINDS)
    assert smallest["smallest"].isna().all()
    assert smallest["n"].tolist() == [3]
    assert false["believed"].tolist() == [None]
    said = " ".join(beliefs(false))
    assert "Of fewer than 20 electrodes nothing is told: integration." in said
    assert "No claim" not in said


def test_intervals_are_wider_where_replicates_differ() -> None:
    cluster = np.repeat(np.arange(10), 10)
    even, lumped = np.tile([True, False], 50), np.repeat([True, False] * 5, 10)
    narrow, wide = clustered_interval(even, cluster), clustered_interval(lumped, cluster)
    assert narrow == pytest.approx((0.404, 0.596), abs=2e-3)  # Wilson's, of 50 in 100
    assert wide[0] < 0.25
    assert wide[1] > 0.75


def test_a_curve_never_falls_and_what_it_does_not_reach_is_not_known() -> None:
    size = np.repeat(SIZES, 20)
    falling = rising_curve(size, np.repeat([True, True, False, False], 20))
    assert falling is not None
    assert on_curve(falling, 0.01) <= on_curve(falling, 0.08) + 1e-9
    assert np.isnan(smallest_found(falling, SIZES))
    assert smallest_found(rising_curve(size, np.ones(80, bool)), SIZES) == 0.01
    assert np.isnan(smallest_found(rising_curve(np.empty(0), np.empty(0, bool)), SIZES))


def test_a_recovery_keeps_to_its_time() -> None:
    assert (sized({ALL: 1.0}, 100, 900).n_replicates, sized({ALL: 1.0}, 100, 1e9).n_replicates) == (9, 20)
    assert sized({ALL: 1.0}, 30, 1e9).n_replicates == 64  # of fewer electrodes more, as many in all
    assert sized({ALL: 1.0}, 3, 1e9).n_replicates == 100
    cut = sized({ALL: 100.0, LAYERS: 20.0, ONE_EACH: 4.0}, 100, 900)
    assert (cut.networks, cut.n_replicates, cut.n_electrodes) == (ONE_EACH, 2, 100)
    least = sized({ALL: 100.0, LAYERS: 50.0, ONE_EACH: 30.0}, 100, 900)
    assert (least.n_replicates, least.n_electrodes) == (1, 30)


def test_fewer_networks_keep_what_belongs_to_them(fit: PlantedFit) -> None:
    two = {"first": np.zeros((3, 2)), "last": np.zeros((3, 2))}
    networks = {"language": [*fit.networks["language"], NetworkFeatures("other", "vision", True, two)]}
    one = fewer_networks(networks, ONE_EACH, {"other": "first"}, ["other", "eye"])["language"]  # type: ignore[arg-type]
    labels = [n.label for n in one]
    assert {"other", "fusion", "fusion:image", "fusion:text", "fusion-random", "ear", "low_level"} <= set(labels)
    assert not {"eye", "eye-random"} & set(labels)
    assert list(one[labels.index("other")].layers) == ["first"]


def test_a_plan_finds_more_in_longer_films_and_of_itself_what_the_pilot_found() -> None:
    rng, rows = np.random.default_rng(0), []
    for k in range(900):
        size = (0.0, *SIZES)[k % 5]
        kind, source = ("nothing", "noise") if not size else ("integration", "wholly")
        for test in ("trained_beats_random", "beats_low_level", "multimodal_beats_linear"):
            z = float(rise(20 * size, 4.0, 0.3) + rng.standard_normal())
            rows.append((k, "f", "A1", kind, source, size, "language", test, z))
    from scipy import stats

    trials = pd.DataFrame(rows, columns=["replicate", "fit", "name", "kind", "source", "size", "alignment", "claim",
                                         "z"]).assign(df=39.0, minutes=20.0)  # fmt: skip
    trials["p_alone"] = stats.t.sf(trials["z"], 39)
    pilot = pilot_of(trials)
    share = {}
    for minutes in (5.0, 20.0, 80.0):
        table = planned(pilot, KINDS, minutes, 50, 0.05, np.random.default_rng(1), n_families=40)
        own = table[(table["claim"] == "integration") & (table["alignment"] == "either")].set_index(["kind", "size"])
        share[minutes] = own["share"]
        assert own.loc[("nothing", 0.0), "share"] < 0.05
    assert share[5.0]["integration", 0.08] < share[20.0]["integration", 0.08] < share[80.0]["integration", 0.08]
    # what depends on length times size alone is the same four times as long
    assert share[20.0]["integration", 0.08] == pytest.approx(share[80.0]["integration", 0.02], abs=0.15)


def test_a_pilot_of_unlike_participants_is_that_of_most() -> None:
    rows = [("sub-01", k, test, "language") for k in range(6) for test in ("a", "b")]
    rows += [("sub-02", k, "a", "vision") for k in range(2)]
    trials = pd.DataFrame(rows, columns=["participant", "replicate", "claim", "alignment"])
    trials = trials.assign(fit="f", name="A1", kind="vision", source="wholly", size=0.01, p_alone=0.2, df=39.0,
                           minutes=[*[20.0] * 12, 40.0, 40.0])  # fmt: skip
    pilot = pilot_of(trials)
    assert set(pilot.z) == {("language", "a"), ("language", "b")}
    assert pilot.minutes.tolist() == [20.0] * 6
    assert why_no_plan(pilot).startswith("6 electrodes over all replicates with vision (a variable that networks hold")
    assert why_no_plan(pilot_of(trials.assign(p_alone=np.nan))).startswith("0 electrodes")
    assert why_no_plan(replace(pilot, cell=pilot.cell * 2)) == ""


def rise(x: float, c: float, k: float) -> float:
    return c * x / float(np.sqrt(x + k))


def test_growth_is_found_again() -> None:
    """Two kinds of effects and electrodes that follow nothing, two tests."""
    x, group = np.tile(np.repeat([0.2, 0.4, 0.8, 1.6], 200), 2), np.repeat([0, 1, 2], 800)
    x = np.append(x, np.zeros(800))
    c = np.array([[5.0, -1.0], [2.0, 3.0], [0.0, 0.0]])
    z = np.array([0.1, -0.6]) + c[group] * (x / np.sqrt(x + 0.5))[:, None]
    k, m, found = growth(x, group, z + np.random.default_rng(0).standard_normal(z.shape))
    assert 0.25 < k < 1.0
    np.testing.assert_allclose(m, [0.1, -0.6], atol=0.15)
    grown = found * 3.2 / np.sqrt(3.2 + k)  # twice as long as what was seen
    np.testing.assert_allclose(grown, c * 3.2 / np.sqrt(3.7), atol=0.5)
