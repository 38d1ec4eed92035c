"""Cholesky solves that let other threads run: those of SciPy hold the interpreter's lock, those of PyTorch do not."""

from __future__ import annotations

import numpy as np


def ridge_solve(gram: np.ndarray, penalty: float, rows: np.ndarray) -> np.ndarray:
    """Solve rows (gram + penalty I)^-1.

    Parameters
    ----------
    gram : (n, n) float32 or float64
        Symmetric, positive semi-definite.
    penalty : float
    rows : (n_rows, n), of the same type

    Returns
    -------
    (n_rows, n)

    Raises
    ------
    numpy.linalg.LinAlgError
        Where the matrix is not positive definite (or not finite).
    """
    import torch

    system = torch.from_numpy(gram.copy())
    system.diagonal().add_(penalty)
    factor, info = torch.linalg.cholesky_ex(system)
    if info.item() or not torch.isfinite(factor.diagonal()).all():
        raise np.linalg.LinAlgError("a Gram matrix is not positive definite")
    solution: np.ndarray = torch.cholesky_solve(torch.from_numpy(rows.copy()).T, factor).T.contiguous().numpy()
    return solution
