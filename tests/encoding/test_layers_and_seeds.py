"""Many layers in little memory, and several random twins of one network."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from bids_vlint.encoding import design, joint
from bids_vlint.encoding.engine import Encoded, encode
from bids_vlint.encoding.joint import MIXTURES
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.score import Scores
from bids_vlint.signals.responses import Responses
from tests.encoding.recordings import PLAN, run, study
from tests.reference import encoding as slow

ARRAYS = ("r", "r_low", "r_high", "penalty", "layer", "validation")


def by_model(scores: Scores, name: str) -> np.ndarray:
    """An array of scores, models first."""
    array: np.ndarray = getattr(scores, name)
    return np.moveaxis(array, 1, 0) if name == "layer" else array


N = 420


class Lazy(Mapping[str, np.ndarray]):
    """Layers that are made when they are asked for."""

    def __init__(self, n: int, shape: tuple[int, int]) -> None:
        self.n, self.shape = n, shape
        self.widths = {str(k): shape[1] for k in range(n)}

    def __getitem__(self, name: str) -> np.ndarray:
        return np.random.default_rng(int(name)).standard_normal(self.shape).astype(np.float32)

    def __iter__(self) -> Iterator[str]:
        return (str(k) for k in range(self.n))

    def __len__(self) -> int:
        return self.n


def several(n_seeds: int = 3, n_electrodes: int = 6) -> tuple[list[NetworkFeatures], Responses]:
    """A trained network and its twins, which have something of it; another network between them."""
    networks, responses = study(n_electrodes=n_electrodes, n=N)
    rng = np.random.default_rng(3)
    fusion = networks[2]

    def noisy(s: int) -> np.ndarray:
        return (fusion.layers["a"] + rng.standard_normal((N, 12)) * (2 + s)).astype("f4")

    twins = [
        NetworkFeatures("fusion", "multimodal", False, {k: noisy(s) for k in "ab"}, s) for s in range(1, n_seeds + 1)
    ]
    return [fusion, twins[0], networks[0], *twins[1:]], responses


def same(one: Encoded, two: Encoded) -> None:
    assert one.scores.models == two.scores.models
    for name in ARRAYS:
        a, b = getattr(one.scores, name), getattr(two.scores, name)
        assert (a == b).all() if a.dtype == object else np.array_equal(a, b, equal_nan=True), name
    assert np.array_equal(one.sums, two.sums)
    assert np.array_equal(one.score, two.score)


def test_memory_does_not_grow_with_the_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the room for factors that are wanted twice."""
    monkeypatch.setattr(design, "KEPT_BYTES", 0)
    _, responses = study(n_electrodes=4, n=N)

    def peak(n_layers: int) -> int:
        network = NetworkFeatures("deep", "vision", True, Lazy(n_layers, (N, 500)))
        tracemalloc.start()
        run([network], responses, n_shifts=2)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(1)  # what is imported and cached at first does not count
    assert peak(6) < 1.1 * peak(1)


