"""Responses to overlapping events, taken apart: all events' contributions at all lags in one ridge regression.

The signal is modelled as the sum of regressors (`encoding.regressors`), each smeared by kernels over lags.

Ehinger and Dimigen 2019 (10.7717/peerj.7838); Crosse et al. 2016 (10.3389/fnhum.2016.00604).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh

from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.regressors import Steps
from bids_vlint.encoding.stats import block_membership

# Relative to the mean of the Gram matrix's diagonal.
RELATIVE_PENALTIES: np.ndarray = 10.0 ** np.arange(-2, 4)
# Rows at a time in float64.
_ROWS = 4096


@dataclass(frozen=True)
class FoldRegression:
    """One fold: the training steps' ridge regression in its eigenbasis, and the two held-out halves.

    Attributes
    ----------
    train : (n_train,) int
        Steps.
    halves : pair of (n_half,) int
        Steps.
    eigenvalues, basis : (q,), (q, q) float64
        Of the training steps' Gram matrix.
    grams : pair of (q, q) float64
        The halves' Gram matrices in that basis.
    """

    train: np.ndarray
    halves: tuple[np.ndarray, np.ndarray]
    eigenvalues: np.ndarray
    basis: np.ndarray
    grams: tuple[np.ndarray, np.ndarray]

    def shrink(self, penalty: int) -> np.ndarray:
        """1 / (eigenvalue + penalty), (q,), for one of `RELATIVE_PENALTIES`."""
        shrunk: np.ndarray = 1 / (self.eigenvalues + RELATIVE_PENALTIES[penalty] * max(self.eigenvalues.mean(), 1e-30))
        return shrunk


@dataclass(frozen=True)
class Products:
    """Cross products of design and signals in the eigenbasis of a fold, (q, n_targets) float32 each."""

    train: np.ndarray
    halves: tuple[np.ndarray, np.ndarray]


def parts_of(steps: Steps, folds: Sequence[Fold]) -> list[FoldRegression]:
    """Factorise the training part of every fold; a step goes where the nearest event does.

    Parameters
    ----------
    steps : Steps
    folds : sequence of Fold
        Over events, with a gap wider than the lags reach.
    """
    total, parts = _gram(steps.x), []
    for fold in folds:
        trains = np.isin(steps.event, fold.train)
        s, v = eigh(total - _gram(steps.x[~trains]), overwrite_a=True, check_finite=False)
        first, second = (np.flatnonzero(np.isin(steps.event, half)) for half in fold.halves)
        grams = (v.T @ _gram(steps.x[first]) @ v, v.T @ _gram(steps.x[second]) @ v)
        parts.append(FoldRegression(np.flatnonzero(trains), (first, second), np.maximum(s, 0), v, grams))
    return parts


def _gram(x: np.ndarray) -> np.ndarray:
    total = np.zeros((x.shape[1], x.shape[1]))
    for first in range(0, len(x), _ROWS):
        part = x[first : first + _ROWS].astype(np.float64)
        total += part.T @ part
    return total


def unique_gain(
    steps: Steps, parts: Sequence[FoldRegression], signals: Iterable[np.ndarray], groups: Sequence[np.ndarray]
) -> np.ndarray:
    """By how much held-out R2 falls where a group of columns is left out and the rest is fitted again.

    The penalty is chosen per target on the other half: the highest mean R2 over folds of the whole model.

    Parameters
    ----------
    steps : Steps
    parts : from `parts_of`
    signals : iterable of (n_steps, n_targets)
        Read one after the other.
    groups : sequence of (n_columns,) int

    Returns
    -------
    (n_groups, n_targets of all) float64
        NaN for a signal without variance.
    """
    products, squares = _all_products(steps, parts, signals)
    choices = _penalty_r2(parts, products, squares)[::-1].argmax(1)
    gain = np.zeros((len(groups), choices.shape[1]))
    for part, product in zip(parts, products):
        for a in np.unique(choices):
            model = _without(part, product, a, np.flatnonzero((choices == a).any(0)), groups)
            for k in (0, 1):
                mine = choices[k, model.targets] == a
                gain[:, model.targets[mine]] += _left_out(part, product, k, model, mine, groups)
    total = squares.sum((0, 1))
    return gain / np.where(total > 0, total, np.nan)


def block_gain(
    steps: Steps,
    parts: Sequence[FoldRegression],
    groups: Sequence[np.ndarray],
    blocks: np.ndarray,
    electrodes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """What each block of steps adds to numerator and denominator of `unique_gain`, for the signals as recorded.

    Parameters
    ----------
    steps, parts, groups
        As in `unique_gain`.
    blocks : (n_steps,) int
    electrodes : (n_own,) int
        Those that are asked for.

    Returns
    -------
    gain : (n_blocks, n_own, n_groups) float64
        How much the squared error grows.
    square : (n_blocks, n_own) float64
    """
    y = np.ascontiguousarray(steps.y[:, electrodes])
    n_blocks = int(blocks.max()) + 1
    gain, square = np.zeros((n_blocks, len(electrodes), len(groups))), np.zeros((n_blocks, len(electrodes)))
    if not len(electrodes):
        return gain, square
    products, squares = _all_products(steps, parts, [y])
    choices = _penalty_r2(parts, products, squares)[::-1].argmax(1)
    for part, product in zip(parts, products):
        for k, choice in enumerate(choices):
            rows = part.halves[k]
            known, member = block_membership(blocks[rows])
            square[known] += member @ y[rows].astype(np.float64) ** 2
            x = (part.basis.T.astype(np.float32) @ steps.x[rows].T).astype(np.float64)
            for a in np.unique(choice):
                model = _without(part, product, a, np.flatnonzero(choice == a), groups)
                error = y[rows][:, model.targets].T - model.weights.T @ x
                for g, grown in enumerate(_growth(x, error, model, groups)):
                    gain[known[:, None], model.targets, g] += member @ grown.T
    return gain, square


def _all_products(
    steps: Steps, parts: Sequence[FoldRegression], signals: Iterable[np.ndarray]
) -> tuple[list[Products], np.ndarray]:
    """Products of all signals, one per fold, and the halves' sums of squares, (n_folds, 2, n_targets)."""
    rows = [own for part in parts for own in (part.train, *part.halves)]
    segments, members = _segments(rows, len(steps.x))
    designs = [steps.x[own] for own in segments]
    batches, squares = [], []
    for y in signals:
        each = [x.T @ y[own] for x, own in zip(designs, segments)]
        sums = [np.sum([each[k] for k in own], axis=0) for own in members]
        batches.append([[part.basis.T @ sums[3 * k + j] for j in range(3)] for k, part in enumerate(parts)])
        squares.append([[np.einsum("ij,ij->j", y[r], y[r], dtype=np.float64) for r in p.halves] for p in parts])
    joined = []
    for fold in zip(*batches):
        train, first, second = (np.concatenate(pieces, axis=1).astype(np.float32) for pieces in zip(*fold))
        joined.append(Products(train, (first, second)))
    return joined, np.concatenate(squares, axis=2)


