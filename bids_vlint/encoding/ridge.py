"""Ridge regression for every fold, penalty and target at once, from one symmetric factorisation per fold.

With Z the standardised training features and Y the centred responses, the prediction for held-out features H is
H V diag(1 / (s + penalty)) V'Z'Y, where Z'Z = V diag(s) V' (primal), or H Z' U diag(1 / (s + penalty)) U'Y, where
ZZ' = U diag(s) U' (kernel, where features outnumber events). Both read `held @ (projected / (s + penalty))`.

Features may come in bands, each cut to its leading principal components (of the training part) and scaled by a weight:
a penalty per band is the same as one penalty with scaled bands (Dupre la Tour et al. 2022, PMC9807218).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import eigen, leading_directions, mean_and_sd

PENALTIES: np.ndarray = 10.0 ** np.arange(-1, 6)


@dataclass(frozen=True)
class Factor:
    """One fold's factorisation; q is the rank, p the number of features.

    Attributes
    ----------
    eigenvalues : (q,) float64
    held : pair of (n_half, q) float32
        The features of the held-out halves in the eigenbasis.
    basis : (p, q), takes Z'Y there, or (n_train, q), takes Y there; float32
    offset : (q,) float32
        The training mean of the features in the eigenbasis (where `basis` takes Z'Y).
    """

    eigenvalues: np.ndarray
    held: tuple[np.ndarray, np.ndarray]
    basis: np.ndarray
    offset: np.ndarray


@dataclass(frozen=True)
class Factorisation:
    """A layer's features, globally standardised (n_events, p) float32, and its factors, one per fold.

    `by_features`: the factors' bases take Z'Y, of which that of a training part is that of all events less that of the
    held-out part, so that each event is multiplied once.
    """

    features: np.ndarray
    factors: tuple[Factor, ...]
    by_features: bool

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        arrays = [a for f in self.factors for a in (f.eigenvalues, *f.held, f.basis, f.offset)]
        return self.features.nbytes + sum(a.nbytes for a in arrays)


def factorise(
    bands: np.ndarray | Sequence[np.ndarray],
    folds: Sequence[Fold],
    *,
    weights: Sequence[float] | None = None,
    width: int | Sequence[int | None] | None = None,
) -> Factorisation:
    """Factorise a layer, or several bands of features joined, for every fold.

    Parameters
    ----------
    bands : (n_events, n_features), or a sequence of them
        Raw features.
    folds : sequence of Fold
    weights : sequence of float | None
        One per band: its columns are multiplied by it, which divides their penalty by its square; None: all 1.
    width : int | None, or a sequence of them
        Each band is cut to this many leading principal components of its training part (one number for all bands, or
        one each); None: as it is.

    Returns
    -------
    Layer
    """
    parts = [bands] if isinstance(bands, np.ndarray) else list(bands)
    scales = [1.0] * len(parts) if weights is None else list(weights)
    widths = [width] * len(parts) if width is None or isinstance(width, int) else list(width)
    scaled = []
    for x in parts:
        mean, sd = mean_and_sd(x)
        scaled.append(((x - mean) / sd).astype(np.float32))
    n_train = min(len(fold.train) for fold in folds)
    n_columns = [z.shape[1] for z in scaled]
    ranks = [min(n, w or n) for n, w in zip(n_columns, widths)]
    by_features = max(n_columns) <= n_train and sum(ranks) <= n_train and _cheaper_by_features(
        len(parts[0]), n_train, sum(n_columns), sum(ranks), len(folds))  # fmt: skip
    factors = tuple(_factor(scaled, scales, widths, fold, by_features) for fold in folds)
    joined = scaled[0] if len(scaled) == 1 else np.concatenate(scaled, axis=1)
    return Factorisation(joined if by_features else joined[:, :0], factors, by_features)


def _cheaper_by_features(n_events: int, n_train: int, p: int, q: int, n_folds: int) -> bool:
    return n_events * p + n_folds * p * q <= n_folds * n_train * q


def _factor(
    bands: Sequence[np.ndarray],
    weights: Sequence[float],
    widths: Sequence[int | None],
    fold: Fold,
    by_features: bool,
) -> Factor:
    train, held, to_scores, means = [], [], [], []
    for z, weight, width in zip(bands, weights, widths):
        mean, sd = mean_and_sd(z[fold.train])
        rows = [(z[part] - mean) / sd for part in (fold.train, *fold.halves)]  # float64
        # where there are no more columns, or no more events, none is cut
        leading = leading_directions(rows[0], width) if width and width < min(rows[0].shape) else None
        if leading is not None:
            rows = [part @ leading for part in rows]
        train.append(rows[0] * weight)
        held.append([part * weight for part in rows[1:]])
        if by_features:
            own = np.diag(1 / sd) if leading is None else leading / sd[:, None]
            to_scores.append(own * weight)
            means.append(mean)
    joined = train[0] if len(train) == 1 else np.concatenate(train, axis=1)
    kernel = joined.shape[1] > joined.shape[0]
    gram = joined @ joined.T if kernel else joined.T @ joined
    s, v = eigen(gram)
    s = np.maximum(s, 0.0)
    to_eigen = joined.T @ v if kernel else v
    first, second = (np.concatenate([band[h] for band in held], axis=1) @ to_eigen for h in (0, 1))
    offset = np.zeros(len(s))
    if by_features:
        rows_of_v = np.split(v, np.cumsum([m.shape[1] for m in to_scores])[:-1])
        basis = np.concatenate([_times(m, part) for m, part in zip(to_scores, rows_of_v)])
        offset = np.concatenate(means) @ basis
    else:
        basis = v if kernel else joined @ v
    return Factor(s, (_single(first), _single(second)), _single(basis), offset.astype(np.float32))


def _times(to_scores: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Product with what is often diagonal."""
    diagonal = np.diagonal(to_scores)
    if to_scores.shape[0] == to_scores.shape[1] and np.count_nonzero(to_scores) == np.count_nonzero(diagonal):
        return diagonal[:, None] * v
    return to_scores @ v


def _single(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x, np.float32)


def projected_responses(layer: Factorisation, folds: Sequence[Fold], y: np.ndarray) -> list[np.ndarray]:
    """Training responses in each fold's eigenbasis: V'Z'Y or U'Y.

    Parameters
    ----------
    y : (n_events, n_targets) float32
        Responses, centred over all events.

    Returns
    -------
    list of (q, n_targets) float32, one per fold
    """
    if not layer.by_features:
        return [f.basis.T @ (y[fold.train] - y[fold.train].mean(0)) for f, fold in zip(layer.factors, folds)]
    # Z'Y of a training part is that of all events less that of the others: few are left out of it
    left_out = [np.setdiff1d(np.arange(len(y)), fold.train, assume_unique=True) for fold in folds]
    parts = [layer.features[rows].T @ y[rows] for rows in left_out]
    total = layer.features.T @ y
    whole = y.sum(0, dtype=np.float64)
    sums = [(whole - y[rows].sum(0, dtype=np.float64)).astype(np.float32) for rows in left_out]
    return [f.basis.T @ (total - part) - np.outer(f.offset, own) for f, part, own in zip(layer.factors, parts, sums)]


def weights_of(projected: np.ndarray, eigenvalues: np.ndarray, penalty: np.ndarray | float) -> np.ndarray:
    """Weights in the eigenbasis, (q, n_targets) float32; `penalty` is () or (n_targets,)."""
    if np.ndim(penalty) == 0:
        return projected * (1 / (eigenvalues + penalty)).astype(np.float32)[:, None]
    values, inverse = np.unique(penalty, return_inverse=True)
    shrink = (1 / (eigenvalues[:, None] + values)).astype(np.float32)
    return projected * shrink[:, inverse]
