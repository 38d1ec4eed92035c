"""Ridge with one penalty per band of features (banded ridge), every held-out half predicted with what suits the other.

A model may use some of the bands. Its candidates are mixtures g of the bands (g >= 0, sum 1; a band of weight 0 is
off) times an overall penalty: with the kernels K_k = Z_k Z_k' / p_k of the standardised bands, ridge with the kernel
sum g_k K_k has the penalty alpha / g_k on band k. Mixtures are levels 1, 1/10 and 0 relative to the band with most
weight, so the single bands are among them and a useless band costs nothing but its choice. Each mixture needs
one eigendecomposition per fold; all penalties, targets and models go through it.

Dupre la Tour, Eickenberg, Nunez-Elizalde, Gallant 2022, NeuroImage 264:119728 (PMC9807218).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import linalg

from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.ridge import PENALTIES
from bids_vlint.encoding.stats import eigen, leading_directions, mean_and_sd

# Weights of the bands relative to that with most; the decades of the penalties.
_LEVELS = (0.0, 0.1, 1.0)
# Leading principal components of a band that are kept: beyond them a fit costs more than it explains.
N_COMPONENTS = 128
# Targets at a time: bounds what is held of predictions.
_COLUMNS = 2048


@dataclass(frozen=True)
class Held:
    """One fold's bands in their training components; q columns in all.

    Attributes
    ----------
    gram : (q, q) float64
        Of the training events.
    train : (n_train, q) float32
    halves : pair of (n_half, q) float32
        Less their mean over the half.
    band : (q,) int
        Which band a column is of.
    """

    gram: np.ndarray
    train: np.ndarray
    halves: tuple[np.ndarray, np.ndarray]
    band: np.ndarray


def band_weights(n_bands: int, levels: Sequence[float] = _LEVELS, whole: Collection[int] = ()) -> np.ndarray:
    """The weights of the bands that are tried, (n_mixtures, n_bands); rows sum to 1, in ascending order of bands used.

    Parameters
    ----------
    n_bands : int
    levels : sequence of float
        Weights relative to the band with most; 1 among them.
    whole : collection of int
        Bands that are on or off, and where one of them is on, so are all others: every level of every band multiplies
        the mixtures.
    """
    every = (row for row in product(levels, repeat=n_bands) if max(row) == 1)
    rows = np.array(
        [row for row in every if not any(row[band] for band in whole if band < n_bands) or {*row} <= {0, 1}]
    )
    rows = rows[np.argsort((rows > 0).sum(1), kind="stable")]
    return rows / rows.sum(1, keepdims=True)


def cross_fit(
    bands: Sequence[np.ndarray],
    y: np.ndarray,
    folds: Sequence[Fold],
    models: Sequence[Sequence[int]],
    n_components: int | None = N_COMPONENTS,
    whole: Collection[int] = (),
) -> np.ndarray:
    """Predict every held-out half with the mixture and penalty that predict the other half best.

    By the other half's R2, mean over folds: per electrode the mixture that is best over its bins, per bin the penalty.
    Where no penalty is better than the training mean, that is the prediction (zero here), so that what cannot be
    predicted scores 0 and not less. (A mixture per bin overfits the other half: twice the loss where there is nothing.)

    Parameters
    ----------
    bands : sequence of (n_events, p_k)
        Raw features. Bands are standardised on the training events, cut to their leading components there, and
        scaled to the same total variance (the mean p_k), so that for bands of one width an only band is plain ridge.
    y : (n_events, n_electrodes, n_bins)
    folds : sequence of Fold
    models : sequence of sequences of int
        The bands that each model may use.
    n_components : int | None
        Most components of a band; None keeps all that the training events span (plain ridge).
    whole : collection of int
        As in `band_weights`.

    Returns
    -------
    (n_models, n_events, n_electrodes, n_bins) float32
        Predictions, less their mean over the half; NaN for events that no half holds.
    """
    shape, n_bins = y.shape, y.shape[2]
    y = np.ascontiguousarray(y.reshape(len(y), -1), np.float32)
    held = [_hold(bands, fold, n_components) for fold in folds]
    weights = band_weights(len(bands), whole=whole)
    allowed = np.array([[set(np.flatnonzero(g)) <= set(model) for g in weights] for model in models])
    wanted = allowed.any(0)
    weights, allowed = weights[wanted], allowed[:, wanted]
    out = np.full((len(models), *y.shape), np.nan, np.float32)
    width = max(1, _COLUMNS // n_bins) * n_bins  # whole electrodes
    for first in range(0, y.shape[1], width):
        part = slice(first, first + width)
        scores = _scores(held, y[:, part], folds, weights)
        for half in (0, 1):
            for m, row in enumerate(allowed):
                chosen = _choose(scores[1 - half], row, n_bins)
                for fit, fold in zip(held, folds):
                    out[m, fold.halves[half], part] = _predict(fit, y[:, part], fold, half, weights, chosen)
    return out.reshape(len(models), *shape)


def _hold(bands: Sequence[np.ndarray], fold: Fold, n_components: int | None) -> Held:
    scale = np.mean([x.shape[1] for x in bands])
    parts = [_components(x, fold, n_components, scale) for x in bands]
    train, first, second = (np.concatenate(rows, axis=1) for rows in zip(*parts))
    band = np.repeat(np.arange(len(bands)), [part[0].shape[1] for part in parts])
    wide = train.astype(np.float64)
    return Held(wide.T @ wide, train, (first, second), band)


def _components(x: np.ndarray, fold: Fold, n_components: int | None, scale: float) -> tuple[np.ndarray, ...]:
    """A band's training events and the two held-out halves in the leading components of the former, float32."""
    mean, sd = mean_and_sd(x[fold.train])
    train, first, second = ((x[rows] - mean) / sd for rows in (fold.train, *fold.halves))
    if n_components is None and x.shape[1] <= len(train):
        basis = np.eye(x.shape[1])
    else:
        basis = leading_directions(train, min(*train.shape, n_components or len(train)))
    basis = basis * np.sqrt(scale / x.shape[1])
    halves = ((part - part.mean(0)) @ basis for part in (first, second))
    return tuple(part.astype(np.float32) for part in (train @ basis, *halves))


