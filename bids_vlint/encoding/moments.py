"""What ridge regressions of a layer, or of several bands of features joined, are made of: sums over training events.

Features may come in bands, each cut to its leading principal components (of the training part). Where there are fewer
features than training events, the Gram matrix of a training part is that of all events less that of the few others,
so that each event is multiplied once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace, device

from bids_vlint.encoding.arrays import Array, OnDevice, in_memory, take, to_numpy
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import ROUNDING, leading_eigen, mean_and_sd

# Rows at a time in float64.
_ROWS = 4096
# Below this variance a column, of variance one over all events, may be constant in a training part.
_HARDLY_VARIES = 1e-4


@dataclass(frozen=True)
class FoldMoments:
    """One fold's sums, float64; q columns, each a feature or a component, of unweighted bands. Arrays of one library.

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
    band : (q,) int, of numpy
        Which band a column is of.
    """

    train: Array | None
    gram: Array | None
    held: tuple[Array, Array]
    mean: Array | None
    columns: Array | None
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

    features: Array | None
    folds: tuple[FoldMoments, ...]


def moments(
    bands: Sequence[np.ndarray],
    folds: Sequence[Fold],
    widths: Sequence[int | None],
    *,
    by_features: bool,
    on: OnDevice = in_memory,
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
    on : callable
        Takes arrays to where they are summed up.

    Returns
    -------
    Moments
    """
    scaled = []
    for x in bands:
        mean, sd = mean_and_sd(x)
        scaled.append(((x - mean) / sd).astype(np.float32))
    if not by_features:
        return Moments(None, tuple(_of_events(scaled, widths, fold, on) for fold in folds))
    features = on(np.concatenate([*scaled, np.ones((len(scaled[0]), 1), np.float32)], axis=1))
    band = np.repeat(np.arange(len(bands)), [z.shape[1] for z in scaled])
    del scaled
    total = gram_of(features)
    left_out = (np.setdiff1d(np.arange(features.shape[0]), fold.train, assume_unique=True) for fold in folds)
    grams = (total - gram_of(take(features, rows)) for rows in left_out)
    sums = (_of_features(features, gram, band, widths, fold, on) for gram, fold in zip(grams, folds))
    return Moments(features, tuple(sums))


def gram_of(x: Array) -> Array:
    """Sums of products of columns, (q, q) float64, of (n, q) float32 rows."""
    xp = array_namespace(x)
    total = xp.astype(x[:0, :].T @ x[:0, :], xp.float64)
    for first in range(0, x.shape[0], _ROWS):
        part = xp.astype(x[first : min(first + _ROWS, x.shape[0]), :], xp.float64)
        total += part.T @ part
    return total


def _of_features(
    features: Array, gram: Array, band: np.ndarray, widths: Sequence[int | None], fold: Fold, on: OnDevice
) -> FoldMoments:
    """From the Gram matrix of the training events; its last row holds the sums, its corner their number."""
    xp = array_namespace(gram)
    n = float(gram[-1, -1])
    mean = gram[-1, :-1] / n
    covariance = gram[:-1, :-1] - (n * mean)[:, None] * mean
    scale = on(_inverse_sd(to_numpy(xp.linalg.diagonal(covariance)) / n, features, fold.train))
    covariance *= scale
    covariance *= scale[:, None]
    columns, of = scale, band
    parts = [np.flatnonzero(band == k) for k in np.unique(band)]
    widths = [widths[k] for k in np.unique(band)]
    if any(_cuts(width, len(fold.train), len(own)) for width, own in zip(widths, parts)):
        # a band's columns lie side by side
        squares = (take(take(covariance, own), own, axis=1) for own in parts)
        leading = [_leading(square, width, len(fold.train)) for square, width in zip(squares, widths)]
        of = np.repeat(np.unique(band), [v.shape[1] for v in leading])
        columns = xp.concat([_among(v, own, len(band)) for own, v in zip(parts, leading)], axis=1)
        covariance = columns.T @ (covariance @ columns)
        columns *= scale[:, None]
    first, second = (_scores(take(features, rows)[:, :-1] - mean, columns) for rows in fold.halves)
    return FoldMoments(None, covariance, (first, second), mean, columns, of)


def _cuts(width: int | None, n_train: int, p: int) -> bool:
    """Whether a band is cut: where there are no more columns, or no more events, none is."""
    return width is not None and width < min(n_train, p)


def _leading(gram: Array, width: int | None, n_train: int) -> Array:
    n = gram.shape[0]
    if width is None or not _cuts(width, n_train, n):
        xp = array_namespace(gram)
        return xp.eye(n, dtype=xp.float64, device=device(gram))
    return leading_eigen(array_namespace(gram).asarray(gram, copy=True), width)[1]


def _among(columns: Array, own: np.ndarray, n: int) -> Array:
    """Columns that take some neighbouring features, as those that take all n."""
    xp = array_namespace(columns)
    before, after = (xp.zeros((k, columns.shape[1]), dtype=columns.dtype, device=device(columns))
                     for k in (int(own[0]), n - 1 - int(own[-1])))  # fmt: skip
    return xp.concat([before, columns, after])


def _inverse_sd(variance: np.ndarray, features: Array, train: np.ndarray) -> np.ndarray:
    """One over the standard deviation of a training part; zero for a constant column, by the rule of all columns."""
    some = np.flatnonzero(variance < _HARDLY_VARIES)
    sd = np.sqrt(np.maximum(variance, ROUNDING))
    if len(some):
        sd[some] = mean_and_sd(to_numpy(take(take(features, some, axis=1), train)))[1]
    return 1 / sd


def _scores(centred: Array, columns: Array) -> Array:
    return centred * columns if columns.ndim == 1 else centred @ columns


def _of_events(scaled: Sequence[np.ndarray], widths: Sequence[int | None], fold: Fold, on: OnDevice) -> FoldMoments:
    """From the training events themselves."""
    bands = [_band(z, width, fold, on) for z, width in zip(scaled, widths)]
    train, first, second = (array_namespace(*rows).concat(rows, axis=1) for rows in zip(*bands))
    band = np.repeat(np.arange(len(bands)), [own.shape[1] for own, *_ in bands])
    gram = train.T @ train if train.shape[1] <= train.shape[0] else None
    return FoldMoments(train, gram, (first, second), None, None, band)


def _band(z: np.ndarray, width: int | None, fold: Fold, on: OnDevice) -> tuple[Array, ...]:
    """Training events and both halves of one band, standardised by the former, and cut."""
    mean, sd = mean_and_sd(z[fold.train])
    train, *halves = (on((z[rows] - mean) / sd) for rows in (fold.train, *fold.halves))  # float64
    if width is None or not _cuts(width, *train.shape):
        return train, *halves
    if train.shape[1] <= train.shape[0]:
        v = leading_eigen(train.T @ train, width)[1]
        return tuple(part @ v for part in (train, *halves))
    # with more features than events from the kernel: neither events nor components are multiplied by features again
    s, v = leading_eigen(train @ train.T, width)
    root = array_namespace(s).sqrt(s)
    return v * root, *((half @ train.T) @ (v / root) for half in halves)
