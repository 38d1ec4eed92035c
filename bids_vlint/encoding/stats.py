"""The statistics that several parts of the program share: standardised columns, correlations, leading components, and
sums over blocks with their error and interval.

Those whose arguments are of type Array take arrays of any library (`encoding.arrays`), and return its own.

A column is constant where its standard deviation is below a millionth of its largest absolute value: what varies in it
is rounding. All standardised columns follow this one rule, and a constant column becomes zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array
from scipy import linalg

from bids_vlint.encoding.arrays import Array, column_dots

# Below this share of the largest absolute value, a standard deviation is rounding (float32 keeps seven digits).
ROUNDING = 1e-6
# Ends of a 95 % interval, in percent.
_INTERVAL = (2.5, 97.5)
# Eigenvalues below this share of the largest are rounding.
_EMPTY = 1e-9
# Product of the variances of two columns of unit variance, under weights, that is rounding (of float32 sums).
_NO_VARIANCE = 1e-8
# Standard errors below this are rounding: both sides are the same network, multiplied in blocks of other columns.
_NO_ERROR = 1e-5
_LEAST = 1e-30
# Larger symmetric matrices are not taken apart by divide and conquer, which is half again as fast and takes twice as
# much memory as the matrix besides.
_LARGE = 1024


def inverse_sd(variance: Array, largest: Array | float) -> Array:
    """One over the standard deviation; zero for a constant column.

    Parameters
    ----------
    variance : (n_columns,)
    largest : (n_columns,) or float
        The largest absolute value of each column.

    Returns
    -------
    (n_columns,), of the type of the variance
    """
    xp = array_namespace(variance)
    sd = xp.sqrt(xp.clip(variance, 0, None))
    least = ROUNDING * (max(largest, _LEAST) if isinstance(largest, float) else xp.clip(largest, _LEAST, None))
    varies = sd > least
    return xp.where(varies, 1 / xp.where(varies, sd, 1.0), 0.0)


def mean_and_sd(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population standard deviation of columns; infinite for a constant column, so that it becomes zero.

    Parameters
    ----------
    x : (n, n_columns)

    Returns
    -------
    mean, sd : (n_columns,) float64
    """
    part = x.astype(np.float64)
    largest = _largest(part)
    mean = part.mean(0)
    part -= mean
    np.multiply(part, part, out=part)
    sd = np.sqrt(part.mean(0))
    return mean, np.where(sd > ROUNDING * np.maximum(largest, _LEAST), sd, np.inf)


def unit_columns(x: Array) -> Array:
    """Centre columns and scale them to unit variance (population); a constant column becomes zero.

    Parameters
    ----------
    x : (n, n_columns) float32 or float64

    Returns
    -------
    (n, n_columns), of the same type
    """
    centred = x - column_means(x)
    # float32 sums of centred values lose nothing that matters at the sizes of a fold
    centred *= inverse_sd(column_dots(centred, centred) / x.shape[0], _largest(x))
    return centred


def column_means(x: Array) -> Array:
    """Means of columns, (n_columns,), of the same type, summed up in float64; `x` (n, n_columns)."""
    xp = array_namespace(x)
    return xp.astype(xp.sum(x, axis=0, dtype=xp.float64) / x.shape[0], x.dtype)


