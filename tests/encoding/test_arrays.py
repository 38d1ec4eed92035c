"""One engine for every array library: the numbers of numpy, wherever regressions are computed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import array_api_strict
import numpy as np
import pytest
import torch

from benchmarks.calibration.fits import contiguous_folds
from bids_vlint.encoding import arrays
from bids_vlint.encoding.arrays import as_tensors, card_memory, in_memory, index_of, on_device, put, take, to_numpy
from bids_vlint.encoding.choice import validation_r
from bids_vlint.encoding.cholesky import ridge_solve
from bids_vlint.encoding.engine import encode
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.ridge import band_moments, factorise_mixtures
from bids_vlint.encoding.score import block_sums_by_bin, r_interval, resample_counts
from bids_vlint.encoding.stats import interval, unit_columns
from bids_vlint.errors import Exit, InputError
from tests.encoding.recordings import PLAN, study

CARDS = [pytest.param(on_device("cuda"), id="cuda")] if torch.cuda.is_available() else []
# What computes whole encodings, and, without writing at index arrays, what the standard has and no more.
LIBRARIES = [pytest.param(as_tensors(torch.device("cpu")), id="torch"), *CARDS]
ELSEWHERE = partial(array_api_strict.asarray, device=array_api_strict.Device("device1"))  # mixes with no other
WITH_STRICT = [*LIBRARIES, pytest.param(ELSEWHERE, id="strict")]
N = 240
TOLERANCE = 1e-4
On = Callable[[np.ndarray], Any]


def apart(folds: list[Fold]) -> list[Fold]:
    """Folds whose held-out events are no neighbours: every other one of two parts."""
    even = np.arange(0, N, 2)
    return [Fold(np.setdiff1d(f.train, even), (f.halves[0][::2], f.halves[1][::3])) for f in folds]


@pytest.mark.parametrize("on", WITH_STRICT)
@pytest.mark.parametrize("folds", [contiguous_folds(N), apart(contiguous_folds(N))], ids=["neighbours", "apart"])
@pytest.mark.parametrize(
    ("widths", "cut"), [((8,), None), ((60,), None), ((60, 20), (None, 6)), ((400,), None), ((400, 9), (5, None))]
)
def test_choices_are_numpys(on: On, folds: list[Fold], widths: tuple[int, ...], cut: Any) -> None:
    rng = np.random.default_rng(len(widths) + widths[0])
    bands = [rng.standard_normal((N, p)).astype(np.float32) * 3 + 1 for p in widths]
    bands[-1][:, 0] = 2.0  # constant
    y = sum(x[:, 1:4] @ rng.standard_normal((3, 30)) for x in bands) + 4 * rng.standard_normal((N, 30))
    y = (y - y.mean(0)).astype(np.float32)
    mixtures = [own[: len(bands)] for own in ((1.0, 1.0), (0.3, 1.0), (1.0, 0.1))]
    ours, theirs = (
        np.stack([
            to_numpy(validation_r(layer, folds, own(y)))
            for layer in factorise_mixtures(band_moments(bands, folds, cut, own), mixtures)
        ])
        for own in (in_memory, on)
    )  # fmt: skip
    assert ours.dtype == theirs.dtype == np.float32
    assert np.abs(ours).max() > 0.3
    assert np.abs(ours - theirs).max() < TOLERANCE


@pytest.mark.parametrize("on", WITH_STRICT)
def test_scores_are_numpys(on: On) -> None:
    rng = np.random.default_rng(0)
    ids = np.repeat(np.arange(12), 5)
    parts = [tuple(unit_columns(rng.standard_normal((60, 9)).astype(np.float32)) for _ in range(2)) for _ in range(2)]
    counts = resample_counts([ids, ids], 200, rng)
    ours = r_interval(parts, counts)
    theirs = r_interval([tuple(map(on, part)) for part in parts], counts)
    assert max(np.abs(a - to_numpy(b)).max() for a, b in zip(ours, theirs, strict=True)) < TOLERANCE
    (p, y), _ = parts
    sums, other = block_sums_by_bin(p, y, ids, 0.1), to_numpy(block_sums_by_bin(on(p), on(y), ids, 0.1))
    assert np.abs(sums).max() > 0.005
    assert np.abs(sums - other).max() < 0.01 * TOLERANCE


@pytest.mark.parametrize("on", WITH_STRICT)
def test_an_interval_with_a_missing_value_is_missing(on: On) -> None:
    values = np.random.default_rng(0).standard_normal((3, 50))
    values[1, 7] = np.nan
    low, high = (to_numpy(limit) for limit in interval(on(values), axis=1))
    expected = np.percentile(values, [2.5, 97.5], axis=1)
    assert np.isnan([low[1], high[1]]).all()
    assert np.allclose([low, high], expected, equal_nan=True)


@pytest.mark.parametrize("on", LIBRARIES)
@pytest.mark.parametrize("twice", [False, True], ids=["one run", "two runs"])
def test_a_whole_encoding_is_numpys(on: On, twice: bool) -> None:
    """Every kind of model: layers, twins, sums of parts, joined with the low-level features and with what is heard."""
    networks, responses = study(low_level=True, parts=True, n=200, n_electrodes=3, twice=twice)
    networks = [replace(n, twin=k) for n in networks for k in ((None,) if n.trained else (1, 2))]
    rng = np.random.default_rng(5)
    wide = rng.standard_normal((len(responses.events), 500)).astype(np.float32)  # more than events to train on
    networks.append(NetworkFeatures("wide", "vision", True, {"a": wide}))
    networks.append(NetworkFeatures("heard", "audio", True, {"a": wide[:, :6]}))
    plan = replace(PLAN, n_shifts=3, n_bootstraps=20)
    ours, theirs = (
        encode(networks, responses, plan, rng=np.random.default_rng(0), by_bin=True, threads=2, on=own)
        for own in (in_memory, on)
    )
    assert {"linear", "low_level+fusion", "eye-random", "hearing", "hearing+fusion"} < set(ours.scores.models)
    assert (ours.scores.layer == theirs.scores.layer).all()
    assert np.array_equal(ours.scores.penalty, theirs.scores.penalty, equal_nan=True)
    for name in ("r", "r_low", "r_high"):
        a, b = (getattr(one.scores, name) for one in (ours, theirs))
        assert a.dtype == b.dtype
        assert np.abs(a - b).max() < TOLERANCE
    for name in ("score", "sums", "bin_r", "by_bin"):
        a, b = (getattr(one, name) for one in (ours, theirs))
        assert isinstance(b, np.ndarray)
        assert np.abs(a - b).max() < TOLERANCE


@pytest.mark.parametrize("on", [in_memory, *LIBRARIES])
def test_rows_are_written_and_read_where_they_lie(on: On) -> None:
    x = np.arange(60.0).reshape(6, 5, 2)
    for rows in (np.array([1, 2, 3]), np.array([0, 3, 5]), np.array([], int)):
        assert np.array_equal(to_numpy(take(on(x), rows)), x[rows])
        out = on(np.zeros((6, 5, 2)))
        put(out, rows, np.array([4, 1]), on(x)[: len(rows), :2, :])
        expected = np.zeros((6, 5, 2))
        expected[np.ix_(rows, [4, 1])] = x[: len(rows), :2]
        assert np.array_equal(to_numpy(out), expected)
    assert index_of(np.array([2, 3]), on(x)) == slice(2, 4)


@pytest.mark.parametrize("on", LIBRARIES)
def test_a_system_that_is_not_positive_is_refused(on: On) -> None:
    gram = on(np.diag([1.0, -2.0]))
    with pytest.raises((np.linalg.LinAlgError, torch.linalg.LinAlgError)):
        ridge_solve(gram, 0.5, gram)


@pytest.mark.filterwarnings("error")
def test_arrays_that_may_not_be_written_to_are_taken_over() -> None:
    x = np.broadcast_to(np.arange(3.0), (2, 3))
    assert np.array_equal(to_numpy(as_tensors(torch.device("cpu"))(x)), x)


def test_without_a_card_regressions_stay_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert on_device("cpu") is in_memory
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(arrays, "_DRIVERS", (str(tmp_path / "none"),))
    monkeypatch.setattr(arrays, "device_of", None)  # not even asked
    assert on_device("auto") is in_memory


def test_auto_is_the_card_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(arrays, "_DRIVERS", (str(tmp_path),))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert on_device("auto") is in_memory  # a driver alone
    monkeypatch.setattr(arrays, "device_of", lambda name: torch.device("meta" if name == "auto" else "cpu"))
    assert on_device("auto")(np.zeros(3)).device.type == "meta"


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has one")
def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="--device: 'cuda:3' cannot be used on this machine") as caught:
        on_device("cuda:3")
    assert caught.value.code == Exit.USAGE


def test_a_card_that_is_too_small_is_said_in_a_sentence() -> None:
    with (
        pytest.raises(
            InputError, match=r"--device: .*too small.* \(CUDA out of memory. Tried to allocate 9 GiB\)"
        ) as caught,
        card_memory(),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.\nmore")
    assert caught.value.code == Exit.TEMPORARY
    with pytest.raises(RuntimeError, match="another"), card_memory():
        raise RuntimeError("another")
