"""The cross-fitted engine against a slow float64 reference, and what must not change its results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.calibration.fits import contiguous_folds
from bids_vlint.encoding import design as design_module
from bids_vlint.encoding.bins import best_r, bin_weights
from bids_vlint.encoding.choice import Candidate, Choice, choose_candidate
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.engine import counting, encode
from bids_vlint.encoding.joint import joined_candidates
from bids_vlint.encoding.models import network_candidates
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan, counted_bins, design_of, encoded_stretch
from bids_vlint.encoding.prediction import HeldOut, held_out
from bids_vlint.encoding.ridge import PENALTIES, band_moments, factorise, fold_sources
from bids_vlint.encoding.score import r_interval, resample_counts
from bids_vlint.encoding.stats import unit_columns
from bids_vlint.inference.calibrated.pairs import Paired
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.windows import LAGS as ALL_LAGS
from tests.encoding.recordings import AFTER, PLAN, columns, run, study, with_electrodes
from tests.reference import encoding as slow

ARRAYS = ("r", "r_low", "r_high", "penalty", "layer", "validation")


def prepared(
    responses: Responses, layers: dict[str, np.ndarray], width: int | None = None, n_shifts: int = 2
) -> tuple[Design, list[Candidate]]:
    """A design, and the layers of a network as candidates."""
    network = NetworkFeatures("net", "vision", True, layers)
    plan = replace(PLAN, n_shifts=n_shifts, n_bootstraps=20)
    design, _ = design_of([network], responses, plan, np.random.default_rng(0), 1)
    design = replace(design, width=width)
    return design, network_candidates(network, design)


def recorded_and_shifted(design: Design) -> np.ndarray:
    """Responses in the bins that count, (n_events, n_electrodes, n_replicates, n_bins) float64."""
    (columns_,) = design.tasks()
    y = design.targets(columns_).astype(np.float64)
    return y.reshape(len(y), design.n_electrodes, design.n_replicates, design.n_bins)


class Slow:
    """The reference's results of several candidates, each a list of bands and their weights."""

    def __init__(self, bands: Sequence[tuple[list[np.ndarray], tuple[float, ...]]], design: Design) -> None:
        events = design.responses.events
        stimulus, movie_time = events["stimulus"].tolist(), events["movie_time"].to_numpy(float)
        self.cuts = slow.stimulus_cuts(stimulus, movie_time, events["run"].tolist(), events["onset"].to_numpy(float),
                                       PLAN.reach, len(design.folds))  # fmt: skip
        self.blocks = slow.block_numbers(self.cuts, stimulus, movie_time)
        self.y, self.counted, self.data = recorded_and_shifted(design), design.counted, design.responses.data
        self.flat = self.y.reshape(len(self.y), -1)
        self.predictions = [slow.cut_predictions(x, w, design.width, self.flat, self.cuts) for x, w in bands]
        scores = np.stack([slow.half_scores(p, self.flat, self.cuts) for p in self.predictions])
        # (candidate, half, penalty, electrode, replicate, bin)
        self.scores = scores.reshape(*scores.shape[:3], *self.y.shape[1:])
        whole = self.data.reshape(len(self.data), -1).astype(np.float64)
        self.everywhere = [slow.cut_predictions(x, w, design.width, whole, self.cuts) for x, w in bands]

    def near_best(self, choice: Choice) -> float:
        """By how much what was chosen for each half falls short of the best on the other half, at most."""
        short = 0.0
        for half, e, k in np.ndindex(*choice.score.shape):
            mean = self.scores[:, 1 - half, :, e, k].mean(-1)
            chosen = mean[choice.layer[half, e, k], choice.penalty[half, e, k]]
            short = max(short, mean.max() - chosen, abs(chosen - choice.score[half, e, k]))
        return float(short)

    def sums(self, choice: Choice, weights: np.ndarray) -> np.ndarray:
        """Block sums at what was chosen, (n_blocks, n_electrodes, n_replicates)."""
        out = np.zeros((1 + max(b.max() for pair in self.blocks for b in pair), *self.y.shape[1:3]))
        for half, e, k in np.ndindex(*choice.score.shape):
            penalty, chosen = choice.penalty[half, e, k], self.predictions[choice.layer[half, e, k]]
            w = weights[half, e, k] / weights[half, e, k].mean()
            for f, (_, halves) in enumerate(self.cuts):
                p = chosen[f][half][penalty].reshape(-1, *self.y.shape[1:])[:, e, k]
                own = slow.contributions(p, self.y[halves[half], e, k]) @ w / len(w) / len(p) / (2 * len(self.cuts))
                np.add.at(out[:, e, k], self.blocks[f][half], own)
        return out

    def r(self, choice: Choice) -> np.ndarray:
        """Held-out r in every bin as recorded, (n_electrodes, n_lags)."""
        _, n_electrodes, n_lags = self.data.shape
        out = np.zeros((n_electrodes, n_lags))
        for half, e in np.ndindex(2, n_electrodes):
            chosen = self.everywhere[choice.layer[half, e, 0]]
            for f, (_, halves) in enumerate(self.cuts):
                p = chosen[f][half][choice.penalty[half, e, 0]].reshape(-1, n_electrodes, n_lags)[:, e]
                out[e] += slow.correlations(p, self.data[halves[half], e].astype(np.float64)) / (2 * len(self.cuts))
        return out