def weighted_unit_columns(x: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Columns of rows that stand several times: less their mean, times the roots of the counts, of length one.

    The sum of products of two such columns is their correlation; a constant column becomes zero.

    Parameters
    ----------
    x : (n, n_columns) float32 or float64
    counts : (n,)

    Returns
    -------
    (n, n_columns), of the same type
    """
    share = (counts / counts.sum()).astype(x.dtype)
    unit = x - share @ x
    unit *= np.sqrt(share)[:, None]
    unit *= inverse_sd(column_dots(unit, unit), _largest(x))
    return unit


def centred_rows(rows: Array, counts: Array) -> Array:
    """Rows that stand several times: less their mean, times the roots of the counts; zero where they do not differ.

    Parameters
    ----------
    rows : (n, n_columns)
    counts : (n,)

    Returns
    -------
    (n, n_columns)
        What is linear in it has no mean, and sums of its squares are weighted ones.
    """
    xp = array_namespace(rows)
    centred = rows - counts @ rows / xp.sum(counts)
    if float(xp.max(xp.abs(centred))) <= ROUNDING * float(xp.max(xp.abs(rows))):
        return xp.zeros_like(rows)
    return centred * xp.sqrt(counts)[:, None]


def _largest(x: Array) -> Array:
    """The largest absolute value of each column, without a copy of them all."""
    xp = array_namespace(x)
    return xp.maximum(xp.max(x, axis=0), -xp.min(x, axis=0))


def correlation(covariance: Array, variance: Array) -> Array:
    """Pearson's r from a covariance and the product of both variances; 0 where that is 0, NaN stays."""
    xp = array_namespace(covariance)
    r = xp.where(variance <= 0, float("inf"), variance)
    return covariance / xp.sqrt(r)


def pearson(unit: Array, other: Array) -> Array:
    """Pearson's r of columns.

    Parameters
    ----------
    unit, other : (n, n_columns)
        From `unit_columns`.

    Returns
    -------
    (n_columns,), 0 where a column is constant
    """
    return column_dots(unit, other) / unit.shape[0]


def weighted_pearson(
    unit: Array, other: Array, weights: Array, member: Array | None = None, out: np.ndarray | None = None
) -> Array:
    """Pearson's r of columns under weights of their rows.

    Parameters
    ----------
    unit, other : (n, n_columns)
        From `unit_columns`: of variance one without weights.
    weights : (n_weights, n), or (n_weights, n_blocks) of the blocks that `member` has
    member : (n_blocks, n) | None
        From `block_membership`.
    out : (5 * n_columns, n_weights) | None
        Memory to work in, and where what is returned lies; of numpy alone.

    Returns
    -------
    (n_weights, n_columns)
        0 where a column does not vary under the weights; NaN where they are all zero.
    """
    xp = array_namespace(unit)
    with np.errstate(invalid="ignore"):
        total = xp.sum(weights if member is None else weights * xp.sum(member, axis=1), axis=1, keepdims=True)
        share = weights / total
    rows = xp.concat([unit, other, unit * unit, other * other, unit * other], axis=1)
    sums = rows if member is None else member @ rows
    means = sums.T @ share.T if out is None else np.matmul(sums.T, share.T, out=out)
    means = xp.reshape(means, (5, -1, share.shape[0]))
    first, second, variance, others, r = (means[k, ...] for k in range(5))
    r -= first * second
    first *= first
    variance -= first
    second *= second
    others -= second
    variance *= others
    r /= xp.sqrt(xp.where(variance <= _NO_VARIANCE, float("inf"), variance))
    return r.T


def eigen(symmetric: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues, in ascending order, and eigenvectors, (n,) and (n, n), of a symmetric (n, n) matrix."""
    s, v = linalg.eigh(symmetric, check_finite=False, driver="evd" if len(symmetric) <= _LARGE else "evr")
    return s, v


def leading_eigen(gram: Array, k: int) -> tuple[Array, Array]:
    """The k largest eigenvalues, in ascending order, and eigenvectors, (k,) and (n, k), of a Gram matrix, which is
    written over; fewer where it has fewer that are not rounding."""
    n = gram.shape[0]
    if is_numpy_array(gram):
        s, v = linalg.eigh(gram, subset_by_index=(n - k, n - 1), overwrite_a=True, check_finite=False)
    else:
        s, v = (part[..., n - k :] for part in array_namespace(gram).linalg.eigh(gram))
    empty = int(array_namespace(s).count_nonzero(s <= _EMPTY * max(float(s[-1]), _LEAST)))
    return s[empty:], v[:, empty:]


def leading_directions(x: np.ndarray, k: int) -> np.ndarray:
    """The leading principal directions of centred rows, from the smaller of the two Gram matrices.

    Parameters
    ----------
    x : (n, p) float64
    k : int
        At most the smaller of n and p.

    Returns
    -------
    (p, k) float64
        Orthonormal columns in ascending order of the variance along them; fewer where the rows span fewer.
    """
    kernel = x.shape[1] > x.shape[0]
    s, v = leading_eigen(x @ x.T if kernel else x.T @ x, k)
    return x.T @ (v / np.sqrt(s)) if kernel else v


def block_membership(blocks: np.ndarray, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """What takes rows to their sums over blocks.

    Parameters
    ----------
    blocks : (n,) int
        The block of each row.
    dtype : float32 or float64

    Returns
    -------
    known : (n_blocks,) int
        The blocks that there are, in ascending order.
    member : (n_blocks, n)
        1 where a row lies in a block, else 0.
    """
    known, number = np.unique(blocks, return_inverse=True)
    member: np.ndarray = np.zeros((len(known), len(blocks)), dtype)
    member[number, np.arange(len(blocks))] = 1
    return known, member


def block_draws(n_blocks: int, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each block is drawn in resamples of all of them with replacement, (n_resamples, n_blocks) int."""
    return rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples)


def standard_error(sums: np.ndarray) -> np.ndarray:
    """Standard error of the total of block sums, blocks taken as independent.

    Parameters
    ----------
    sums : (n_blocks, ...)

    Returns
    -------
    (...) float64
    """
    error: np.ndarray = np.sqrt(len(sums) * sums.var(0, ddof=1, dtype=np.float64))
    return error


def block_t(sums: np.ndarray) -> np.ndarray:
    """The t of block sums against zero: their total over its standard error; 0 where they differ by rounding alone.

    Parameters
    ----------
    sums : (n_blocks, ...)

    Returns
    -------
    (...) float64
    """
    total, error = sums.sum(0, dtype=np.float64), standard_error(sums)
    return np.divide(total, error, out=np.zeros_like(total), where=error > _NO_ERROR)


def interval(values: Array, axis: int = 0) -> tuple[Array, Array]:
    """The 95 % percentile interval, linear between ranks; NaN where a value is.

    As `numpy.percentile`, which takes eight times as long: it selects ranks, and sorting whole rows is quicker.

    Parameters
    ----------
    values : array, resamples along `axis`
    axis : int

    Returns
    -------
    low, high : without that axis, of the type of the values
    """
    xp = array_namespace(values)
    ordered = xp.moveaxis(xp.sort(values, axis=axis), axis, 0)
    unknown = xp.isnan(ordered[-1, ...])  # sorted last
    low, high = (xp.where(unknown, float("nan"), _quantile(ordered, q / 100, xp)) for q in _INTERVAL)
    return xp.astype(low, values.dtype), xp.astype(high, values.dtype)


def _quantile(ordered: Array, q: float, xp: Any) -> Array:
    n = ordered.shape[0]
    at = q * (n - 1)
    below, part = int(at), at - int(at)
    first, second = (xp.astype(ordered[k, ...], xp.float64) for k in (below, min(below + 1, n - 1)))
    return first + part * (second - first)
