"""False discovery rate with missing values: Benjamini and Hochberg 1995, Benjamini and Yekutieli 2001."""

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


def significant(value: float, digits: int = 6) -> float:
    """A number as it is written, so that q is the same when it is computed from a table."""
    return float(f"{value:.{digits}g}")


def _controlled(p: np.ndarray, method: Literal["bh", "by"]) -> np.ndarray:
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = false_discovery_control(p[known], method=method)
    return q
