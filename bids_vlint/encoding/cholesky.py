"""Ridge solutions by a Cholesky factorisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike
from scipy import linalg

# Up to this ratio of a Gram matrix's norm to the penalty a float32 solve is as exact as float32 products are.
_WELL_CONDITIONED = 100.0


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


def ridge_solutions(
    gram: np.ndarray, penalties: Sequence[float] | np.ndarray, rows: np.ndarray, dtype: DTypeLike
) -> Iterator[np.ndarray]:
    """As `ridge_solve`, of float64, for one penalty after the other, (n_rows, n) each.

    With float32 as `dtype` those whose penalty makes that no less exact than the float32 products that follow are
    solved in it; the others in float64.
    """
    bound = np.abs(gram).sum(0).max()  # of the largest eigenvalue
    for penalty in penalties:
        precision = dtype if bound <= _WELL_CONDITIONED * penalty else np.float64
        yield ridge_solve(gram.astype(precision, copy=False), penalty, rows.astype(precision, copy=False))