def agree(reference: Slow, choice: Choice, result: HeldOut, weights: np.ndarray) -> None:
    assert reference.near_best(choice) < 2e-5
    sums = reference.sums(choice, weights)
    assert result.sums.shape == sums.shape
    assert np.abs(result.sums - sums).max() < 1e-4 * np.abs(sums).max()
    assert np.abs(result.r - reference.r(choice)).max() < 1e-4
    t = Paired(result.sums).t
    assert np.abs(t - slow.t_of(sums)).max() < 1e-4 * np.abs(t).max()


@pytest.mark.parametrize(
    ("p", "width"),
    [(20, None), (300, None), (313, None), (500, None), (60, 7), (500, 12), (9, 12)],
    ids=["primal", "near-square", "square", "kernel", "primal-cut", "kernel-cut", "narrower-than-the-cut"],
)
def test_one_layer_is_that_of_the_reference(p: int, width: int | None) -> None:
    networks, responses = study(3, n_electrodes=3)
    rng = np.random.default_rng(p)
    x = np.concatenate([networks[2].layers["a"], rng.standard_normal((len(responses.data), p - 8))], 1)[:, :p]
    x = (x * 10 ** rng.uniform(-1.5, 1.5, p) + rng.standard_normal(p) * 5).astype(np.float32)
    x[:, 1] = 7.3
    design, candidates = prepared(responses, {"a": x}, width)
    choice = choose_candidate(candidates, design)
    weights = bin_weights(best_r([choice]), np.ones(design.n_bins, bool))
    result = held_out(candidates, choice, weights, design)
    agree(Slow([([x], (1.0,))], design), choice, result, weights)


@pytest.mark.parametrize("twice", [False, True])
def test_layers_are_chosen_as_by_the_reference(twice: bool) -> None:
    networks, responses = study(5, twice=twice)
    layers = {"eye": networks[0].layers["a"], "ear": networks[1].layers["a"], "wide": networks[2].layers["a"]}
    design, candidates = prepared(responses, layers)
    choice = choose_candidate(candidates, design)
    assert len(np.unique(choice.layer[:, :, 0])) == 3
    weights = bin_weights(best_r([choice]), np.ones(design.n_bins, bool))
    result = held_out(candidates, choice, weights, design)
    agree(Slow([([x], (1.0,)) for x in layers.values()], design), choice, result, weights)


@pytest.mark.parametrize(("wide", "width"), [(30, None), (450, None), (450, 10)], ids=["primal", "kernel", "cut"])
def test_joined_layers_are_those_of_the_reference(wide: int, width: int | None) -> None:
    networks, responses = study(6, n_electrodes=4)
    rng = np.random.default_rng(0)
    one, two = networks[0].layers["a"], columns(networks[1].layers["a"], wide, rng)
    design, _ = prepared(responses, {"a": one}, width)
    every = ((1.0, 1.0), (1.0, 0.3), (0.3, 1.0))
    candidates = joined_candidates("both", [lambda: one, lambda: two], every, design)
    choice = choose_candidate(candidates, design)
    weights = bin_weights(best_r([choice]), np.ones(design.n_bins, bool))
    result = held_out(candidates, choice, weights, design)
    agree(Slow([([one, two], w) for w in every], design), choice, result, weights)


