"""Ridge solutions by a Cholesky factorisation."""

from __future__ import annotations

import numpy as np
from scipy import linalg


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
    system = gram.copy()
    system.flat[:: len(system) + 1] += gram.dtype.type(penalty)
    factor = linalg.cho_factor(system, overwrite_a=True, check_finite=False)
    solution: np.ndarray = linalg.cho_solve(factor, rows.T, check_finite=False).T
    return solution
