"""Ends of intervals of the values that are possible: not too far from the one observed for the error that *they* have.

Such are the intervals of Wilson (1927) and of Miettinen and Nurminen (1985).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_STEPS, _HALVINGS = 32, 20


def last_possible(observed: np.ndarray, far: np.ndarray, error: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The farthest values, from those observed towards `far`, up to which all are possible.

    Parameters
    ----------
    observed, far : (n,) array
    error : (n,) -> (n,)
        How far from what is observed these values may be. It need not grow or fall: what is possible again beyond
        values that are not does not count.

    Examples
    --------
    >>> last_possible(np.array([0.2]), np.array([1.0]), lambda x: np.full(1, 0.3)).round(6)
    array([0.5])
    """
    reach = far - observed

    def near(share: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.abs(share * reach) <= error(observed + share * reach)
        return found

    low, going = np.zeros(len(observed)), np.ones(len(observed), bool)
    for share in np.linspace(0, 1, _STEPS + 1)[1:]:
        going &= near(np.full(len(observed), share))
        low[going] = share
    high = np.where(going, 1, low + 1 / _STEPS)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_near = near(middle)
        low, high = np.where(is_near, middle, low), np.where(is_near, high, middle)
    return np.where(going, far, observed + low * reach)
