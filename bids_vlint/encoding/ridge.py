"""Ridge regression for every fold, penalty and target at once, from one matrix for each fold and penalty.

With Z the standardised training features and Y the centred responses, the prediction for held-out features H is
H (Z'Z + penalty)^-1 Z'Y (primal), or H Z' (ZZ' + penalty)^-1 Y (kernel, where features outnumber events). What stands
before Z'Y, or Y, does not depend on the targets: it is solved for once and applied to all of them.

Features may come in bands, each cut to its leading principal components (of the training part) and scaled by a weight:
a penalty per band is the same as one penalty with scaled bands (Dupre la Tour et al. 2022, PMC9807218).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import prod

import numpy as np
from array_api_compat import array_namespace, device

from bids_vlint.encoding.arrays import Array, OnDevice, in_memory, take
from bids_vlint.encoding.cholesky import banded_solutions, ridge_solutions
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.moments import FoldMoments, Moments, moments
from bids_vlint.encoding.stats import centred_rows

PENALTIES: np.ndarray = 10.0 ** np.arange(-1, 6)


@dataclass(frozen=True)
class HalfOperator:
    """What predicts one held-out half, for every penalty; all float32.

    Attributes
    ----------
    matrices : (n_penalties, m, q)
        Take a fold's source there (`fold_sources`).
    rows : (n_half, m) | None
        Orthonormal columns, which take that to predictions less their mean over the half; None: they are that, and m
        is n_half. Correlations need no more than m rows.
    """

    matrices: Array
    rows: Array | None

    def prediction(self, source: Array, penalty: int) -> Array:
        """Of targets with a source (q, n_targets): (n_half, n_targets), less the mean over the half."""
        short = self.matrices[penalty, ...] @ source
        return short if self.rows is None else self.rows @ short


@dataclass(frozen=True)
class FoldOperators:
    """One fold's operators.

    Attributes
    ----------
    halves : pair of HalfOperator
    basis : (d, q) float32 | None
        Takes Z'Y, or Y, of the training events to the source, where that makes it much shorter.
    """

    halves: tuple[HalfOperator, HalfOperator]
    basis: Array | None


@dataclass(frozen=True)
class Factorisation:
    """A layer's operators, one for each fold.

    Attributes
    ----------
    features : (n_events, p + 1) float32 | None
        Standardised over all events, and a column of ones: the operators take their products with the responses of the
        training events. None: they take the responses.
    folds : tuple of FoldOperators
    """

    features: Array | None
    folds: tuple[FoldOperators, ...]

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        halves = [half for fold in self.folds for half in fold.halves]
        arrays = [self.features, *(f.basis for f in self.folds)]
        arrays += [a for half in halves for a in (half.matrices, half.rows)]
        return 4 * sum(prod(a.shape) for a in arrays if a is not None)


def band_moments(
    bands: np.ndarray | Sequence[np.ndarray],
    folds: Sequence[Fold],
    width: int | Sequence[int | None] | None = None,
    on: OnDevice = in_memory,
) -> Moments:
    """Sums of a layer, or of several bands of features joined, for every fold, whatever their weights.

    Parameters
    ----------
    bands : (n_events, n_features), or a sequence of them
        Raw features.
    folds : sequence of Fold
    width : int | None, or a sequence of them
        Each band is cut to this many leading principal components of its training part (one number for all bands, or
        one each); None: as it is.
    on : callable
        Takes arrays to where they are summed up (`arrays.on_device`).

    Returns
    -------
    Moments
    """
    parts = [bands] if isinstance(bands, np.ndarray) else list(bands)
    widths = [width] * len(parts) if width is None or isinstance(width, int) else list(width)
    n_train = min(len(fold.train) for fold in folds)
    n_columns = [x.shape[1] for x in parts]
    q = sum(min(n, w or n) for n, w in zip(n_columns, widths))
    by_features = max(n_columns) <= n_train and q <= n_train
    if by_features:
        n_events, n_folds, p = len(parts[0]), len(folds), sum(n_columns)
        of_features = n_events * p + _products(n_events, n_folds, p, q)
        by_features = of_features <= _products(n_events, n_folds, n_train, q)
    return moments(parts, folds, widths, by_features=by_features, on=on)


def factorise(sums: Moments, *, threads: int = 1) -> Factorisation:
    """Solve for the operators of every fold.

    Parameters
    ----------
    sums : Moments
        From `band_moments`.
    threads : int
        Folds in work at a time.

    Returns
    -------
    Factorisation
    """
    n_bands = max((int(fold.band.max(initial=0)) + 1 for fold in sums.folds), default=1)
    return factorise_mixtures(sums, [(1.0,) * n_bands], threads=threads)[0]


def factorise_mixtures(sums: Moments, mixtures: Sequence[Sequence[float]], *, threads: int = 1) -> list[Factorisation]:
    """As `factorise`, for several mixtures of the bands, which share much of the work.

    Parameters
    ----------
    sums : Moments
    mixtures : sequence of weights
        Weights of a mixture: one per band, by which its columns are multiplied, which divides their penalty by its
        square.
    threads : int

    Returns
    -------
    list of Factorisation
    """
    n_held, weights = _n_held(sums), np.array(mixtures, float)
    with ThreadPoolExecutor(threads) as pool:
        folds = list(pool.map(partial(_operators, weights=weights, n_held=n_held, n_folds=len(sums.folds)), sums.folds))
    return [Factorisation(sums.features, own) for own in zip(*folds)]


def operator_bytes(sums: Moments) -> int:
    """The most memory that the operators of a mixture take, beside the features that all mixtures share."""
    widest = max(_length(fold, False) for fold in sums.folds)
    return 4 * len(PENALTIES) * _n_held(sums) * widest


def _n_held(sums: Moments) -> int:
    return int(sum(half.shape[0] for fold in sums.folds for half in fold.held))


def _products(n_events: int, n_folds: int, d: int, q: int) -> int:
    """How often the values of a target are multiplied: by operators of all d that it comes as, or, by a basis, of q."""
    return min(len(PENALTIES) * n_events * d, n_folds * d * q + len(PENALTIES) * n_events * q)


def _operators(fold: FoldMoments, weights: np.ndarray, n_held: int, n_folds: int) -> list[FoldOperators]:
    """One fold's operators of every mixture."""
    xp = array_namespace(*fold.held)
    if not len(fold.band):  # bands that do not vary, cut to none
        first, second = (HalfOperator(_empty(half, fold, False) * 0, None) for half in fold.held)
        return [FoldOperators((first, second), None)] * len(weights)
    held = [centred_rows(half, xp.ones_like(half[:, 0])) for half in fold.held]
    basis = _basis(fold)
    basis = None if basis is None else xp.astype(basis, xp.float32)  # as all products with responses
    staged = basis is not None and (len(PENALTIES) * n_held * basis.shape[0]
                                    > _products(n_held, n_folds, *basis.shape))  # fmt: skip
    shortened = [_shortened(half) for half in held]
    n = shortened[0][1].shape[0]
    rows = xp.concat([short for _, short in shortened])
    matrices = [[_empty(short, fold, staged) for _, short in shortened] for _ in weights]
    for at, solution in _solutions(fold, weights, rows):
        mixture, k = divmod(at, len(PENALTIES))
        found = xp.astype(solution if staged else _of_source(solution, fold, basis), xp.float32, copy=False)
        first, second = matrices[mixture]
        first[k, ...], second[k, ...] = found[:n, :], found[n:, :]
    (q, _), (r, _) = shortened
    own = basis if staged else None
    return [FoldOperators((HalfOperator(one, q), HalfOperator(two, r)), own) for one, two in matrices]


