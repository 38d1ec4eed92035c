"""What ridge regressions of a layer, or of several bands of features joined, are made of: sums over training events.

Features may come in bands, each cut to its leading principal components (of the training part). Where there are fewer
features than training events, the Gram matrix of a training part is that of all events less that of the few others,
so that each event is multiplied once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import ROUNDING, leading_eigen, mean_and_sd

# Rows at a time in float64.
_ROWS = 4096
# Below this variance a column, of variance one over all events, may be constant in a training part.
_HARDLY_VARIES = 1e-4


@dataclass(frozen=True)
class FoldMoments:
    """One fold's sums, float64; q columns, each a feature or a component, of unweighted bands.

    Attributes
    ----------
    train : (n_train, q) | None
        The training events; None where the Gram matrix is made of the features' own.
    gram : (q, q) | None
        None where q is larger than n_train.
    held : pair of (n_half, q)
    mean : (p,) | None
        Of the training events' features.
    columns : (p,) or (p, q) | None
        Takes features less their mean there: by a factor each, or by a matrix.
    band : (q,) int
        Which band a column is of.
    """

    train: np.ndarray | None
    gram: np.ndarray | None
    held: tuple[np.ndarray, np.ndarray]
    mean: np.ndarray | None
    columns: np.ndarray | None
    band: np.ndarray


@dataclass(frozen=True)
class Moments:
    """A layer's sums for every fold.

    Attributes
    ----------
    features : (n_events, p + 1) float32 | None
        Standardised over all events, and a column of ones; None where the folds hold their training events.
    folds : tuple of FoldMoments
    """

    features: np.ndarray | None
    folds: tuple[FoldMoments, ...]


def moments(
    bands: Sequence[np.ndarray], folds: Sequence[Fold], widths: Sequence[int | None], *, by_features: bool
) -> Moments:
    """Sum up bands of features for every fold.

    Parameters
    ----------
    bands : sequence of (n_events, n_features)
        Raw features.
    folds : sequence of Fold
    widths : one int or None per band
        Each band is cut to this many leading principal components of its training part; None: as it is.
    by_features : bool
        From the Gram matrix of the features, of which none may have more than there are training events.

    Returns
    -------
    Moments
    """
    scaled = []
    for x in bands:
        mean, sd = mean_and_sd(x)
        scaled.append(((x - mean) / sd).astype(np.float32))
    if not by_features:
        return Moments(None, tuple(_of_events(scaled, widths, fold) for fold in folds))
    features = np.concatenate([*scaled, np.ones((len(scaled[0]), 1), np.float32)], axis=1)
    band = np.repeat(np.arange(len(bands)), [z.shape[1] for z in scaled])
    del scaled
    total = gram_of(features)
    left_out = (np.setdiff1d(np.arange(len(features)), fold.train, assume_unique=True) for fold in folds)
    grams = (total - gram_of(features[rows]) for rows in left_out)
    return Moments(features, tuple(_of_features(features, g, band, widths, fold) for g, fold in zip(grams, folds)))


def gram_of(x: np.ndarray) -> np.ndarray:
    """Sums of products of columns, (q, q) float64, of (n, q) float32 rows."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for first in range(0, len(x), _ROWS):
        part = x[first : first + _ROWS].astype(np.float64)
        total += part.T @ part
    return total


def _of_features(
    features: np.ndarray, gram: np.ndarray, band: np.ndarray, widths: Sequence[int | None], fold: Fold
) -> FoldMoments:
    """From the Gram matrix of the training events; its last row holds the sums, its corner their number."""
    n = gram[-1, -1]
    mean = gram[-1, :-1] / n
    covariance = gram[:-1, :-1] - np.outer(n * mean, mean)
    scale = _inverse_sd(np.diag(covariance) / n, features, fold.train)
    covariance *= scale
    covariance *= scale[:, None]
    columns, of = scale, band
    parts = [np.flatnonzero(band == k) for k in range(len(widths))]
    if any(_cuts(width, len(fold.train), len(own)) for width, own in zip(widths, parts)):
        leading = [_leading(covariance[np.ix_(own, own)], width, len(fold.train)) for own, width in zip(parts, widths)]
        of = np.repeat(np.arange(len(widths)), [v.shape[1] for v in leading])
        columns = np.zeros((len(band), len(of)))
        for k, (own, v) in enumerate(zip(parts, leading)):
            columns[np.ix_(own, of == k)] = v
        covariance = columns.T @ (covariance @ columns)
        columns *= scale[:, None]
    first, second = (_scores(features[rows, :-1] - mean, columns) for rows in fold.halves)
    return FoldMoments(None, covariance, (first, second), mean, columns, of)


def _cuts(width: int | None, n_train: int, p: int) -> bool:
    """Whether a band is cut: where there are no more columns, or no more events, none is."""
    return width is not None and width < min(n_train, p)


def _leading(gram: np.ndarray, width: int | None, n_train: int) -> np.ndarray:
    if width is None or not _cuts(width, n_train, len(gram)):
        return np.eye(len(gram))
    return leading_eigen(gram, width)[1]


def _inverse_sd(variance: np.ndarray, features: np.ndarray, train: np.ndarray) -> np.ndarray:
    """One over the standard deviation of a training part; zero for a constant column, by the rule of all columns."""
    some = np.flatnonzero(variance < _HARDLY_VARIES)
    sd = np.sqrt(np.maximum(variance, ROUNDING))
    if len(some):
        sd[some] = mean_and_sd(features[np.ix_(train, some)])[1]
    return 1 / sd


def _scores(centred: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return centred * columns if columns.ndim == 1 else centred @ columns


def _of_events(scaled: Sequence[np.ndarray], widths: Sequence[int | None], fold: Fold) -> FoldMoments:
    """From the training events themselves."""
    bands = [_band(z, width, fold) for z, width in zip(scaled, widths)]
    train, first, second = (np.concatenate(rows, axis=1) for rows in zip(*bands))
    band = np.repeat(np.arange(len(bands)), [own.shape[1] for own, *_ in bands])
    gram = train.T @ train if train.shape[1] <= len(train) else None
    return FoldMoments(train, gram, (first, second), None, None, band)


def _band(z: np.ndarray, width: int | None, fold: Fold) -> tuple[np.ndarray, ...]:
    """Training events and both halves of one band, standardised by the former, and cut."""
    mean, sd = mean_and_sd(z[fold.train])
    train, *halves = ((z[rows] - mean) / sd for rows in (fold.train, *fold.halves))  # float64
    if width is None or not _cuts(width, *train.shape):
        return train, *halves
    if train.shape[1] <= len(train):
        v = leading_eigen(train.T @ train, width)[1]
        return tuple(part @ v for part in (train, *halves))
    # with more features than events from the kernel: neither events nor components are multiplied by features again
    s, v = leading_eigen(train @ train.T, width)
    root = np.sqrt(s)
    return v * root, *((half @ train.T) @ (v / root) for half in halves)
