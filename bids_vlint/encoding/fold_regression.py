"""Ridge regressions of the continuous signal, one per fold, by sums over steps alone.

Gram matrices and products of design and signals are summed once for all steps, and for those that a fold does not train
on, which are few; the difference is what it trains on. The rest is done in the eigenbasis of its Gram matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import eigen

# Relative to the mean of the Gram matrix's diagonal.
RELATIVE_PENALTIES: np.ndarray = 10.0 ** np.arange(-2, 4)
# Rows at a time in float64.
_ROWS = 4096


@dataclass(frozen=True)
class FoldSteps:
    """The steps of a fold.

    Attributes
    ----------
    halves : pair of (n_half,) int
        Held out.
    gap : (n_gap,) int
        Neither held out nor trained on.
    """

    halves: tuple[np.ndarray, np.ndarray]
    gap: np.ndarray


@dataclass(frozen=True)
class FoldRegression:
    """A fold's ridge regression in the eigenbasis of the Gram matrix of its training steps.

    Attributes
    ----------
    eigenvalues, basis : (q,), (q, q) float64
    single : (q, q) float32
        The basis.
    grams : pair of (q, q) float32
        The halves' Gram matrices in that basis.
    """

    eigenvalues: np.ndarray
    basis: np.ndarray
    single: np.ndarray
    grams: tuple[np.ndarray, np.ndarray]

    @property
    def penalties(self) -> np.ndarray:
        """`RELATIVE_PENALTIES`, absolute."""
        return RELATIVE_PENALTIES * max(float(self.eigenvalues.mean()), 1e-30)

    def weights(self, train: np.ndarray, penalty: float) -> np.ndarray:
        """Of products with the training steps, (q, n_targets) float32; both in the eigenbasis."""
        return train * (1 / (self.eigenvalues + penalty)).astype(np.float32)[:, None]

    def lowered(self, weights: np.ndarray, products: np.ndarray, half: int) -> np.ndarray:
        """By how much weights lower the squared error of a half, (n_targets,)."""
        found: np.ndarray = np.einsum("qt,qt->t", weights, 2 * products - self.grams[half] @ weights)
        return found


@dataclass(frozen=True)
class Products:
    """Products of design and signals in the eigenbasis of a fold, (q, n_targets) float32 each."""

    train: np.ndarray
    halves: tuple[np.ndarray, np.ndarray]


def fold_steps(event: np.ndarray, folds: Sequence[Fold]) -> list[FoldSteps]:
    """The steps of every fold; a step goes where the nearest event does.

    Parameters
    ----------
    event : (n_steps,) int
    folds : sequence of Fold
        Over events, with a gap wider than the lags reach.
    """
    parts = []
    for fold in folds:
        first, second, train = (np.isin(np.arange(event.max() + 1), rows) for rows in (*fold.halves, fold.train))
        rows = [np.flatnonzero(own[event]) for own in (first, second, ~(first | second | train))]
        parts.append(FoldSteps((rows[0], rows[1]), rows[2]))
    return parts


def train_grams(x: np.ndarray, parts: Sequence[FoldSteps]) -> list[np.ndarray]:
    """Of the training steps of each fold, (q, q) float64; `x` (n_steps, q) float32."""
    total = _gram(x)
    return [total - _gram(x[np.concatenate([*part.halves, part.gap])]) for part in parts]


def _gram(x: np.ndarray) -> np.ndarray:
    total = np.zeros((x.shape[1], x.shape[1]))
    for first in range(0, len(x), _ROWS):
        part = x[first : first + _ROWS].astype(np.float64)
        total += part.T @ part
    return total


def fold_regression(x: np.ndarray, gram: np.ndarray, part: FoldSteps) -> FoldRegression:
    """Factorise the Gram matrix of a fold's training steps."""
    s, v = eigen(gram)
    single = v.astype(np.float32)
    first, second = (x[half] @ single for half in part.halves)
    return FoldRegression(np.maximum(s, 0), v, single, (first.T @ first, second.T @ second))


def products_of(
    x: np.ndarray, parts: Sequence[FoldSteps], fits: Sequence[FoldRegression], signals: Iterable[np.ndarray]
) -> tuple[np.ndarray, list[Products], np.ndarray]:
    """Products of all signals with the design.

    Parameters
    ----------
    x : (n_steps, q) float32
    parts, fits : one per fold
    signals : iterable of (n_steps, n_targets) float32
        Read one after the other.

    Returns
    -------
    first : (n_steps, n_targets)
        The first of the signals.
    products : list of Products, one per fold
    squares : (n_folds, 2, n_targets) float64
        The halves' sums of squares.
    """
    first, batches, squares = None, [], []
    for y in signals:
        first = y if first is None else first
        total, own = x.T @ y, []
        for part, fit in zip(parts, fits):
            one, other, gap = (x[rows].T @ y[rows] for rows in (*part.halves, part.gap))
            own.append([fit.single.T @ sums for sums in (total - one - other - gap, one, other)])
        batches.append(own)
        squares.append([[np.einsum("ij,ij->j", y[r], y[r], dtype=np.float64) for r in p.halves] for p in parts])
    assert first is not None
    joined = [[np.concatenate(pieces, axis=1) for pieces in zip(*fold)] for fold in zip(*batches)]
    return first, [Products(train, (one, other)) for train, one, other in joined], np.concatenate(squares, axis=2)