def _solutions(fold: FoldMoments, weights: np.ndarray, rows: Array) -> Iterator[tuple[int, Array]]:
    """What takes a target's products with unweighted columns, or a target, to held-out rows, for every mixture and
    penalty; numbered through."""
    xp = array_namespace(rows)
    if fold.gram is not None:
        penalties = (PENALTIES[:, None] / weights[:, None, :] ** 2).reshape(-1, weights.shape[1])
        yield from banded_solutions(fold.gram, penalties, fold.band, rows, xp.float32)
        return
    assert fold.train is not None
    for number, own in enumerate(weights):
        weighted = (fold.train * xp.asarray(own[fold.band] ** 2, device=device(rows))).T
        solutions = ridge_solutions(fold.train @ weighted, PENALTIES, rows @ weighted, xp.float32)
        yield from enumerate(solutions, number * len(PENALTIES))


def _empty(rows: Array, fold: FoldMoments, staged: bool) -> Array:
    """Memory for the matrices of some rows."""
    xp = array_namespace(rows)
    shape = (len(PENALTIES), rows.shape[0], _length(fold, staged))
    return xp.empty(shape, dtype=xp.float32, device=device(rows))


def _basis(fold: FoldMoments) -> Array | None:
    """Takes what a target comes as to columns, (d, q); None where each column is one of what it comes as."""
    if fold.columns is None:
        return fold.train if fold.gram is not None else None
    if fold.columns.ndim == 1:
        return None
    return array_namespace(fold.columns).concat([fold.columns, -(fold.mean @ fold.columns)[None, :]])


