"""Cross-validated scores of one network for a block of electrodes: penalty per target, layer per electrode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.correlate import pearson, unit_columns
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.ridge import PENALTIES, Factor, Layer, predict, project


@dataclass(frozen=True)
class Fitted:
    """A network's fit for a block of electrodes.

    Attributes
    ----------
    penalty : (n_electrodes, n_lags)
    layer : (n_electrodes,) int
        Index of the layer with the highest validation score.
    validation : (n_electrodes,)
        Mean validation r at the chosen penalties, over folds and the bins at or after onset.
    predictions : list of (n_test, n_electrodes * n_lags), one per fold
        Held-out predictions of the test halves, columns centred and of unit variance.
    """

    penalty: np.ndarray
    layer: np.ndarray
    validation: np.ndarray
    predictions: list[np.ndarray]


def fit_network(layers: Sequence[Layer], folds: tuple[Fold, ...], y: np.ndarray, after: np.ndarray) -> Fitted:
    """Fit every layer; choose penalties and layer on the validation halves; predict the test halves.

    Per target the penalty with the highest mean validation r over folds (published); per electrode the layer with
    the highest mean validation r over the bins at or after onset.

    Parameters
    ----------
    layers : sequence of Layer
    folds : tuple of Fold
    y : (n_events, n_electrodes, n_lags) float32
    after : (n_lags,) bool
        Bins at or after onset.

    Returns
    -------
    Fitted
    """
    n_events, n_electrodes, n_lags = y.shape
    flat = np.ascontiguousarray(y.reshape(n_events, -1))
    flat = flat - flat.mean(0, dtype=np.float64).astype(np.float32)
    held = [unit_columns(flat[fold.validation]) for fold in folds]
    best = np.full(n_electrodes, -np.inf)
    choice = np.zeros(n_electrodes, int)
    penalty = np.zeros((n_electrodes, n_lags))
    projected: list[np.ndarray] = []
    for k, layer in enumerate(layers):
        candidate = project(layer, folds, flat)
        r = validation_r(layer.factors, candidate, held)  # (n_penalties, n_targets)
        chosen = PENALTIES[r.argmax(0)].reshape(n_electrodes, n_lags)
        score = r.max(0).reshape(n_electrodes, n_lags)[:, after].mean(1)
        better = score > best
        best[better], choice[better], penalty[better] = score[better], k, chosen[better]
        if len(layers) == 1:
            projected = candidate
    predictions = _test_predictions(layers, folds, flat, choice, penalty, projected)
    return Fitted(penalty, choice, best, predictions)


def validation_r(factors: Sequence[Factor], projected: Sequence[np.ndarray], held: Sequence[np.ndarray]) -> np.ndarray:
    """Mean validation r over folds, (n_penalties, n_targets); `held` are the unit validation responses."""
    total = np.zeros((len(PENALTIES), held[0].shape[1]))
    for factor, c, y in zip(factors, projected, held):
        for row, value in zip(total, PENALTIES):
            row += pearson(predict(factor.validation, c, factor.eigenvalues, value), y)
    return total / len(factors)


def _test_predictions(
    layers: Sequence[Layer],
    folds: tuple[Fold, ...],
    flat: np.ndarray,
    choice: np.ndarray,
    penalty: np.ndarray,
    projected: list[np.ndarray],
) -> list[np.ndarray]:
    n_lags = penalty.shape[1]
    predictions = [np.empty((len(fold.test), flat.shape[1]), np.float32) for fold in folds]
    for k in np.unique(choice):
        columns = np.flatnonzero(np.repeat(choice == k, n_lags))
        parts = projected or project(layers[k], folds, flat[:, columns])
        values = penalty.reshape(-1)[columns]
        for out, factor, c in zip(predictions, layers[k].factors, parts):
            out[:, columns] = unit_columns(predict(factor.test, c, factor.eigenvalues, values))
    return predictions