def test_encode_is_that_of_the_reference() -> None:
    networks, responses = study(2, n_electrodes=3)
    networks = [networks[2], networks[5]]
    encoded = run(networks, responses, n_shifts=2)
    for m, network in enumerate(networks):
        design, candidates = prepared(responses, dict(network.layers))
        reference = Slow([([x], (1.0,)) for x in network.layers.values()], design)
        choice = choose_candidate(candidates, design)
        assert np.array_equal(encoded.score[m][:, :, 0], choice.score[:, :, 0])
        assert np.allclose(encoded.scores.validation[m], choice.score[:, :, 0].mean(0))
        assert np.abs(encoded.scores.r[m] - reference.r(choice)).max() < 1e-4
        penalty = np.exp(np.log(PENALTIES[choice.penalty[:, :, 0]]).mean(0))
        assert np.allclose(encoded.scores.penalty[m], penalty[:, None], rtol=1e-5)
    assert [f.train.tolist() for f in encoded.folds] == [train.tolist() for train, _ in reference.cuts]
    held = np.mean([sum(map(len, halves)) / len(train) for train, halves in reference.cuts])
    assert encoded.test_to_train == pytest.approx(held)


@pytest.mark.parametrize(("n", "p"), [(200, 20), (150, 119), (150, 121), (100, 240), (53, 7)])
def test_ridge_is_that_of_the_published_protocol(n: int, p: int) -> None:
    rng = np.random.default_rng(n + p)
    x = rng.standard_normal((n, p)) * 10 ** rng.uniform(-2, 2, p) + rng.standard_normal(p) * 20
    x[:, 1] = 7.3
    y = x[:, :3] @ rng.standard_normal((3, 20)) * 0.05 + rng.standard_normal((n, 20)) + 50
    x, y = x.astype(np.float32), y.astype(np.float32)
    folds = contiguous_folds(n)
    layer = factorise(band_moments(x, folds))
    own = list(fold_sources(layer, folds, y - y.mean(0)))
    for k, expected in enumerate(slow.protocol_scores(x, y)):
        for number in range(len(PENALTIES)):
            r = np.mean([
                (unit_columns(operators.halves[k].prediction(source, number))
                 * unit_columns(y[fold.halves[k]])).mean(0)
                for fold, operators, source in zip(folds, layer.folds, own, strict=True)
            ], 0)  # fmt: skip
            assert np.abs(r - expected[number]).max() < 1e-4


def test_bins_count_by_the_network_that_does_best_there() -> None:
    shape = (2, 1, 1)
    zero = np.zeros(shape, np.int16)
    r = np.array([0.3, 0.1, -0.2, 0.0], np.float32)
    one = Choice(np.full(shape, 0.2, np.float32), zero, zero.astype(np.int8), np.broadcast_to(r, (*shape, 4)))
    two = replace(one, score=np.full(shape, 0.1, np.float32), r=1 - one.r)
    every, last = np.ones(4, bool), np.array([False, True, True, True])
    assert np.allclose(bin_weights(best_r([two, one]), every)[0, 0, 0], np.array([0.3, 0.1, 0, 0]) * 4 / 0.4)
    assert np.allclose(bin_weights(best_r([two, one]), last)[0, 0, 0], [0, 4, 0, 0])
    negative = best_r([replace(one, r=-np.abs(one.r))])
    assert np.allclose(bin_weights(negative, every), 1)
    assert np.allclose(bin_weights(negative, last)[0, 0, 0], [0, 4 / 3, 4 / 3, 4 / 3])


