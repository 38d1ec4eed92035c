"""The statistics that several parts of the program share: standardised columns, correlations, leading components, and
sums over blocks with their error and interval.

A column is constant where its standard deviation is below a millionth of its largest absolute value: what varies in it
is rounding. All standardised columns follow this one rule, and a constant column becomes zero.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

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


def inverse_sd(variance: np.ndarray, largest: np.ndarray | float) -> np.ndarray:
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
    sd = np.sqrt(np.maximum(variance, 0))
    return np.divide(1, sd, out=np.zeros_like(sd), where=sd > ROUNDING * np.maximum(largest, _LEAST))


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


def unit_columns(x: np.ndarray) -> np.ndarray:
    """Centre columns and scale them to unit variance (population); a constant column becomes zero.

    Parameters
    ----------
    x : (n, n_columns) float32 or float64

    Returns
    -------
    (n, n_columns), of the same type
    """
    centred = x - x.mean(0, dtype=np.float64).astype(x.dtype)
    # float32 sums of centred values lose nothing that matters at the sizes of a fold
    centred *= inverse_sd(np.einsum("ij,ij->j", centred, centred) / len(x), _largest(x))
    return centred


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
    unit *= inverse_sd(np.einsum("ij,ij->j", unit, unit), _largest(x))
    return unit


def centred_rows(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
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
    centred = rows - counts @ rows / counts.sum()
    if np.abs(centred).max() <= ROUNDING * np.abs(rows).max():
        return np.zeros_like(rows)
    return centred * np.sqrt(counts)[:, None]


def _largest(x: np.ndarray) -> np.ndarray:
    """The largest absolute value of each column, without a copy of them all."""
    largest: np.ndarray = np.maximum(x.max(0, initial=0), -x.min(0, initial=0))
    return largest


def correlation(covariance: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Pearson's r from a covariance and the product of both variances; 0 where that is 0, NaN stays."""
    r = np.where(variance <= 0, np.inf, variance)
    return np.divide(covariance, np.sqrt(r, out=r), out=r)


def pearson(unit: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pearson's r of columns.

    Parameters
    ----------
    unit, other : (n, n_columns)
        From `unit_columns`.

    Returns
    -------
    (n_columns,), 0 where a column is constant
    """
    r: np.ndarray = np.einsum("ij,ij->j", unit, other) / unit.dtype.type(len(unit))
    return r


def weighted_pearson(
    unit: np.ndarray,
    other: np.ndarray,
    weights: np.ndarray,
    member: np.ndarray | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Pearson's r of columns under weights of their rows.

    Parameters
    ----------
    unit, other : (n, n_columns)
        From `unit_columns`: of variance one without weights.
    weights : (n_weights, n), or (n_weights, n_blocks) of the blocks that `member` has
    member : (n_blocks, n) | None
        From `block_membership`.
    out : (5 * n_columns, n_weights) | None
        Memory to work in, and where what is returned lies.

    Returns
    -------
    (n_weights, n_columns)
        0 where a column does not vary under the weights; NaN where they are all zero.
    """
    with np.errstate(invalid="ignore"):
        share = weights / (weights if member is None else weights * member.sum(1)).sum(1, keepdims=True)
    rows = np.concatenate([unit, other, unit * unit, other * other, unit * other], axis=1)
    means = np.matmul((rows if member is None else member @ rows).T, share.T, out=out)
    first, second, variance, others, r = means.reshape(5, -1, len(share))
    r -= first * second
    variance -= np.multiply(first, first, out=first)
    others -= np.multiply(second, second, out=second)
    variance *= others
    np.copyto(variance, np.inf, where=variance <= _NO_VARIANCE)
    r /= np.sqrt(variance, out=variance)
    return r.T


def eigen(symmetric: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues, in ascending order, and eigenvectors, (n,) and (n, n), of a symmetric (n, n) matrix."""
    s, v = linalg.eigh(symmetric, check_finite=False, driver="evd" if len(symmetric) <= _LARGE else "evr")
    return s, v


def leading_eigen(gram: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues, in ascending order, and eigenvectors, (k,) and (n, k), of a Gram matrix, which is
    written over; fewer where it has fewer that are not rounding."""
    n = len(gram)
    s, v = linalg.eigh(gram, subset_by_index=(n - k, n - 1), overwrite_a=True, check_finite=False)
    known = s > _EMPTY * max(s[-1], _LEAST)
    return (s, v) if known.all() else (s[known], v[:, known])


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


def interval(values: np.ndarray, axis: int = 0) -> tuple[np.ndarray, np.ndarray]:
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
    ordered = np.moveaxis(np.sort(values, axis=axis), axis, 0)
    unknown = np.isnan(ordered[-1])  # sorted last
    low, high = (np.where(unknown, np.nan, _quantile(ordered, q / 100)).astype(values.dtype) for q in _INTERVAL)
    return low, high


def _quantile(ordered: np.ndarray, q: float) -> np.ndarray:
    at = q * (len(ordered) - 1)
    below, part = int(at), at - int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + part * (ordered[above].astype(np.float64) - ordered[below])
