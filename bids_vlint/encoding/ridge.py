"""Ridge regression for every fold, penalty and target at once, from one symmetric factorisation per fold.

With Z the standardised training features and Y the centred responses, the prediction for held-out features H is
H V diag(1 / (s + penalty)) V'Z'Y, where Z'Z = V diag(s) V' (primal), or H Z' U diag(1 / (s + penalty)) U'Y, where
ZZ' = U diag(s) U' (kernel, where features outnumber events). Both read `held_out @ (projected / (s + penalty))`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from bids_vlint.encoding.folds import Fold

PENALTIES: np.ndarray = 10.0 ** np.arange(-1, 6)


@dataclass(frozen=True)
class Factor:
    """One fold's factorisation; q is the rank, p the number of features.

    Attributes
    ----------
    eigenvalues : (q,) float64
    validation, test : (n_validation, q), (n_test, q) float32
        The held-out features in the eigenbasis.
    basis : (p, q) primal, (n_train, q) kernel; float32
        Takes Z'Y (primal) or Y (kernel) to the eigenbasis.
    offset : (q,) float32
        Primal: the training mean of the features in the eigenbasis.
    kernel : bool
    """

    eigenvalues: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    basis: np.ndarray
    offset: np.ndarray
    kernel: bool


@dataclass(frozen=True)
class Layer:
    """A layer's features, globally standardised (n_events, p) float32, and its factors, one per fold."""

    features: np.ndarray
    factors: tuple[Factor, ...]


def standardise(x: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population SD of some rows in float64; the SD of a constant column is infinite, so it becomes zero."""
    part = x[rows].astype(np.float64)
    mean = part.mean(0)
    sd = part.std(0)
    # a column is constant when what varies is rounding
    constant = sd <= 1e-6 * np.maximum(np.abs(part).max(0, initial=0.0), 1e-30)
    return mean, np.where(constant, np.inf, sd)


def factorise(x: np.ndarray, folds: tuple[Fold, ...]) -> Layer:
    """Factorise a layer for every fold.

    Parameters
    ----------
    x : (n_events, n_features)
        Raw features.
    folds : tuple of Fold

    Returns
    -------
    Layer
    """
    mean, sd = standardise(x, np.arange(len(x)))
    z = ((x - mean) / sd).astype(np.float32)
    return Layer(z, tuple(_factor(z, fold) for fold in folds))


def _factor(z: np.ndarray, fold: Fold) -> Factor:
    mean, sd = standardise(z, fold.train)
    train, validation, test = ((z[rows] - mean) / sd for rows in (fold.train, fold.validation, fold.test))
    kernel = train.shape[1] > train.shape[0]
    gram = train @ train.T if kernel else train.T @ train  # float64
    s, v = linalg.eigh(gram, overwrite_a=True, check_finite=False)
    s = np.maximum(s, 0.0)
    if kernel:
        to_eigen, basis, offset = train.T @ v, v, np.zeros(len(s))
    else:
        to_eigen, basis = v, v / sd[:, None]
        offset = mean @ basis
    held = [np.ascontiguousarray(part @ to_eigen, np.float32) for part in (validation, test)]
    return Factor(s, held[0], held[1], np.ascontiguousarray(basis, np.float32), offset.astype(np.float32), kernel)


def project(layer: Layer, folds: tuple[Fold, ...], y: np.ndarray) -> list[np.ndarray]:
    """Training responses in each fold's eigenbasis: V'Z'Y or U'Y.

    Parameters
    ----------
    y : (n_events, n_targets) float32
        Responses, centred over all events.

    Returns
    -------
    list of (q, n_targets) float32, one per fold
    """
    if layer.factors[0].kernel:
        return [f.basis.T @ (y[fold.train] - y[fold.train].mean(0)) for f, fold in zip(layer.factors, folds)]
    # Z'Y of a training part is that of all events less that of the held-out part: each event is used once
    held_out = [np.concatenate([fold.validation, fold.test]) for fold in folds]
    parts = [layer.features[rows].T @ y[rows] for rows in held_out]
    total = np.sum(parts, axis=0)
    sums = [y[rows].sum(0, dtype=np.float64) for rows in held_out]
    whole = np.sum(sums, axis=0)
    return [
        f.basis.T @ (total - part) - np.outer(f.offset, (whole - s).astype(np.float32))
        for f, part, s in zip(layer.factors, parts, sums)
    ]


def predict(held_out: np.ndarray, projected: np.ndarray, eigenvalues: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Predict held-out responses, less their training mean.

    Parameters
    ----------
    held_out : (n_held_out, q)
    projected : (q, n_targets)
    eigenvalues : (q,)
    penalty : () or (n_targets,)

    Returns
    -------
    (n_held_out, n_targets) float32
    """
    if np.ndim(penalty) == 0:
        weights = projected * (1 / (eigenvalues + penalty)).astype(np.float32)[:, None]
    else:
        weights = np.empty_like(projected)
        for value in np.unique(penalty):  # few penalties, many targets
            at = np.flatnonzero(penalty == value)
            weights[:, at] = projected[:, at] * (1 / (eigenvalues + value)).astype(np.float32)[:, None]
    return held_out @ weights
