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

import numpy as np
from scipy import linalg

from bids_vlint.encoding.cholesky import ridge_solutions
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

    matrices: np.ndarray
    rows: np.ndarray | None

    def prediction(self, source: np.ndarray, penalty: int) -> np.ndarray:
        """Of targets with a source (q, n_targets): (n_half, n_targets), less the mean over the half."""
        short: np.ndarray = self.matrices[penalty] @ source
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
    basis: np.ndarray | None


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

    features: np.ndarray | None
    folds: tuple[FoldOperators, ...]

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        halves = [half for fold in self.folds for half in fold.halves]
        arrays = [self.features, *(f.basis for f in self.folds)]
        arrays += [a for half in halves for a in (half.matrices, half.rows)]
        return sum(a.nbytes for a in arrays if a is not None)


def band_moments(
    bands: np.ndarray | Sequence[np.ndarray], folds: Sequence[Fold], width: int | Sequence[int | None] | None = None
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
    return moments(parts, folds, widths, by_features=by_features)


def factorise(sums: Moments, weights: Sequence[float] | None = None, *, threads: int = 1) -> Factorisation:
    """Solve for the operators of every fold.

    Parameters
    ----------
    sums : Moments
        From `band_moments`.
    weights : sequence of float | None
        One per band: its columns are multiplied by it, which divides their penalty by its square; None: all 1.
    threads : int
        Folds in work at a time.

    Returns
    -------
    Factorisation
    """
    n_held = sum(len(half) for fold in sums.folds for half in fold.held)
    with ThreadPoolExecutor(threads) as pool:
        own = pool.map(lambda fold: _operators(fold, weights, n_held, len(sums.folds)), sums.folds)
        return Factorisation(sums.features, tuple(own))


def _products(n_events: int, n_folds: int, d: int, q: int) -> int:
    """How often the values of a target are multiplied: by operators of all d that it comes as, or, by a basis, of q."""
    return min(len(PENALTIES) * n_events * d, n_folds * d * q + len(PENALTIES) * n_events * q)


def _operators(fold: FoldMoments, weights: Sequence[float] | None, n_held: int, n_folds: int) -> FoldOperators:
    if not len(fold.band):  # bands that do not vary, cut to none
        nothing = [np.zeros((len(PENALTIES), len(half), _length(fold, False)), np.float32) for half in fold.held]
        return FoldOperators((HalfOperator(nothing[0], None), HalfOperator(nothing[1], None)), None)
    w = np.ones(len(fold.band)) if weights is None else np.asarray(weights, float)[fold.band]
    held = [centred_rows(half, np.ones(len(half))) for half in fold.held]
    basis = _basis(fold, w)
    if fold.gram is not None:
        gram, held = fold.gram * w * w[:, None], [half * w for half in held]
    else:
        assert fold.train is not None
        weighted = (fold.train * w**2).T
        gram, held = fold.train @ weighted, [half @ weighted for half in held]
    staged = basis is not None and len(PENALTIES) * n_held * len(basis) > _products(n_held, n_folds, *basis.shape)
    shortened = [_shortened(half) for half in held]
    n = len(shortened[0][1])
    rows = np.concatenate([short for _, short in shortened])
    matrices = [np.empty((len(PENALTIES), len(short), _length(fold, staged)), np.float32) for _, short in shortened]
    for k, solution in enumerate(ridge_solutions(gram, PENALTIES, rows, np.float32)):
        found = solution if staged else _of_source(solution, fold, w, basis)
        matrices[0][k], matrices[1][k] = found[:n], found[n:]
    first, second = (HalfOperator(own, q) for own, (q, _) in zip(matrices, shortened))
    return FoldOperators((first, second), np.ascontiguousarray(basis, np.float32) if staged else None)


def _basis(fold: FoldMoments, w: np.ndarray) -> np.ndarray | None:
    """Takes what a target comes as to columns, (d, q); None where each column is one of what it comes as."""
    if fold.columns is None:
        return fold.train * w if fold.gram is not None else None
    if fold.columns.ndim == 1:
        return None
    columns = fold.columns * w
    return np.concatenate([columns, -(fold.mean @ columns)[None]])


def _of_source(solution: np.ndarray, fold: FoldMoments, w: np.ndarray, basis: np.ndarray | None) -> np.ndarray:
    """An operator of columns as one of what a target comes as."""
    if basis is not None:
        return solution @ basis.T.astype(solution.dtype, copy=False)
    if fold.columns is None:
        return solution
    own = solution * (fold.columns * w)
    return np.concatenate([own, -(own @ fold.mean)[:, None]], axis=1)


def _length(fold: FoldMoments, staged: bool) -> int:
    """The length of a source."""
    if staged:
        return len(fold.band)
    if fold.columns is not None:
        return len(fold.columns) + 1
    assert fold.train is not None
    return len(fold.train)


def _shortened(held: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Held-out rows as orthonormal columns times as many rows as they have columns, where these are far fewer."""
    if held.shape[1] > len(held) // 2:
        return None, held
    q, short = linalg.qr(held, mode="economic", check_finite=False)
    return q.astype(np.float32), short


def fold_sources(layer: Factorisation, folds: Sequence[Fold], y: np.ndarray) -> Iterator[np.ndarray]:
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
        found: Iterator[np.ndarray] = (y[fold.train] for fold in folds)
    else:
        found = _training_products(layer.features, folds, y)
    for operators, products in zip(layer.folds, found):
        yield products if operators.basis is None else operators.basis.T @ products


def _training_products(features: np.ndarray, folds: Sequence[Fold], y: np.ndarray) -> Iterator[np.ndarray]:
    """Products of each fold's training events: those of all, each multiplied once, less the few that are left out."""
    parts = [np.concatenate(fold.halves) for fold in folds]
    held = [features[rows].T @ y[rows] for rows in parts]
    never = np.ones(len(y), bool)
    never[np.concatenate(parts)] = False
    total = features[never].T @ y[never]
    for part in held:
        total += part
    for fold, products, rows in zip(folds, held, parts):
        between = np.ones(len(y), bool)
        between[fold.train] = between[rows] = False
        np.subtract(total, products, out=products)
        products -= features[between].T @ y[between]
        yield products