def _segments(parts: Sequence[np.ndarray], n: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Rows that lie in the same parts, and which of these segments make up each part: so each row is multiplied once.

    Parameters
    ----------
    parts : sequence of (n_own,) int
        Rows; parts may overlap.
    n : int
        Rows in all.

    Returns
    -------
    segments : list of (n_rows,) int
    members : list of (n_segments,) int, one per part
    """
    inside = np.zeros((n, len(parts)), bool)
    for k, own in enumerate(parts):
        inside[own, k] = True
    kinds, kind = np.unique(inside, axis=0, return_inverse=True)
    return [np.flatnonzero(kind.ravel() == k) for k in range(len(kinds))], [np.flatnonzero(own) for own in kinds.T]


def _penalty_r2(parts: Sequence[FoldRegression], products: Sequence[Products], squares: np.ndarray) -> np.ndarray:
    """Held-out R2 of each half under each penalty, summed over folds, (2, n_penalties, n_targets)."""
    r2 = np.zeros((2, len(RELATIVE_PENALTIES), squares.shape[2]))
    for part, product, square in zip(parts, products, squares):
        for a in range(len(RELATIVE_PENALTIES)):
            b = product.train * part.shrink(a).astype(np.float32)[:, None]
            for k in (0, 1):
                fitted = part.grams[k].astype(np.float32) @ b
                r2[k, a] += np.einsum("qt,qt->t", b, 2 * product.halves[k] - fitted) / np.maximum(square[k], 1e-30)
    return r2


@dataclass(frozen=True)
class _Without:
    """What leaving out groups of columns changes in one fold's regression, at one penalty.

    With M the inverse of the penalised training Gram matrix, leaving out the columns S changes all weights by
    -M[:, S] v, where v = inv(M[S, S]) b[S]: b[S] itself becomes zero.

    Attributes
    ----------
    targets : (n_targets,) int
    scaled : (q, q) float64
        M's left factor in the eigenbasis.
    weights : (q, n_targets) float64
        In the eigenbasis.
    v : list of (n_columns, n_targets) float64, one per group
    """

    targets: np.ndarray
    scaled: np.ndarray
    weights: np.ndarray
    v: list[np.ndarray]


def _without(
    part: FoldRegression, product: Products, a: int, targets: np.ndarray, groups: Sequence[np.ndarray]
) -> _Without:
    shrunk = part.shrink(a)
    scaled, weights = part.basis * shrunk, product.train[:, targets] * shrunk[:, None]
    b = part.basis @ weights
    v = [cho_solve(cho_factor(scaled[s] @ part.basis[s].T, overwrite_a=True, check_finite=False), b[s],
                   check_finite=False) for s in groups]  # fmt: skip
    return _Without(targets, scaled, weights, v)


def _left_out(
    part: FoldRegression, product: Products, k: int, model: _Without, mine: np.ndarray, groups: Sequence[np.ndarray]
) -> np.ndarray:
    """Growth of a half's squared error for some of the targets, (n_groups, n_mine), from Gram matrices alone."""
    rest = model.scaled @ (product.halves[k][:, model.targets[mine]] - part.grams[k] @ model.weights[:, mine])
    scaled = model.scaled.astype(np.float32)
    inner = scaled @ part.grams[k].astype(np.float32)  # of M G M only the groups' own rows and columns are asked for
    return np.stack([
        np.einsum("st,st->t", w[:, mine], 2 * rest[s] + (inner[s] @ scaled[s].T) @ w[:, mine])
        for s, w in zip(groups, model.v)
    ])  # fmt: skip


def _growth(x: np.ndarray, error: np.ndarray, model: _Without, groups: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Growth of each step's squared error in a half, (n_targets, n_half) for every group.

    Parameters
    ----------
    x : (q, n_half) float64
        The half's steps in the eigenbasis.
    error : (n_targets, n_half)
        Of the whole model.
    """
    seen = model.scaled @ x  # a row for each column of the design: rows are quick to take
    for s, w in zip(groups, model.v):
        change = w.T @ seen[s]
        yield change * (2 * error + change)
