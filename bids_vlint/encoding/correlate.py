"""Pearson correlations down the columns of two matrices."""

from __future__ import annotations

import numpy as np

TINY = 1e-12


def unit_columns(x: np.ndarray) -> np.ndarray:
    """Centre the columns and scale them to unit variance (population); a constant column becomes zero.

    Parameters
    ----------
    x : (n, n_columns)

    Returns
    -------
    (n, n_columns) float32
    """
    centred = x - x.mean(0, dtype=np.float64).astype(x.dtype)
    # float32 sums of centred values lose nothing that matters at the sizes of a fold
    variance = np.einsum("ij,ij->j", centred, centred) / len(x)
    scale = np.zeros_like(variance)
    np.divide(1.0, np.sqrt(variance), out=scale, where=variance > TINY * np.maximum(np.abs(x).max(0) ** 2, TINY))
    return centred * scale


def pearson(prediction: np.ndarray, unit_response: np.ndarray) -> np.ndarray:
    """Correlate columns; 0 where a prediction is constant.

    Parameters
    ----------
    prediction : (n, n_columns)
    unit_response : (n, n_columns)
        From `unit_columns`.

    Returns
    -------
    (n_columns,) float32
    """
    mean = prediction.mean(0)
    covariance = np.einsum("ij,ij->j", prediction, unit_response) / len(prediction)
    square = np.einsum("ij,ij->j", prediction, prediction) / len(prediction)
    variance = square - mean * mean
    r = np.zeros_like(covariance)
    np.divide(covariance, np.sqrt(np.maximum(variance, 0)), out=r, where=variance > 1e-12 * square)
    return r
