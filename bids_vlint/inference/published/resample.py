"""Cross-validated ridge on a sorted resample of the events, from how often each event was drawn.

A sorted resample with replacement is the recording with each event repeated as often as it was drawn, so every Gram
matrix, mean and correlation is one with weights. The edges of the folds lie in the resampled sequence; an event that
straddles an edge has some of its copies on either side. With Z the standardised training features, H held-out ones and
C the counts of the training events, held-out predictions are H (Z'CZ + penalty)^-1 Z'C Y (primal), or
H Z'C^1/2 (C^1/2 ZZ' C^1/2 + penalty)^-1 C^1/2 Y (kernel, where features outnumber the events drawn): a fixed matrix for
each fold and penalty, made once and applied to every target.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bids_vlint.encoding.cholesky import ridge_solutions
from bids_vlint.encoding.folds import N_FOLDS
from bids_vlint.encoding.ridge import PENALTIES
from bids_vlint.encoding.stats import centred_rows, inverse_sd, mean_and_sd

# What a column of a training part may be constant beside: its SD over all events.
_OVER_ALL = 1.0


@dataclass(frozen=True)
class Resample:
    """A sorted resample as rows with counts, cut into validation, test, validation, test, ...

    Attributes
    ----------
    events : (n_rows,) int
        Event of each row; one that straddles an edge has a row on either side.
    counts : (n_rows,) float64
        How often the row stands in its part.
    edges : (2 * N_FOLDS + 1,) int
        Row at which each part begins, and the end.
    """

    events: np.ndarray
    counts: np.ndarray
    edges: np.ndarray

    def validation(self, fold: int) -> slice:
        """Rows of a fold's validation half."""
        return slice(*self.edges[2 * fold : 2 * fold + 2])

    def test(self, fold: int) -> slice:
        """Rows of a fold's test half."""
        return slice(*self.edges[2 * fold + 1 : 2 * fold + 3])

    def held_out(self, fold: int) -> slice:
        """Rows of both."""
        return slice(self.edges[2 * fold], self.edges[2 * fold + 2])

    def training(self, fold: int) -> np.ndarray:
        """Rows of a fold's training part."""
        rows = np.arange(len(self.events))
        held = self.held_out(fold)
        return np.delete(rows, held)


@dataclass(frozen=True)
class Operator:
    """What turns training responses into the weighted, centred predictions of one fold.

    Attributes
    ----------
    validation, test : (n_penalties, n_rows, q)
        Each row times the root of its count, after the weighted mean of the rows was taken off: columns of the
        predictions have mean zero, and their sums of products are weighted ones. q is the number of features and one
        (primal; applied to Z'CY and, last, the sum of Y), or the number of training rows (kernel; applied to Y).
    """

    validation: np.ndarray
    test: np.ndarray


