"""Many layers in little memory, and several random twins of one network."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from bids_vlint.encoding import seeds
from bids_vlint.encoding.correlate import unit_columns
from bids_vlint.encoding.encode import Encoded, encode
from bids_vlint.encoding.folds import contiguous_folds
from bids_vlint.encoding.network import Network
from bids_vlint.encoding.ridge import factorise
from bids_vlint.encoding.score import resample_counts
from bids_vlint.encoding.select import fit_layer
from bids_vlint.types import Responses
from tests.encoding.test_encoding import AFTER, LAGS, responses_of, run, study

ARRAYS = ("r", "r_low", "r_high", "penalty", "layer", "validation")


class Lazy(Mapping[str, np.ndarray]):
    """Layers that are made when they are asked for."""

    def __init__(self, n: int, shape: tuple[int, int]) -> None:
        self.n, self.shape = n, shape

    def __getitem__(self, name: str) -> np.ndarray:
        return np.random.default_rng(int(name)).standard_normal(self.shape).astype(np.float32)

    def __iter__(self) -> Iterator[str]:
        return (str(k) for k in range(self.n))

    def __len__(self) -> int:
        return self.n


def several(n_seeds: int = 3, n_electrodes: int = 6) -> tuple[list[Network], Responses]:
    """A trained network and its twins, which have something of it; a twin of another network between them."""
    networks, responses = study(n_electrodes=n_electrodes)
    rng = np.random.default_rng(3)
    fusion = networks[2]
    twins = [
        Network(
            "fusion",
            "multimodal",
            False,
            {k: (fusion.layers["a"] + rng.standard_normal((300, 12)) * (2 + s)).astype("f4") for k in "ab"},
            s,
        )
        for s in range(1, n_seeds + 1)
    ]
    return [fusion, twins[0], networks[0], *twins[1:]], responses


def same(one: Encoded, two: Encoded) -> None:
    assert one.scores.models == two.scores.models
    for name in ARRAYS:
        a, b = getattr(one.scores, name), getattr(two.scores, name)
        assert (a == b).all() if a.dtype == object else np.array_equal(a, b, equal_nan=True), name
    assert np.array_equal(one.contributions, two.contributions)


def test_memory_does_not_grow_with_the_layers() -> None:
    _, responses = study(n_electrodes=8)

    def peak(n_layers: int) -> int:
        network = Network("deep", "vision", True, Lazy(n_layers, (300, 500)))
        tracemalloc.start()
        run([network], responses)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(1)  # what is imported and cached at first does not count
    assert peak(12) < 1.1 * peak(1)


def test_layers_that_are_read_when_needed_change_nothing() -> None:
    networks, responses = study()
    lazy = [Network("eye", "vision", True, Lazy(4, (300, 20))), networks[1]]
    ready = [replace(lazy[0], layers=dict(lazy[0].layers)), networks[1]]
    same(run(lazy, responses), run(ready, responses, threads=2))


@pytest.mark.parametrize("order", [1, -1])
def test_each_electrode_has_the_results_of_its_best_layer(order: int) -> None:
    rng = np.random.default_rng(0)
    layers = {name: rng.standard_normal((300, width)).astype("f4") for name, width in zip("abc", (5, 300, 9))}
    data = rng.standard_normal((300, 20, len(LAGS)))
    for e in range(20):
        data[:, e] += 0.5 * layers["abc"[e % 3]][:, :5] @ rng.standard_normal((5, len(LAGS)))
    responses = responses_of(data)
    together = run([Network("net", "vision", True, dict(list(layers.items())[::order]))], responses)
    alone = run([Network(name, "vision", True, {name: x}) for name, x in layers.items()], responses)
    best = alone.scores.validation.argmax(0)
    assert together.scores.layer[0].tolist() == ["abc"[k] for k in best]
    assert {"abc"[k] for k in best} == set("abc")
    electrodes = np.arange(20)
    for name in ("r", "r_low", "r_high", "penalty", "validation"):
        expected = getattr(alone.scores, name)[best, electrodes]
        np.testing.assert_allclose(getattr(together.scores, name)[0], expected, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(together.contributions[0], alone.contributions[best, :, electrodes].T, atol=1e-8)


def test_seeds_stand_apart_and_their_mean_is_the_twin() -> None:
    networks, responses = several()
    encoded = run(networks, responses)
    scores, labels = encoded.scores, [f"fusion-random-{k}" for k in (1, 2, 3)]
    assert scores.models == ("fusion", "fusion-random", *labels, "eye")
    own = [scores.models.index(label) for label in labels]
    mean = scores.models.index("fusion-random")
    assert np.allclose(scores.r[mean], scores.r[own].mean(0), atol=1e-7)
    assert np.allclose(scores.validation[mean], scores.validation[own].mean(0))
    assert np.allclose(encoded.contributions[mean], encoded.contributions[own].mean(0), rtol=1e-12)
    assert np.isnan(scores.penalty[mean]).all()
    assert (scores.layer[mean] == "n/a").all()
    assert set(scores.layer[own].ravel()) <= {"a", "b"}
    width = scores.r_high - scores.r_low
    assert width[mean].mean() < width[own].mean(), "the mean of twins varies less than one of them"
    for label in labels:
        network = next(n for n in networks if n.label == label)
        alone = run([replace(network, twin=None)], responses)
        for name in ARRAYS:
            assert np.array_equal(getattr(alone.scores, name)[0], getattr(scores, name)[scores.models.index(label)])


def test_the_interval_of_the_mean_is_that_of_a_loop_over_resamples() -> None:
    networks, responses = several()
    twins = [Network(n.name, n.modality, False, {"a": n.layers["a"]}, n.twin) for n in networks if n.twin]
    encoded = encode(twins, responses, n_bootstraps=40, rng=np.random.default_rng(9))
    folds = contiguous_folds(300)
    sizes = np.cumsum([len(f.test) for f in folds])[:-1]
    counts = resample_counts(np.split(encoded.blocks, sizes), 40, np.random.default_rng(9))
    r = np.zeros((40, 6 * len(LAGS)))
    for twin in twins:
        fitted = fit_layer(factorise(twin.layers["a"], folds), folds, responses.data, AFTER)
        for fold, p, w in zip(folds, fitted.predictions, counts, strict=True):
            y = unit_columns(responses.data[fold.test].reshape(len(fold.test), -1))
            for b, row in enumerate(w.astype(int)):
                at = np.repeat(np.arange(len(row)), row)
                r[b] += [np.corrcoef(p[at, k], y[at, k])[0, 1] / (5 * len(twins)) for k in range(y.shape[1])]
    low, high = (q.reshape(6, -1) for q in np.percentile(r, (2.5, 97.5), axis=0))
    mean = encoded.scores.models.index("fusion-random")
    assert np.allclose(encoded.scores.r_low[mean], low, atol=1e-4)
    assert np.allclose(encoded.scores.r_high[mean], high, atol=1e-4)


def test_groups_of_electrodes_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    networks, responses = several(2, n_electrodes=40)
    whole = run(networks, responses)
    monkeypatch.setattr(seeds, "RESAMPLED_BYTES", 1)
    same(whole, run(networks, responses, threads=2))


def test_one_numbered_twin_is_its_own_mean() -> None:
    networks, responses = several(1)
    scores = run(networks, responses).scores
    mean, one = (scores.models.index(label) for label in ("fusion-random", "fusion-random-1"))
    for name in ("r", "r_low", "r_high", "validation"):
        assert np.array_equal(getattr(scores, name)[mean], getattr(scores, name)[one]), name
