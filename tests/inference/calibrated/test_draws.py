"""Trained against random: one more draw of random weights passes no more often than p says, and training is found."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bids_vlint.inference.calibrated.contrasts import _own_sides
from bids_vlint.inference.calibrated.draws import draws_of, n_draws, with_draws
from bids_vlint.inference.calibrated.null import shift_null
from bids_vlint.inference.calibrated.pairs import paired

N_ELECTRODES, N_SHIFTS, N_BLOCKS = 12, 20, 40
FOLLOWS = np.arange(N_ELECTRODES) < 6


def drawn(rng: np.random.Generator, n_networks: int, n_twins: int, trained: float = 1.0) -> Any:
    """Block sums of networks and of their random twins, which are as good but for luck; six electrodes follow the film,
    where a trained network explains `trained` times as much."""
    shape = N_BLOCKS, N_ELECTRODES, 1 + N_SHIFTS
    half = np.arange(N_BLOCKS) % 2
    explained = np.where(FOLLOWS, rng.uniform(0.1, 0.3, N_ELECTRODES), 0)
    shared = rng.normal(0, 0.01, shape)
    loads = rng.standard_normal((3, N_ELECTRODES)) / np.sqrt(3)  # luck is alike at some electrodes
    labels, sums = [], []
    for k in range(n_networks):
        own = []
        for draw in range(1 + n_twins):
            luck = 1 + 0.3 * rng.standard_normal(3) @ loads
            x = shared + rng.normal(0, 0.003, shape)
            x[:, :, 0] += explained * luck * (1 if draw else trained) / N_BLOCKS
            own.append(x)
        labels += [f"n{k}", f"n{k}-random", *(f"n{k}-random-{j + 1}" for j in range(n_twins))]
        sums += [own[0], np.mean(own[1:], axis=0), *own[1:]]
    models = np.array(sums, np.float32)
    score = np.stack([2 * models[:, half != h].sum(1) for h in (0, 1)], axis=1)
    return SimpleNamespace(scores=SimpleNamespace(models=tuple(labels)), sums=models, score=score, n_shifts=N_SHIFTS,
                           blocks=SimpleNamespace(half=half))  # fmt: skip


def p_values(n_networks: int, n_twins: int, n: int, trained: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """p without and with the spread between draws, (n data sets, n_electrodes)."""
    rng, before, after = np.random.default_rng(4), [], []
    names = [f"n{k}" for k in range(n_networks)]
    for _ in range(n):
        encoded = drawn(rng, n_networks, n_twins, trained)
        sides = _own_sides(encoded, (names, [f"{name}-random" for name in names]))
        assert sides is not None
        difference = paired(encoded, *sides)
        null = shift_null(difference.t)
        before.append(null.p)
        after.append(with_draws(null, difference, draws_of(encoded, names, sides[0])).p)
    return np.stack(before), np.stack(after)


@pytest.mark.parametrize(("n_networks", "n_twins", "n"), [(1, 3, 100), (1, 5, 60), (4, 3, 40)])
def test_one_more_draw_passes_no_more_often_than_p_says(n_networks: int, n_twins: int, n: int) -> None:
    before, after = p_values(n_networks, n_twins, n)
    assert (before[:, FOLLOWS] < 0.05).mean() > 0.2
    assert (after[:, FOLLOWS] < 0.05).mean() < 0.08  # standard error about 0.01
    assert (after[:, ~FOLLOWS] < 0.05).mean() < 0.06


def test_what_training_brings_is_found() -> None:
    _, after = p_values(2, 3, 20, trained=3.0)
    assert (after[:, FOLLOWS] < 0.05).mean() > 0.9


def test_draws_that_do_not_differ_change_nothing() -> None:
    encoded = drawn(np.random.default_rng(0), 1, 3)
    encoded.sums[2:] = encoded.sums[2]
    sides = _own_sides(encoded, (["n0"], ["n0-random"]))
    assert sides is not None
    draws = draws_of(encoded, ["n0"], sides[0])
    assert draws.n == n_draws(encoded, ["n0"]) == 3
    np.testing.assert_array_equal(draws.variance, 0)


def test_one_draw_tells_nothing_of_another() -> None:
    encoded = drawn(np.random.default_rng(0), 1, 1)
    assert n_draws(encoded, ["n0"]) == 1
