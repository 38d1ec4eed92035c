"""Between-brain ceilings of simulated participants: what is shared is found, within .03, and nothing else."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from bids_vlint.between_brains.ceiling import (
    INCLUDES_ZERO,
    NOTHING_SHARED,
    ONE_OTHER,
    PART_FOUND,
    BetweenBrains,
    between_brains,
)
from bids_vlint.between_brains.prediction import predict_from_others
from bids_vlint.between_brains.shared_variance import halvings, shared_variance
from bids_vlint.between_brains.space import brain_components, share_of_components, shared_courses
from bids_vlint.encoding.blocks import Blocks, blocks_of
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.plan import folds_of
from bids_vlint.encoding.ridge import PENALTIES
from tests.between_brains.people import GAP_S, People, people


def parts(made: People) -> tuple[tuple[Fold, ...], Blocks]:
    folds = folds_of(made.events, GAP_S)
    assert folds is not None
    return folds, blocks_of(made.events, folds)


def rows(y: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(y.transpose(0, 2, 1)).reshape(-1, y.shape[1])


def brains(made: People) -> list[np.ndarray]:
    return [brain_components(rows(y), share_of_components(len(made.responses) - 1)) for y in made.responses]


def first_from_others(made: People, network_r: float = 0.25, seed: int = 0) -> BetweenBrains:
    """The first participant's ceilings from all others, beside a network that reaches the same in each block."""
    folds, blocks = parts(made)
    network = np.full((len(blocks), made.responses[0].shape[1]), network_r / len(blocks))
    others = brains(made)[1:]
    return between_brains(others, list(range(len(others))), made.responses[0], folds, blocks, network, seed=seed)


@pytest.fixture(scope="module")
def half_shared() -> tuple[People, BetweenBrains]:
    """Five participants, half of whose 16 electrodes share signals with the others'."""
    made = people(3, 5, 16, share=0.5, ceiling=0.5, minutes=15.0)
    return made, first_from_others(made)


def test_the_ceiling_is_what_the_shared_signals_would_reach(half_shared: tuple[People, BetweenBrains]) -> None:
    made, found = half_shared
    shares = made.truth[0] > 0
    assert found.ceiling.value[shares].mean() == pytest.approx(0.5, abs=0.03)
    assert found.ceiling.value[~shares].mean() == pytest.approx(0, abs=0.03), "nothing is shared"
    assert (found.r.value[shares] < found.ceiling.value[shares]).all(), "a prediction has the others' noise"
    inside = (found.ceiling.low <= made.truth[0]) & (made.truth[0] <= found.ceiling.high)
    assert inside.sum() >= 13, "of 16, 15.2 are expected"


def test_what_a_network_reaches_is_known_where_the_ceiling_is(half_shared: tuple[People, BetweenBrains]) -> None:
    made, found = half_shared
    shares = made.truth[0] > 0
    assert np.allclose(found.reached.value[shares], 0.25 / found.ceiling.value[shares])
    assert (found.reached.low < found.reached.value)[shares].all()
    assert (found.reached.value < found.reached.high)[shares].all()
    without = found.ceiling.low <= 0
    assert without[~shares].mean() > 0.8
    assert np.isnan(found.reached.value[without]).all()
    assert [bool(said) for said in found.not_known] == without.tolist()


def test_where_nobody_shares_anything_nothing_is_predicted_or_claimed() -> None:
    found = first_from_others(people(4, 4, 10, ceiling=0.0, minutes=8.0))
    assert np.nan_to_num(found.ceiling.value) == pytest.approx(0, abs=0.1)
    assert np.nanmean(np.append(found.ceiling.value, 0)) == pytest.approx(0, abs=0.03)
    assert set(found.not_known) <= {NOTHING_SHARED, PART_FOUND, INCLUDES_ZERO}
    assert np.isnan(found.reached.value).all()
    assert found.r.value.mean() == pytest.approx(0, abs=0.03)


def test_where_chance_may_hide_much_of_what_is_shared_no_ceiling_is_claimed() -> None:
    """Four of 20 electrodes follow five signals: three are told from chance, the others seem to be nothing."""
    made = people(101, 6, share=0.2, ceiling=0.4)
    shared = shared_variance(brains(made)[1:], range(5), made.responses[0], *parts(made))
    assert shared.share[:4].mean() < 0.11, "of 0.16"
    assert set(first_from_others(made).not_known) == {PART_FOUND}


def test_of_one_other_nobody_knows_how_noisy_it_is() -> None:
    found = first_from_others(people(5, 2, 8, minutes=8.0, signals=2, ceiling=0.6))
    assert set(found.not_known) == {ONE_OTHER}
    assert np.isnan(found.ceiling.value).all()
    assert (found.r.low > 0).all()
    assert (found.r.value < 0.6).all()


def test_another_seed_moves_intervals_alone() -> None:
    made = people(11, 3, 4, minutes=6.0, signals=1, ceiling=0.7)
    found, again, other = first_from_others(made), first_from_others(made), first_from_others(made, seed=1)
    assert (again.ceiling.low == found.ceiling.low).all()
    assert (other.ceiling.value == found.ceiling.value).all()
    assert (other.ceiling.low != found.ceiling.low).any()


