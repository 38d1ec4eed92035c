"""Ridge, choice and scores against slow float64 references, and what must not change them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bids_vlint.encoding.correlate import unit_columns
from bids_vlint.encoding.encode import LINEAR, Encoded, Network, encode
from bids_vlint.encoding.folds import contiguous_folds
from bids_vlint.encoding.ridge import PENALTIES, factorise
from bids_vlint.encoding.score import block_ids, fold_r, interval, resample_counts
from bids_vlint.encoding.select import fit_layer
from bids_vlint.types import Modality, Responses
from tests.reference.encoding import protocol_scores

LAGS = np.linspace(-1, 1, 5)
AFTER = LAGS >= 0


def responses_of(data: np.ndarray, names: Sequence[str] | None = None) -> Responses:
    onset = np.arange(len(data)) * 0.7 + 3
    channels = tuple(names or [f"A{k}" for k in range(data.shape[1])])
    return Responses(data.astype(np.float32), channels, LAGS, pd.DataFrame({"onset": onset, "run": "1"}))


def study(seed: int = 0, n: int = 300, n_electrodes: int = 6) -> tuple[list[Network], Responses]:
    """Vision, language and fusion networks with twins, and electrodes that follow some of them."""
    rng = np.random.default_rng(seed)
    v, s = rng.standard_normal((2, n, 4))
    both = np.concatenate([v, s, v * s], 1)

    def features(*parts: np.ndarray) -> np.ndarray:
        x = np.concatenate(parts, 1)
        return (x @ rng.standard_normal((x.shape[1], 12)) + 0.1 * rng.standard_normal((n, 12))).astype(np.float32)

    kinds: list[tuple[str, Modality, np.ndarray]] = [("eye", "vision", v), ("ear", "language", s)]
    networks = [Network(name, kind, True, {"a": features(x), "b": features(x[:, :1])}) for name, kind, x in kinds]
    networks.append(Network("fusion", "multimodal", True, {"a": features(both)}))
    networks += [
        Network(w.name, w.modality, False, {"a": features(rng.standard_normal((n, 4)))}) for w in list(networks)
    ]
    drives = [both[:, 8:], v, s, np.concatenate([v, s], 1), rng.standard_normal((n, 3)), both]
    data = rng.standard_normal((n, n_electrodes, len(LAGS)))
    for e in range(n_electrodes):
        x = drives[e % len(drives)]
        data[:, e] += (x @ rng.standard_normal((x.shape[1], len(LAGS)))) * AFTER
    return networks, responses_of(data)


def run(networks: Sequence[Network], responses: Responses, threads: int = 1, seed: int = 1) -> Encoded:
    return encode(networks, responses, n_bootstraps=50, rng=np.random.default_rng(seed), threads=threads)


@pytest.mark.parametrize(("n", "p"), [(200, 20), (150, 119), (150, 121), (100, 240), (53, 7)])
def test_r_is_that_of_the_protocol(n: int, p: int) -> None:
    rng = np.random.default_rng(n + p)
    x = rng.standard_normal((n, p)) * 10 ** rng.uniform(-2, 2, p) + rng.standard_normal(p) * 20
    x[:, 1] = 7.3
    y = x[:, :3] @ rng.standard_normal((3, 20)) * 0.05 + rng.standard_normal((n, 20)) + 50
    x, y = x.astype(np.float32), y.astype(np.float32)
    folds = contiguous_folds(n)
    fitted = fit_layer(factorise(x, folds), folds, y.reshape(n, 4, 5), AFTER)
    r = fold_r(fitted.predictions, [unit_columns(y[f.test]) for f in folds]).mean(0)
    validation_r, test_r = protocol_scores(x, y)
    chosen = np.searchsorted(PENALTIES, fitted.penalty.ravel())
    best = validation_r.max(0)
    assert np.abs(r - test_r[chosen, np.arange(20)]).max() < 1e-5
    assert (best - validation_r[chosen, np.arange(20)] < 1e-5).all()


def test_folds_are_the_protocols() -> None:
    folds = contiguous_folds(23)
    held = [np.concatenate([f.validation, f.test]) for f in folds]
    assert np.array_equal(np.concatenate(held), np.arange(23))
    assert [len(h) for h in held] == [5, 5, 5, 4, 4]
    assert [len(f.validation) for f in folds] == [2, 2, 2, 2, 2]
    for fold, h in zip(folds, held, strict=True):
        assert np.array_equal(np.sort(np.concatenate([fold.train, h])), np.arange(23))


def test_interval_is_that_of_a_loop_over_resamples() -> None:
    rng = np.random.default_rng(0)
    predictions = [unit_columns(rng.standard_normal((n, 3)).astype(np.float32)) for n in (14, 15)]
    responses = [unit_columns(p + rng.standard_normal(p.shape).astype(np.float32)) for p in predictions]
    counts = resample_counts([np.arange(len(p)) // 2 for p in predictions], 200, rng)
    low, high = interval(predictions, responses, counts)
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


def test_blocks_stay_in_their_run_and_fold() -> None:
    ids = block_ids(np.array([0, 4.9, 5.1, 0.5, 6.0]), np.array(["1", "1", "1", "2", "2"]), np.array([0, 0, 0, 0, 1]))
    assert ids.tolist() == [0, 0, 1, 2, 3]


def test_contributions_sum_to_the_score() -> None:
    encoded = run(*study())
    scores = encoded.scores.r[:, :, AFTER].mean(2)
    assert np.allclose(encoded.contributions.sum(1), scores, atol=1e-5)


def test_threads_change_nothing() -> None:
    networks, responses = study(n_electrodes=40)
    one, two = run(networks, responses), run(networks, responses, threads=2)
    for name in ("r", "r_low", "r_high", "penalty", "layer", "validation"):
        assert np.array_equal(getattr(one.scores, name), getattr(two.scores, name))
    assert np.array_equal(one.contributions, two.contributions)


def test_the_linear_control_never_validates_worse_than_its_parts() -> None:
    encoded = run(*study())
    models = encoded.scores.models
    assert models[-1] == LINEAR
    validation = encoded.scores.validation
    parts = validation[[models.index("eye"), models.index("ear")]]
    assert (validation[-1] >= parts.max(0)).all()
    assert encoded.scores.layer[-1, 3] == "ear/a+eye/a", "a site driven by both sides is best predicted by both"
    alone = [e for e, name in enumerate(encoded.scores.layer[-1]) if "+" not in name]
    for e in alone:
        source = models.index(encoded.scores.layer[-1, e].split("/")[0])
        assert np.array_equal(encoded.scores.r[-1, e], encoded.scores.r[source, e])


def test_without_a_side_there_is_no_linear_control() -> None:
    networks, responses = study()
    assert LINEAR not in run([n for n in networks if n.name != "ear"], responses).scores.models


def test_the_layer_is_chosen_by_validation() -> None:
    networks, responses = study()
    encoded = run(networks, responses)
    eye = encoded.scores.models.index("eye")
    assert encoded.scores.layer[eye, 1] == "a", "the electrode follows all four latents, layer b shows one"


@settings(max_examples=12, deadline=None)
@given(st.floats(0.01, 100), st.floats(-50, 50), st.integers(0, 10**6))
def test_scale_and_offset_change_nothing(scale: float, offset: float, seed: int) -> None:
    networks, responses = study(seed % 7, n=120)
    moved = [
        Network(
            n.name, n.modality, n.trained, {k: x * np.float32(scale) + np.float32(offset) for k, x in n.layers.items()}
        )
        for n in networks
    ]
    one, two = run(networks, responses), run(moved, responses_of(responses.data * scale + offset))
    same = one.scores.penalty == two.scores.penalty
    assert same.mean() > 0.97, "near ties alone may fall otherwise"
    assert np.abs(one.scores.r - two.scores.r)[same].max() < 2e-3


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_electrodes_changes_nothing(order: list[int]) -> None:
    networks, responses = study(n=120)
    one, two = run(networks, responses), run(networks, responses_of(responses.data[:, order]))
    assert np.allclose(one.scores.r[:, order], two.scores.r, atol=1e-5)
    assert np.allclose(one.contributions[:, :, order], two.contributions, atol=1e-7)


def test_a_flat_response_or_feature_scores_zero() -> None:
    networks, responses = study(n=120)
    data = responses.data.copy()
    data[:, 0] = 3.0
    flat = Network("flat", "vision", True, {"a": np.ones((120, 3), np.float32)})
    encoded = run([*networks, flat], responses_of(data))
    assert (encoded.scores.r[:, 0] == 0).all()
    assert (encoded.scores.r[encoded.scores.models.index("flat")] == 0).all()
    assert np.isfinite(encoded.contributions).all()
