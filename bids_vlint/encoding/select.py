"""Cross-validated fits of one network for a block of electrodes: penalty per target, layer per electrode."""

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


def fit_layer(
    layer: Layer,
    folds: tuple[Fold, ...],
    y: np.ndarray,
    after: np.ndarray,
    number: int = 0,
    best: Fitted | None = None,
) -> Fitted:
    """Fit one layer; choose penalties, and the layer against the best so far, on the validation halves.

    Per target the penalty with the highest mean validation r over folds (published); per electrode the layer with
    the highest mean validation r over the bins at or after onset (the first of equals). Test halves are predicted for
    the electrodes where this layer is the best so far.

    Parameters
    ----------
    layer : Layer
    folds : tuple of Fold
    y : (n_events, n_electrodes, n_lags) float32
    after : (n_lags,) bool
        Bins at or after onset.
    number : int
        Which layer it is.
    best : Fitted | None
        Of the layers before, written over where this layer is better; None for the first.

    Returns
    -------
    Fitted
    """
    n_events, n_electrodes, n_lags = y.shape
    flat = np.ascontiguousarray(y.reshape(n_events, -1))
    flat = flat - flat.mean(0, dtype=np.float64).astype(np.float32)
    held = [unit_columns(flat[fold.validation]) for fold in folds]
    projected = project(layer, folds, flat)
    r = validation_r(layer.factors, projected, held)  # (n_penalties, n_targets)
    penalty = PENALTIES[r.argmax(0)]
    score = r.max(0).reshape(n_electrodes, n_lags)[:, after].mean(1)
    if best is None:
        layers, chosen = np.full(n_electrodes, number), penalty.reshape(n_electrodes, n_lags)
        return Fitted(chosen, layers, score, _test_predictions(layer.factors, projected, penalty))
    better = score > best.validation
    if better.any():
        columns = np.flatnonzero(np.repeat(better, n_lags))
        best.validation[better], best.layer[better] = score[better], number
        best.penalty.reshape(-1)[columns] = penalty[columns]
        own = _test_predictions(layer.factors, [c[:, columns] for c in projected], penalty[columns])
        for kept, new in zip(best.predictions, own):
            kept[:, columns] = new
    return best


def validation_r(factors: Sequence[Factor], projected: Sequence[np.ndarray], held: Sequence[np.ndarray]) -> np.ndarray:
    """Mean validation r over folds, (n_penalties, n_targets); `held` are the unit validation responses."""
    total = np.zeros((len(PENALTIES), held[0].shape[1]))
    for factor, c, y in zip(factors, projected, held):
        for row, value in zip(total, PENALTIES):
            row += pearson(predict(factor.validation, c, factor.eigenvalues, value), y)
    return total / len(factors)


def _test_predictions(
    factors: Sequence[Factor], projected: Sequence[np.ndarray], penalty: np.ndarray
) -> list[np.ndarray]:
    """Unit predictions of the test halves, (n_test, n_targets) per fold; `penalty` is (n_targets,)."""
    return [unit_columns(predict(f.test, c, f.eigenvalues, penalty)) for f, c in zip(factors, projected)]
