"""Paired comparison of two networks at each electrode: the t statistic of 5 s block sums (provisional)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bids_vlint.encoding.folds import N_FOLDS


@dataclass(frozen=True)
class Difference:
    """Mean difference of held-out r over the bins at or after onset, and its one-sided p; (n_electrodes,) each."""

    diff: np.ndarray
    p: np.ndarray


def block_t(contributions: np.ndarray, blocks: np.ndarray, test_to_train: float, n_folds: int = N_FOLDS) -> Difference:
    """Test whether the summed contributions exceed zero.

    The t statistic of the sums over 5 s blocks, divided by sqrt(1 + (K - 1) n_test / n_train), because the folds
    train each other (Nadeau and Bengio 2003, Machine Learning 52:239).

    Parameters
    ----------
    contributions : (n_test, n_electrodes)
        Each event's contribution to the difference of two scores.
    blocks : (n_test,) int
    test_to_train : float
        n_test / n_train.
    n_folds : int
        K.

    Returns
    -------
    Difference
        p is 1 where the difference has no variance and is not positive (a model against itself).
    """
    _, inverse = np.unique(blocks, return_inverse=True)
    n_blocks = inverse.max() + 1
    sums = np.zeros((n_blocks, contributions.shape[1]))
    np.add.at(sums, inverse, contributions)
    diff = sums.sum(0)
    if n_blocks < 2:
        return Difference(diff, np.full(len(diff), np.nan))
    error = np.sqrt(n_blocks * sums.var(0, ddof=1) * (1 + (n_folds - 1) * test_to_train))
    t = np.zeros_like(diff)
    np.divide(diff, error, out=t, where=error > 0)
    p = np.where(error > 0, stats.t.sf(t, n_blocks - 1), 1.0)
    return Difference(diff, p)