def test_the_prediction_is_the_ridge_of_others() -> None:
    """scikit-learn, one electrode and fold at a time: penalty and layer chosen on the other half."""
    made = people(6, 3, 2, minutes=5.0)
    made.responses[0][:] *= np.array([3.0, 0.2], np.float32)[:, None]
    folds, blocks = parts(made)
    some = brains(made)[1:]
    courses = np.sum([b @ v for b, v in zip(some, shared_courses(some, np.arange(len(some[0])), 3))], axis=0)
    layers = {"one": np.ascontiguousarray(courses[:, :1]), "three": courses}
    y = made.responses[0][:, :, :2].copy()
    layers = {name: x.reshape(-1, 10, x.shape[1])[:, :2].reshape(-1, x.shape[1]) for name, x in layers.items()}
    found = predict_from_others(layers, y, folds, blocks)
    for electrode in range(2):
        r = np.array([[[reference_r(x, y[:, electrode], fold, half, penalty) for fold in folds for half in (0, 1)]
                       for penalty in PENALTIES] for x in layers.values()])  # fmt: skip
        by_half = r.reshape(len(layers), len(PENALTIES), len(folds), 2).mean(2)
        chosen = [np.unravel_index(by_half[:, :, 1 - half].argmax(), by_half.shape[:2]) for half in (0, 1)]
        expected = np.mean([by_half[chosen[half]][half] for half in (0, 1)])
        assert found[:, electrode].sum() == pytest.approx(expected, abs=2e-4)


def reference_r(x: np.ndarray, y: np.ndarray, fold: Fold, half: int, penalty: float) -> float:
    x = x.reshape(len(y), y.shape[1], -1)
    train, held = ((x[own].reshape(-1, x.shape[2]).astype(float), y[own].ravel()) for own in
                   (fold.train, fold.halves[half]))  # fmt: skip
    mean, sd = train[0].mean(0), train[0].std(0)
    fitted = Ridge(penalty).fit((train[0] - mean) / sd, train[1])
    return float(np.corrcoef(fitted.predict((held[0] - mean) / sd), held[1])[0, 1])


def test_one_shared_signal_is_spearmans_correction() -> None:
    """With one electrode each: the product of correlations with two others over theirs with one another."""
    made = people(7, 3, 1, signals=1, ceiling=0.8, own=0.0)
    folds, blocks = parts(made)
    own, first, second = (rows(y)[:, 0].astype(float) for y in made.responses)
    r = np.corrcoef([own, first, second])
    expected = r[0, 1] * r[0, 2] / r[1, 2]
    found = shared_variance(brains(made)[1:], [0, 1], made.responses[0], folds, blocks)
    assert found.n_courses == 1
    assert found.share[0] == pytest.approx(expected, abs=0.02)
    assert found.sums.sum(0) == pytest.approx(found.share)


def test_scale_order_and_names_do_not_matter() -> None:
    made = people(8, 4, 4, minutes=8.0, signals=2)
    folds, blocks = parts(made)
    others = made.responses[1:]
    as_they_are = shared_variance(brains(made)[1:], [0, 1, 2], made.responses[0], folds, blocks)
    turned = [brain_components(rows(y[:, ::-1] * 7 + 3)) for y in others]
    again = shared_variance(turned, [0, 1, 2], made.responses[0] * 5 - 2, folds, blocks)
    assert np.allclose(again.share, as_they_are.share, atol=1e-3)


def test_a_flat_electrode_is_not_known_and_spoils_nothing() -> None:
    made = people(12, 4, 6, minutes=8.0, signals=1, ceiling=0.6)
    whole = first_from_others(made)
    made.responses[0][:, 2] = 1.5
    made.responses[1][:, 3] = 0.0
    found = first_from_others(made)
    assert np.isnan(found.ceiling.value[2])
    assert found.not_known[2]
    rest = [0, 1, 3, 4, 5]
    assert np.isfinite(found.ceiling.value[rest]).all()
    assert np.abs(found.ceiling.value[rest] - whole.ceiling.value[rest]).max() < 0.2


def test_of_one_brain_all_is_common() -> None:
    """Not those components alone whose variance is rounded above one."""
    brain = brain_components(rows(people(5, 1, 30, minutes=2.0).responses[0]), 30)
    (taken,) = shared_courses([brain], np.arange(len(brain)), 20)
    np.testing.assert_array_equal(brain @ taken, brain[:, :20])
    (taken,) = shared_courses([brain[:, :3]], np.arange(len(brain)), 20)
    np.testing.assert_array_equal(brain[:, :3] @ taken, brain[:, :3])


@given(st.integers(0, 70))
def test_halvings(n: int) -> None:
    """Both halves of each have somebody; no two are alike, or mirrored."""
    ways = halvings(n)
    assert bool(ways) == (n > 1)
    assert len(ways) <= 4
    for way in ways:
        assert 0 < len(way) < n
        assert set(way) < set(range(n))
        assert n // 3 <= len(way) <= n - n // 3
    for one, other in combinations(ways, 2):
        assert set(one) not in (set(other), set(range(n)) - set(other))


@settings(max_examples=20)
@given(st.integers(1, 12), st.integers(0, 1000))
def test_components_are_uncorrelated_and_span_the_electrodes(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((200, n)) @ rng.standard_normal((n, n)) * 10.0 ** rng.integers(-3, 4, n)).astype("f4")
    found = brain_components(x, 12)
    assert np.allclose(found.T @ found / len(found), np.eye(found.shape[1]), atol=1e-2)
    left = x - x.mean(0) - found @ (found.T @ (x - x.mean(0)) / len(found))
    assert (left.std(0) <= 2e-2 * x.std(0)).all()
