"""False discovery rate (Benjamini and Hochberg 1995) with missing values."""

from __future__ import annotations

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
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = false_discovery_control(p[known], method="bh")
    return q