@pytest.mark.parametrize("bins", [(0.0, 2.0), (0.0, 0.4), (1.0, 1.8)])
def test_other_bins_count_without_a_fit(bins: tuple[float, float]) -> None:
    """What was encoded for all bins, and of which others count afterwards, is what is encoded for those."""
    networks, responses = study(low_level=True)
    plan = replace(PLAN, n_bootstraps=20, n_shifts=3, bins=EncodingPlan().bins)
    whole = encode(networks, responses, plan, rng=np.random.default_rng(0), by_bin=True)
    own = encode(networks, responses, replace(plan, bins=bins), rng=np.random.default_rng(0))
    later = counting(whole, bins)
    assert later.by_bin is None
    assert (later.counted == counted_bins(responses.lags, bins)).all()
    assert (own.counted == later.counted).all()
    assert np.allclose(later.sums, own.sums, atol=1e-6)
    assert np.array_equal(later.score, own.score)
    for name in ARRAYS:
        assert np.array_equal(getattr(later.scores, name), getattr(own.scores, name))
    mean = later.scores.r[:, :, later.counted].mean(2)
    unweighted = whole.by_bin[:, :, :, 0][..., later.counted[whole.encoded]].mean(-1).sum(1)
    assert np.allclose(unweighted, mean, atol=1e-5)


def test_bins_elsewhere_are_encoded_themselves() -> None:
    lags = ALL_LAGS
    assert encoded_stretch(lags, (0.0, 1.0)) == (0.0, 2.0)
    assert encoded_stretch(lags, (0.1, 1.1)) == (0.1, 1.1)
    assert encoded_stretch(lags, (-1.0, 0.0)) == (-1.0, 0.0)


def test_bins_that_count_tile_the_stretch_after_the_onset() -> None:
    assert ALL_LAGS[counted_bins(ALL_LAGS, (0.0, 2.0))].tolist() == [round(0.1 + 0.2 * k, 3) for k in range(10)]
    assert ALL_LAGS[counted_bins(ALL_LAGS, (-0.5, 0.1))].tolist() == [-0.4, -0.2, 0.0]
    assert ALL_LAGS[counted_bins(ALL_LAGS, (0.3, 0.4))].tolist() == [0.4]
    assert counted_bins(np.array([-1.0, 0.1]), (0.0, 2.0)).tolist() == [False, True]