def test_what_is_joined_is_factorised_once_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control's or joined network's operators serve its choice and its test; without room they are made again."""
    read, made = list[int](), list[int]()

    def band_moments(bands: list, *rest: object) -> object:
        read.append(len(bands))
        return joint_moments(bands, *rest)

    def factorise_mixtures(sums: object, mixtures: list, **threads: int) -> object:
        made.extend(len(weights) for weights in mixtures)
        return joint_mixtures(sums, mixtures, **threads)

    joint_moments, joint_mixtures = joint.band_moments, joint.factorise_mixtures
    monkeypatch.setattr(joint, "band_moments", band_moments)
    monkeypatch.setattr(joint, "factorise_mixtures", factorise_mixtures)
    monkeypatch.setattr(design, "KEPT_BYTES", 0)
    networks, responses = study(n=N, n_electrodes=2, low_level=True)
    networks = [n for n in networks if n.trained]
    kept = run(networks, responses, n_shifts=2)
    groups = read.count(2)
    assert groups > 1, "low_level+fusion, and pairs of the control"
    assert made.count(2) == groups * len(MIXTURES)
    made.clear()
    monkeypatch.setattr(design, "PASSING_BYTES", 0)
    same(kept, run(networks, responses, n_shifts=2))
    assert made.count(2) > groups * len(MIXTURES)


def test_layers_that_are_read_when_needed_change_nothing() -> None:
    networks, responses = study(n=N)
    lazy = [NetworkFeatures("eye", "vision", True, Lazy(4, (N, 20))), networks[1]]
    ready = [replace(lazy[0], layers=dict(lazy[0].layers)), networks[1]]
    same(run(lazy, responses, n_shifts=2), run(ready, responses, threads=2, n_shifts=2))


@pytest.mark.parametrize("order", [1, -1])
def test_each_half_has_the_results_of_its_best_layer(order: int) -> None:
    networks, responses = study(n_electrodes=12, n=N, drives=("vision", "language", "all"))
    rng = np.random.default_rng(0)
    layers = {name: networks[k].layers["a"] for k, name in enumerate("abc")}
    layers["c"] = np.concatenate([layers["c"], rng.standard_normal((N, 340)).astype("f4")], 1)
    net = NetworkFeatures("net", "vision", True, dict(list(layers.items())[::order]))
    together = run([net], responses, n_shifts=2, width="raw")
    parts = [NetworkFeatures(name, "vision", True, {name: x}) for name, x in layers.items()]
    alone = run(parts, responses, n_shifts=2, width="raw")
    best = alone.score.argmax(0)
    assert {"abc"[k] for k in np.unique(best[:, :, 0])} == set("abc")
    assert np.allclose(together.score[0], alone.score.max(0), atol=1e-6)
    for e in range(12):
        names = ["abc"[k] for k in best[:, e, 0]]
        assert together.scores.layer[:, 0, e].tolist() == names
        if names[0] == names[1]:
            at = "abc".index(names[0])
            for name in ("r", "r_low", "r_high", "penalty", "validation"):
                ours, theirs = getattr(together.scores, name)[0, e], getattr(alone.scores, name)[at, e]
                np.testing.assert_allclose(ours, theirs, atol=1e-5, err_msg=name)


def test_seeds_stand_apart_and_their_mean_is_the_twin() -> None:
    networks, responses = several()
    encoded = run(networks, responses)
    scores, labels = encoded.scores, [f"fusion-random-{k}" for k in (1, 2, 3)]
    assert scores.models == ("fusion", "fusion-random", *labels, "eye")
    own = [scores.models.index(label) for label in labels]
    mean = scores.models.index("fusion-random")
    assert np.allclose(scores.r[mean], scores.r[own].mean(0), atol=1e-7)
    assert np.allclose(scores.validation[mean], scores.validation[own].mean(0))
    assert np.allclose(encoded.sums[mean], encoded.sums[own].mean(0), atol=1e-9)
    assert np.allclose(encoded.score[mean], encoded.score[own].mean(0), atol=1e-7)
    assert np.isnan(scores.penalty[mean]).all()
    assert (scores.layer[:, mean] == "n/a").all()
    assert set(scores.layer[:, own].ravel()) <= {"a", "b"}
    width = scores.r_high - scores.r_low
    assert width[mean].mean() < width[own].mean(), "the mean of twins varies less than one of them"
    for label in labels:
        network = next(n for n in networks if n.label == label)
        alone = run([networks[0], networks[2], replace(network, twin=None)], responses)
        for name in ARRAYS:
            ours = by_model(scores, name)[scores.models.index(label)]
            assert np.array_equal(by_model(alone.scores, name)[2], ours), name
        assert np.array_equal(alone.sums[2], encoded.sums[scores.models.index(label)])


def test_the_interval_of_the_mean_is_that_of_a_loop_over_resamples() -> None:
    networks, responses = several(2, n_electrodes=3)
    twins = [NetworkFeatures(n.name, n.modality, False, {"a": n.layers["a"]}, n.twin) for n in networks if n.twin]
    encoded = encode(twins, responses, replace(PLAN, n_bootstraps=40, n_shifts=0), rng=np.random.default_rng(9))
    _, rng = np.random.default_rng(9).spawn(2)  # shifts, and resamples
    draws = []
    for ids in (own for pair in encoded.blocks.ids for own in pair):
        n = len(np.unique(ids))
        draws.append(rng.multinomial(n, np.full(n, 1 / n), size=40)[:, ids - ids.min()])
    y = responses.data.reshape(N, -1).astype(float)
    r = np.zeros((40, y.shape[1]))
    cuts = [(f.train, f.halves) for f in encoded.folds]
    for m, twin in enumerate(twins, 1):
        predictions = slow.cut_predictions([twin.layers["a"]], (1.0,), None, y, cuts)
        # of both halves the penalty is in the scores' geometric mean alone: where they differ the twin is left out
        penalty = np.log10(encoded.scores.penalty[m][:, 0]) + 1
        validation = slow.half_scores(predictions, y, cuts).reshape(2, 7, 3, -1)[..., encoded.counted].mean(-1)
        chosen = validation.argmax(1)[::-1]
        assert np.allclose(chosen.mean(0), penalty, atol=1e-4)
        targets = np.arange(y.shape[1])
        for k, (_, halves) in enumerate(cuts):
            for h in (0, 1):
                p = predictions[k][h][np.repeat(chosen[h], y.shape[1] // 3), :, targets].T
                for b, row in enumerate(draws[2 * k + h]):
                    at = np.repeat(np.arange(len(row)), row)
                    r[b] += slow.correlations(p[at], y[halves[h]][at]) / (2 * len(cuts) * len(twins))
    low, high = (q.reshape(3, -1) for q in np.percentile(r, (2.5, 97.5), axis=0))
    assert np.allclose(encoded.scores.r_low[0], low, atol=2e-4)
    assert np.allclose(encoded.scores.r_high[0], high, atol=2e-4)


def test_one_numbered_twin_is_its_own_mean() -> None:
    networks, responses = several(1)
    encoded = run(networks, responses, n_shifts=2)
    scores = encoded.scores
    mean, one = (scores.models.index(label) for label in ("fusion-random", "fusion-random-1"))
    for name in ("r", "r_low", "r_high", "validation"):
        assert np.array_equal(by_model(scores, name)[mean], by_model(scores, name)[one]), name
    assert np.array_equal(encoded.sums[mean], encoded.sums[one])