def _scores(held: Sequence[Held], y: np.ndarray, folds: Sequence[Fold], weights: np.ndarray) -> np.ndarray:
    """Mean R2 over folds, (2 halves, n_mixtures, n_penalties, n_targets)."""
    total = np.zeros((2, len(weights), len(PENALTIES), y.shape[1]))
    for fit, fold in zip(held, folds):
        cross = fit.train.T @ (y[fold.train] - y[fold.train].mean(0))
        targets = [y[rows] - y[rows].mean(0) for rows in fold.halves]
        squares = [np.maximum(np.einsum("ij,ij->j", t, t), 1e-30) for t in targets]
        for m, g in enumerate(weights):
            on, root = _used(fit, g)
            s, v = eigen(fit.gram[np.ix_(on, on)] * np.outer(root, root))
            basis = (root[:, None] * v).astype(np.float32)
            projected, rows = basis.T @ cross[on], [x[:, on] @ basis for x in fit.halves]
            for a, penalty in enumerate(PENALTIES):
                w = projected * (1 / (np.maximum(s, 0) + penalty)).astype(np.float32)[:, None]
                for h in (0, 1):
                    total[h, m, a] += _gain(rows[h] @ w, targets[h]) / squares[h]
    return total / len(folds)


def _used(fit: Held, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The columns of the bands that are on, and the square roots of their weights."""
    on = np.flatnonzero(g[fit.band] > 0)
    return on, np.sqrt(g[fit.band[on]])


def _gain(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    """By how much a prediction lowers the sum of squares of each column."""
    return 2 * np.einsum("ij,ij->j", prediction, y) - np.einsum("ij,ij->j", prediction, prediction)


def _choose(score: np.ndarray, allowed: np.ndarray, n_bins: int) -> np.ndarray:
    """Each target's candidate, mixture * n_penalties + penalty, or -1 where the mean is better.

    `score` is (n_mixtures, n_penalties, n_electrodes * n_bins).
    """
    best, n_targets = score.max(1), score.shape[-1]
    over_bins = np.maximum(best, 0).reshape(len(score), -1, n_bins).mean(-1)
    mixture = np.repeat(np.where(allowed[:, None], over_bins, -np.inf).argmax(0), n_bins)
    penalty = score[mixture, :, np.arange(n_targets)].argmax(1)
    return np.where(best[mixture, np.arange(n_targets)] > 0, mixture * len(PENALTIES) + penalty, -1)


def _predict(fit: Held, y: np.ndarray, fold: Fold, half: int, weights: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Predictions of one half of a fold, (n_half, n_targets)."""
    out = np.zeros((len(fold.halves[half]), y.shape[1]), np.float32)
    cross = fit.train.T @ (y[fold.train] - y[fold.train].mean(0))
    for candidate in np.unique(chosen[chosen >= 0]):
        m, a = divmod(int(candidate), len(PENALTIES))
        at = np.flatnonzero(chosen == candidate)
        on, root = _used(fit, weights[m])
        gram = fit.gram[np.ix_(on, on)] * np.outer(root, root)
        gram[np.diag_indices_from(gram)] += PENALTIES[a]
        w = linalg.solve(gram, root[:, None] * cross[np.ix_(on, at)], assume_a="pos", check_finite=False)
        out[:, at] = fit.halves[half][:, on] @ (root[:, None] * w).astype(np.float32)
    return out