def sorted_resample(counts: np.ndarray) -> Resample:
    """Cut a sorted resample into five contiguous held-out parts, and each of them into halves.

    Parameters
    ----------
    counts : (n_events,) int
        How often each event was drawn; all one for the events as recorded.

    Returns
    -------
    Resample
        The first `len // 2` positions of each held-out part validate, the rest test.
    """
    n = int(counts.sum())
    last = np.cumsum(counts)
    sizes = [len(part) for part in np.array_split(np.arange(n), N_FOLDS)]
    positions = [0]
    for size in sizes:
        positions += [positions[-1] + size // 2, positions[-1] + size]
    parts = [np.diff(np.clip(last, a, b), prepend=a) for a, b in pairwise(positions)]
    rows = [np.flatnonzero(part) for part in parts]
    drawn = np.concatenate([part[r] for part, r in zip(parts, rows)]).astype(np.float64)
    return Resample(np.concatenate(rows), drawn, np.cumsum([0, *map(len, rows)]))


def standardised(x: np.ndarray, dtype: type) -> np.ndarray:
    """Features standardised over all events, and a column of ones.

    Parameters
    ----------
    x : (n_events, n_features)
    dtype : float32 or float64

    Returns
    -------
    (n_events, n_features + 1)
        The standardising only keeps rounding small; each training part has its own in `operators`.
    """
    mean, sd = mean_and_sd(x)
    z = np.ones((len(x), x.shape[1] + 1), dtype)
    np.divide(x - mean, sd, out=z[:, :-1], casting="same_kind")
    return z


def in_kernel_form(z: np.ndarray, resample: Resample) -> bool:
    """Whether the features outnumber the training rows (both forms give the same predictions)."""
    return z.shape[1] - 1 > len(resample.events) * (N_FOLDS - 1) / N_FOLDS


def operators(z: np.ndarray, resample: Resample) -> list[Operator]:
    """Operators of every fold and penalty.

    Parameters
    ----------
    z : (n_events, n_features + 1)
        From `standardised`; its precision is that of the operators. Gram matrices are float64.
    resample : Resample

    Returns
    -------
    list of Operator, one per fold
    """
    rows = z[resample.events].astype(np.float64)
    if in_kernel_form(z, resample):
        return [_kernel(rows[:, :-1], resample, fold, z.dtype) for fold in range(N_FOLDS)]
    weighted = rows * np.sqrt(resample.counts)[:, None]
    grams = [_gram(weighted[resample.held_out(fold)]) for fold in range(N_FOLDS)]
    total = sum(grams[1:], grams[0])
    return [_primal(rows[:, :-1], total - gram, resample, fold, z.dtype) for fold, gram in enumerate(grams)]


def _gram(rows: np.ndarray) -> np.ndarray:
    return rows.T @ rows


def _primal(rows: np.ndarray, gram: np.ndarray, resample: Resample, fold: int, dtype: np.dtype) -> Operator:
    """From the weighted Gram matrix of the training part; its last row holds the sums, its corner their number."""
    n = gram[-1, -1]
    mean = gram[-1, :-1] / n
    covariance = gram[:-1, :-1] - np.outer(n * mean, mean)
    scale = inverse_sd(np.diag(covariance) / n, _OVER_ALL)
    covariance *= scale
    covariance *= scale[:, None]
    held = (rows[resample.held_out(fold)] - mean) * scale
    return _operator(held, covariance, scale, scale * mean, resample, fold, dtype)


def _kernel(rows: np.ndarray, resample: Resample, fold: int, dtype: np.dtype) -> Operator:
    """From the kernel matrix of the training rows."""
    training = resample.training(fold)
    counts = resample.counts[training]
    mean = counts @ rows[training] / counts.sum()
    train = rows[training] - mean
    scale = inverse_sd(counts @ train**2 / counts.sum(), _OVER_ALL)
    train *= scale
    train *= np.sqrt(counts)[:, None]
    held = (rows[resample.held_out(fold)] - mean) * scale @ train.T
    return _operator(held, train @ train.T, np.sqrt(counts), None, resample, fold, dtype)


def _operator(
    held: np.ndarray,
    gram: np.ndarray,
    scale: np.ndarray,
    offset: np.ndarray | None,
    resample: Resample,
    fold: int,
    dtype: np.dtype,
) -> Operator:
    """Solve for both halves' rows; `scale` and `offset` take what the operator is applied to as it comes."""
    n = resample.edges[2 * fold + 1] - resample.edges[2 * fold]
    counts = resample.counts[resample.held_out(fold)]
    held = np.concatenate([centred_rows(held[:n], counts[:n]), centred_rows(held[n:], counts[n:])])
    width = len(gram) + (offset is not None)
    halves = [np.empty((len(PENALTIES), rows, width), dtype) for rows in (n, len(held) - n)]
    for k, solution in enumerate(ridge_solutions(gram, PENALTIES, held, dtype)):
        for out, rows in zip((half[k] for half in halves), (solution[:n], solution[n:])):
            np.multiply(rows, scale, out=out[:, : len(gram)], casting="same_kind")
            if offset is not None:
                out[:, -1] = -(rows @ offset)
    return Operator(*halves)
