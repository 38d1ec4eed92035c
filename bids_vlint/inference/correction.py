"""p and q of many tests, with missing values: Benjamini and Hochberg 1995, Benjamini and Yekutieli 2001, Simes 1986."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.stats import false_discovery_control

LEVEL = 0.05


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """q of every p; NaN stays NaN and does not count in the family.

    Parameters
    ----------
    p : any shape

    Returns
    -------
    q : the same shape
    """
    return _controlled(p, "bh")


def benjamini_yekutieli(p: np.ndarray) -> np.ndarray:
    """q that holds under any dependence between the tests; as `benjamini_hochberg`."""
    return _controlled(p, "by")


def simes(p: np.ndarray) -> np.ndarray:
    """p that all of some null hypotheses hold, from a p of each: the smallest n p_(k) / k of the sorted p.

    It holds for independent and positively dependent p.

    Parameters
    ----------
    p : (n, n_hypotheses)
        NaN does not count.

    Returns
    -------
    (n,)
        With as many digits as p are written with; NaN where none is known.

    Examples
    --------
    >>> simes(np.array([[0.01, 0.5], [0.04, 0.03], [0.2, np.nan]])).tolist()
    [0.02, 0.04, 0.2]
    """
    ranked = np.sort(p, axis=1)  # NaN last
    n = np.sum(~np.isnan(p), axis=1, keepdims=True)
    scaled = ranked * n / np.arange(1, p.shape[1] + 1)
    return np.array([significant(value) for value in np.fmin.reduce(scaled, axis=1)])


def significant(value: float, digits: int = 6) -> float:
    """A number as it is written, so that q is the same when it is computed from a table."""
    return float(f"{value:.{digits}g}")


def _controlled(p: np.ndarray, method: Literal["bh", "by"]) -> np.ndarray:
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = false_discovery_control(p[known], method=method)
    return q