def test_interval_is_that_of_a_loop_over_resamples() -> None:
    rng = np.random.default_rng(0)
    predictions = [unit_columns(rng.standard_normal((n, 3)).astype(np.float32)) for n in (14, 15)]
    responses = [unit_columns(p + rng.standard_normal(p.shape).astype(np.float32)) for p in predictions]
    counts = resample_counts([np.arange(len(p)) // 2 for p in predictions], 200, rng)
    low, high = r_interval(list(zip(predictions, responses, strict=True)), counts)
    r = np.zeros((200, 3))
    for p, y, w in zip(predictions, responses, counts, strict=True):
        for b, row in enumerate(w.astype(int)):
            at = np.repeat(np.arange(len(row)), row)
            r[b] += [np.corrcoef(p[at, k], y[at, k])[0, 1] / 2 for k in range(3)]
    assert np.allclose([low, high], np.percentile(r, (2.5, 97.5), axis=0), atol=1e-4)


def test_resamples_keep_blocks_whole_and_their_number() -> None:
    ids = np.array([0, 0, 0, 1, 2, 2])
    (counts,) = resample_counts([ids], 500, np.random.default_rng(0))
    assert (counts[:, 0] == counts[:, 1]).all()
    assert (counts[:, 4] == counts[:, 5]).all()
    assert (counts[:, [0, 3, 4]].sum(1) == 3).all()
    assert len(np.unique(counts, axis=0)) > 5


def test_without_weights_block_sums_add_up_to_the_score() -> None:
    networks, responses = study()
    design, candidates = prepared(responses, dict(networks[2].layers))
    choice = choose_candidate(candidates, design)
    result = held_out(candidates, choice, np.ones((*design.shape, design.n_bins), np.float32), design)
    assert np.allclose(result.sums[:, :, 0].sum(0), result.r[:, AFTER].mean(1), atol=1e-6)


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    networks, responses = study(n_electrodes=20, low_level=True)
    monkeypatch.setattr(design_module, "BLOCK_BYTES", 2**18)  # several blocks of columns
    one, two = run(networks, responses, n_shifts=3), run(networks, responses, threads=3, n_shifts=3)
    for name in ARRAYS:
        assert np.array_equal(getattr(one.scores, name), getattr(two.scores, name))
    assert np.array_equal(one.sums, two.sums)
    assert np.array_equal(one.score, two.score)
    # with blocks of other sizes the products may be summed in another order
    monkeypatch.setattr(design_module, "BLOCK_BYTES", 2**16)
    three = run(networks, responses, n_shifts=3)
    same = (one.scores.layer == three.scores.layer).all(0) & (one.scores.penalty == three.scores.penalty)[:, :, 0]
    assert same.mean() > 0.97, "near ties alone may fall otherwise"
    assert np.abs(one.score - three.score).max() < 1e-5
    assert np.abs(one.sums - three.sums).max(1)[:, :, 0][same].max() < 1e-5


def test_the_layer_is_chosen_on_the_other_half() -> None:
    networks, responses = study()
    encoded = run(networks, responses)
    eye = encoded.scores.models.index("eye")
    assert (encoded.scores.layer[:, eye, 1] == "a").all(), "the electrode follows all latents, layer b shows one"


def test_what_is_tested_has_no_part_in_the_choice() -> None:
    """With one fold alone, because a held-out half trains the other folds."""
    networks, responses = study()
    network = networks[0]
    design, _ = prepared(responses, dict(network.layers), n_shifts=0)
    design = replace(design, folds=design.folds[2:3])
    rows = design.folds[0].halves[0]
    data = responses.data.copy()
    data[rows] += 9 * np.random.default_rng(0).standard_normal(data[rows].shape).astype(np.float32)
    changed = replace(design, responses=replace(responses, data=data))
    before, after = (choose_candidate(network_candidates(network, own), own) for own in (design, changed))
    assert np.abs(before.score[0] - after.score[0]).max() < 1e-5
    assert np.abs(before.score[1] - after.score[1]).max() > 0.01


def test_a_flat_response_or_feature_scores_zero() -> None:
    networks, responses = study()
    data = responses.data.copy()
    data[:, 0] = 3.0
    tracks = tuple(replace(t, data=np.where(np.arange(6) == 0, np.float32(3), t.data)) for t in responses.tracks)
    flat = NetworkFeatures("flat", "vision", True, {"a": np.ones((len(data), 3), np.float32)})
    encoded = run([*networks, flat], replace(responses, data=data, tracks=tracks))
    assert (encoded.scores.r[:, 0] == 0).all()
    assert (encoded.sums[:, :, 0] == 0).all()
    assert (encoded.scores.r[encoded.scores.models.index("flat")] == 0).all()
    assert np.isfinite(encoded.sums).all()
    assert np.isfinite(encoded.score).all()


@settings(max_examples=10)
@given(st.permutations(range(6)))
def test_the_order_of_electrodes_changes_nothing(order: list[int]) -> None:
    networks, responses = study(n=420)
    one, two = run(networks, responses, n_shifts=2), run(networks, with_electrodes(responses, order), n_shifts=2)
    assert np.abs(one.score[:, :, order] - two.score).max() < 1e-5
    same = one.scores.penalty[:, order] == two.scores.penalty
    same &= (one.scores.layer[:, :, order] == two.scores.layer).all(0)[:, :, None]
    assert same.mean() > 0.97, "near ties alone may fall otherwise"
    assert np.abs(one.scores.r[:, order] - two.scores.r)[same].max() < 1e-5


def test_the_work_is_said_while_it_is_done() -> None:
    networks, responses = study(n_electrodes=1)
    said: list[str] = []

    def watch(work: Sequence[str]) -> Sequence[str]:
        said.extend(work)
        return work

    encode(networks[:2], responses, PLAN, rng=np.random.default_rng(0), watch=watch)
    assert said == ["choose eye", "choose ear", "test eye", "test ear", "test linear"]
