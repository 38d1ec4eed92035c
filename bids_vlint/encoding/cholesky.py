"""Ridge solutions by a Cholesky factorisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from bids_vlint.encoding.arrays import Array, solve_positive

# Up to this ratio of a Gram matrix's norm to the penalty a float32 solve is as exact as float32 products are.
_WELL_CONDITIONED = 100.0


def ridge_solve(gram: Array, penalty: float, rows: Array) -> Array:
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
        Where the matrix is not positive definite (or not finite); or what the arrays' library has for that.
    """
    xp = array_namespace(gram)
    system = xp.eye(gram.shape[0], dtype=gram.dtype, device=device(gram))
    system *= penalty
    system += gram
    return solve_positive(system, rows)


def ridge_solutions(gram: Array, penalties: Sequence[float] | np.ndarray, rows: Array, dtype: Any) -> Iterator[Array]:
    """As `ridge_solve`, of float64, for one penalty after the other, (n_rows, n) each.

    With float32 as `dtype` those whose penalty makes that no less exact than the float32 products that follow are
    solved in it; the others in float64.
    """
    xp = array_namespace(gram)
    bound = float(xp.max(xp.sum(xp.abs(gram), axis=0)))  # of the largest eigenvalue
    for penalty in penalties:
        precision = dtype if bound <= _WELL_CONDITIONED * penalty else xp.float64
        system, own = (xp.astype(x, precision, copy=False) for x in (gram, rows))
        yield ridge_solve(system, float(penalty), own)
