"""Responses to overlapping events, taken apart: all events' contributions at all lags in one ridge regression.

The signal is modelled as the sum of regressors (`encoding.regressors`), each smeared by kernels over lags.

Ehinger and Dimigen 2019 (10.7717/peerj.7838); Crosse et al. 2016 (10.3389/fnhum.2016.00604).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.fold_regression import (
    RELATIVE_PENALTIES,
    FoldRegression,
    FoldSteps,
    Products,
    fold_regression,
    products_of,
    train_grams,
)
from bids_vlint.encoding.stats import block_membership


@dataclass(frozen=True)
class UniqueGain:
    """By how much held-out R2 falls where columns are left out and the rest is fitted again.

    Attributes
    ----------
    whole : (n_targets,) float64
        All groups of columns together; NaN for a signal without variance.
    each : (n_groups, n_targets) float64
        Each group alone; NaN where that was not asked for, too.
    gain : (n_blocks, n_first, n_groups) float32
        What each block of steps adds to the numerator of the first signals: how much the squared error grows.
    """

    whole: np.ndarray
    each: np.ndarray
    gain: np.ndarray


@dataclass(frozen=True)
class _Without:
    """What it takes to leave groups of columns out of a fold's regression, at one penalty.

    With M the inverse of the penalised training Gram matrix and b the weights, leaving out the columns S changes all
    weights by -M[:, S] v, where v = inv(M[S, S]) b[S]: b[S] itself becomes zero. E are the columns of all groups.

    Attributes
    ----------
    basis : (n_e, q) float64
        Of the eigenbasis, the rows of E.
    rows : (n_e, q) float32
        M[E] in the eigenbasis.
    inverses : (n_groups, n_columns, n_columns) float64
        inv(M[S, S]) of each group.
    place : (n_groups, n_columns) int
        The columns of each group among E.
    """

    basis: np.ndarray
    rows: np.ndarray
    inverses: np.ndarray
    place: np.ndarray

    def changes(self, weights: np.ndarray) -> np.ndarray:
        """v of each group, (n_groups, n_columns, n_targets) float32; `weights` are in the eigenbasis."""
        v: np.ndarray = self.inverses @ (self.basis @ weights)[self.place]
        return v.astype(np.float32)

    def growth(self, v: np.ndarray, left: np.ndarray, gram: np.ndarray) -> np.ndarray:
        """Growth of a half's squared error, (n_groups, n_targets), from its Gram matrix and what the whole model
        leaves of its products, both in the eigenbasis."""
        curve = (self.rows @ gram @ self.rows.T)[self.place[:, :, None], self.place[:, None]]
        found: np.ndarray = np.einsum("gst,gst->gt", v, 2 * (self.rows @ left)[self.place] + curve @ v)
        return found


def unique_gain(
    x: np.ndarray,
    parts: Sequence[FoldSteps],
    signals: Iterable[np.ndarray],
    groups: np.ndarray,
    blocks: np.ndarray,
    least: np.ndarray | float = -np.inf,
) -> UniqueGain:
    """Leave out each group of columns, and all of them together.

    The penalty is chosen per target on the other half: the highest mean R2 over folds of the whole model.

    Parameters
    ----------
    x : (n_steps, q) float32
        The design; centred.
    parts : sequence of FoldSteps
        Of the folds.
    signals : iterable of (n_steps, n_targets) float32
        Read one after the other. Of the first, block sums are made.
    groups : (n_groups, n_columns) int
        Which may overlap, and leave some columns.
    blocks : (n_steps,) int
        Numbers from 0 on.
    least : (n_targets,)
        What `whole` must exceed for a target's `each` and `gain` to be made.

    Returns
    -------
    UniqueGain
    """
    train = train_grams(x, parts)
    fits = [fold_regression(x, gram, part) for gram, part in zip(train, parts)]
    first, products, squares = products_of(x, parts, fits, signals)
    choices, lowered = _choose(fits, products, squares)
    kept = np.setdiff1d(np.arange(x.shape[1]), groups)
    for gram, part, fit, own in zip(train, parts, fits, products):
        rest = fold_regression(x[:, kept], gram[np.ix_(kept, kept)], part)
        lowered -= _lowered_by_rest(rest, kept, fit, own, choices)
    known = np.where(squares.any((0, 1)), squares.sum((0, 1)), np.nan)
    whole = lowered / known
    wanted = whole > least
    each = np.where(wanted, np.zeros((len(groups), 1)), np.nan)
    gain = np.zeros((int(blocks.max()) + 1, first.shape[1], len(groups)), np.float32)
    for model in _models(x, parts, fits, products, groups, np.where(wanted, choices, -1)):
        v = model.without.changes(model.weights)
        each[:, model.targets] += model.without.growth(v, model.left, model.gram)
        recorded = model.targets[model.targets < first.shape[1]]  # in ascending order: they come first
        if len(recorded):
            y = first[np.ix_(model.rows, recorded)]
            at, grown = _grown_in_blocks(model, v[..., : len(recorded)], y, blocks[model.rows])
            gain[at[:, None], recorded] += grown
    return UniqueGain(whole, each / known, gain)


def _choose(
    fits: Sequence[FoldRegression], products: Sequence[Products], squares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The penalty of each half, (2, n_targets), and by how much it lowers the squared error in all, (n_targets,)."""
    r2, lowered = np.zeros((2, 2, len(RELATIVE_PENALTIES), squares.shape[2]))
    for fit, own, square in zip(fits, products, squares):
        for a, penalty in enumerate(fit.penalties):
            weights = fit.weights(own.train, penalty)
            for k in (0, 1):
                by = fit.lowered(weights, own.halves[k], k)
                lowered[k, a] += by
                r2[k, a] += by / np.maximum(square[k], 1e-30)
    choices = r2[::-1].argmax(1)
    return choices, np.take_along_axis(lowered, choices[:, None], 1).sum((0, 1))