def _of_source(solution: Array, fold: FoldMoments, basis: Array | None) -> Array:
    """An operator of columns as one of what a target comes as."""
    xp = array_namespace(solution)
    if basis is not None:
        return xp.astype(solution, basis.dtype, copy=False) @ basis.T
    if fold.columns is None:
        return solution
    own = solution * fold.columns
    return xp.concat([own, -(own @ fold.mean)[:, None]], axis=1)


def _length(fold: FoldMoments, staged: bool) -> int:
    """The length of a source."""
    if staged:
        return len(fold.band)
    if fold.columns is not None:
        return int(fold.columns.shape[0]) + 1
    assert fold.train is not None
    return int(fold.train.shape[0])


def _shortened(held: Array) -> tuple[Array | None, Array]:
    """Held-out rows as orthonormal columns times as many rows as they have columns, where these are far fewer."""
    if held.shape[1] > held.shape[0] // 2:
        return None, held
    xp = array_namespace(held)
    q, short = xp.linalg.qr(held, mode="reduced")
    return xp.astype(q, xp.float32), short


def fold_sources(layer: Factorisation, folds: Sequence[Fold], y: Array) -> Iterator[Array]:
    """What each fold's operators are applied to.

    Parameters
    ----------
    layer : Factorisation
    folds : sequence of Fold
        Whose held-out parts do not overlap.
    y : (n_events, n_targets) float32
        Responses, centred over all events.

    Yields
    ------
    (q, n_targets) float32, one per fold
    """
    if layer.features is None:
        found: Iterator[Array] = (take(y, fold.train) for fold in folds)
    else:
        found = _training_products(layer.features, folds, y)
    for operators, products in zip(layer.folds, found):
        yield products if operators.basis is None else operators.basis.T @ products


def _training_products(features: Array, folds: Sequence[Fold], y: Array) -> Iterator[Array]:
    """Products of each fold's training events: those of all, each multiplied once, less the few that are left out."""

    def products_of(rows: np.ndarray) -> Array:
        return take(features, rows).T @ take(y, rows)

    parts = [np.sort(np.concatenate(fold.halves)) for fold in folds]
    held = [products_of(rows) for rows in parts]
    total = products_of(_others(y.shape[0], *parts))
    for part in held:
        total += part
    for fold, part, rows in zip(folds, held, parts):
        found = total - part
        found -= products_of(_others(y.shape[0], fold.train, rows))
        yield found


def _others(n: int, *parts: np.ndarray) -> np.ndarray:
    """Which of n events are in no part."""
    left = np.ones(n, bool)
    for rows in parts:
        left[rows] = False
    return np.flatnonzero(left)
