"""Ridge solutions by a Cholesky factorisation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array

from bids_vlint.encoding.arrays import Array, lower_factor, solve_lower, solve_positive, take

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
    return solve_positive(_penalised(gram, penalty), rows)


def ridge_solutions(gram: Array, penalties: Sequence[float] | np.ndarray, rows: Array, dtype: Any) -> Iterator[Array]:
    """As `ridge_solve`, of float64, for one penalty after the other, (n_rows, n) each.

    With float32 as `dtype` those whose penalty makes that no less exact than the float32 products that follow are
    solved in it; the others in float64.
    """
    precision = _precision(gram, dtype)
    for penalty in penalties:
        system, own = (array_namespace(x).astype(x, precision(float(penalty)), copy=False) for x in (gram, rows))
        yield ridge_solve(system, float(penalty), own)


def banded_solutions(
    gram: Array, penalties: np.ndarray, band: np.ndarray, rows: Array, dtype: Any
) -> Iterator[tuple[int, Array]]:
    """As `ridge_solutions`, with penalties of bands: rows (gram + diag(penalties[k, band]))^-1 for every k.

    With more than one band, the columns of the largest are taken out first (by block elimination), which is done once
    for all k that give it one penalty: several mixtures of the same bands share most of the work.

    Parameters
    ----------
    gram : (n, n) float64
    penalties : (n_systems, n_bands)
    band : (n,) int
        Which band a column is of, in ascending order.
    rows : (n_rows, n) float64
    dtype

    Yields
    ------
    k : int
        In no order.
    solution : (n_rows, n)
    """
    sizes = np.bincount(band, minlength=penalties.shape[1])
    largest = int(sizes.argmax())
    if sizes[largest] == len(band):
        yield from enumerate(ridge_solutions(gram, penalties[:, largest], rows, dtype))
        return
    xp, precision = array_namespace(gram), _precision(gram, dtype)
    first, rest = np.flatnonzero(band == largest), np.flatnonzero(band != largest)
    back = np.argsort(np.concatenate([first, rest]))
    order = xp.asarray(back, device=device(gram))
    # a system's numbers do not depend on which others there are
    groups: dict[tuple[float, Any], list[int]] = {}
    for k, of_bands in enumerate(penalties):
        value, kind = float(np.round(np.log10(of_bands[largest]), 6)), precision(float(of_bands[np.unique(band)].min()))
        groups.setdefault((value, kind), []).append(k)
    for (value, kind), same in groups.items():
        whole, own = (xp.astype(x, kind, copy=False) for x in (gram, rows.T))
        top = take(whole, first)
        factor = lower_factor(_penalised(take(top, first, axis=1), 10.0**value))
        across = solve_lower(factor, take(top, rest, axis=1))
        left = take(take(whole, rest), rest, axis=1) - across.T @ across
        above = solve_lower(factor, take(own, first))
        below = take(own, rest) - across.T @ above
        for k in same:
            diagonal = xp.asarray(penalties[k, band[rest]], dtype=kind, device=device(gram))
            lower = solve_positive(_penalised(left, diagonal), below.T).T
            upper = solve_lower(factor, above - across @ lower, transposed=True)
            yield k, xp.take(xp.concat([upper, lower]), order, axis=0).T


def _penalised(gram: Array, penalty: float | Array) -> Array:
    """A copy of a Gram matrix with a penalty, or one for each column, added to its diagonal."""
    if is_numpy_array(gram):
        copy = gram.copy()
        np.einsum("ii->i", copy)[...] += penalty  # a view of the diagonal
        return copy
    xp = array_namespace(gram)
    system = xp.eye(gram.shape[0], dtype=gram.dtype, device=device(gram))
    system *= penalty
    system += gram
    return system


def _precision(gram: Array, dtype: Any) -> Callable[[float], Any]:
    """In which type a system with a penalty, the least of its own, is solved."""
    xp = array_namespace(gram)
    bound = float(xp.max(xp.sum(xp.abs(gram), axis=0)))  # of the largest eigenvalue
    return lambda penalty: dtype if bound <= _WELL_CONDITIONED * penalty else xp.float64