def _lowered_by_rest(
    rest: FoldRegression, kept: np.ndarray, fit: FoldRegression, products: Products, choices: np.ndarray
) -> np.ndarray:
    """By how much a regression on the columns `kept` lowers the squared error of a fold, (n_targets,)."""
    turned = rest.single.T @ fit.single[kept]
    train, *halves = (turned @ sums for sums in (products.train, *products.halves))
    out = np.zeros(choices.shape[1])
    for a, penalty in enumerate(fit.penalties):
        for k, choice in enumerate(choices):
            targets = np.flatnonzero(choice == a)
            out[targets] += rest.lowered(rest.weights(train[:, targets], penalty), halves[k][:, targets], k)
    return out


@dataclass(frozen=True)
class _Model:
    """The regression that some targets chose in a half of a fold; in the eigenbasis.

    Attributes
    ----------
    rows : (n_half,) int
        The half's steps.
    x : (n_half, q) float32
    gram : (q, q)
    targets : (n_targets,) int
    weights : (q, n_targets)
    left : (q, n_targets)
        Products of the half's steps with what the weights leave of the signals.
    without : _Without
    """

    rows: np.ndarray
    x: np.ndarray
    gram: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    left: np.ndarray
    without: _Without


def _models(
    x: np.ndarray,
    parts: Sequence[FoldSteps],
    fits: Sequence[FoldRegression],
    products: Sequence[Products],
    groups: np.ndarray,
    choices: np.ndarray,
) -> Iterator[_Model]:
    for part, fit, own in zip(parts, fits, products):
        turned = [x[rows] @ fit.single for rows in part.halves]
        for a, penalty in enumerate(fit.penalties):
            if not (choices == a).any():
                continue
            without = _without(fit, penalty, groups)
            for k, choice in enumerate(choices):
                targets = np.flatnonzero(choice == a)
                weights = fit.weights(own.train[:, targets], penalty)
                left = own.halves[k][:, targets] - fit.grams[k] @ weights
                yield _Model(part.halves[k], turned[k], fit.grams[k], targets, weights, left, without)


def _without(fit: FoldRegression, penalty: float, groups: np.ndarray) -> _Without:
    every, place = np.unique(groups, return_inverse=True)
    place, basis = place.reshape(groups.shape), fit.basis[every]
    rows = basis / (fit.eigenvalues + penalty)
    inverses = np.linalg.inv((rows @ basis.T)[place[:, :, None], place[:, None]])
    return _Without(basis, rows.astype(np.float32), inverses, place)


def _grown_in_blocks(model: _Model, v: np.ndarray, y: np.ndarray, blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The blocks that there are, and the growth of the squared error in each, (n_blocks, n_own, n_groups).

    Parameters
    ----------
    model : _Model
    v : (n_groups, n_columns, n_own)
        Of its first targets.
    y : (n_half, n_own)
    blocks : (n_half,) int
    """
    error = y - model.x @ model.weights[:, : y.shape[1]]
    seen = model.x @ model.without.rows.T
    known, member = block_membership(blocks, np.float32)
    grown = np.empty((len(known), y.shape[1], len(v)), np.float32)
    for g, columns in enumerate(model.without.place):
        change = seen[:, columns] @ v[g]
        grown[:, :, g] = member @ (change * (2 * error + change))
    return known, grown
