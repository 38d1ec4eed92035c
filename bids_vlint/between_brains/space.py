"""The space that several brains share: each brain's principal components, and the courses that they have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bids_vlint.encoding.moments import gram_of
from bids_vlint.encoding.stats import eigen, mean_and_sd

# Of each brain, at most; and of all others together (with many, each brings fewer): more is slower and noisier.
MOST_COMPONENTS = 30
COMPONENTS_OF_ALL = 600
FEWEST_COMPONENTS = 5
# Courses that are looked for.
MOST_COURSES = 20
# Components of less than this share of the variance of the first are rounding.
_EMPTY = 1e-6


def brain_components(rows: np.ndarray, most: int = MOST_COMPONENTS) -> np.ndarray:
    """The leading principal components of a brain's electrodes, each of unit variance.

    Parameters
    ----------
    rows : (n_rows, n_electrodes) float32
        An event and window each; every electrode counts alike.
    most : int

    Returns
    -------
    (n_rows, n_components) float32
        The strongest first; an electrode that does not vary brings none.
    """
    mean, sd = mean_and_sd(rows)
    unit = ((rows - mean) / sd).astype(np.float32)
    s, v = eigen(gram_of(unit) / len(unit))
    kept = np.flatnonzero(s > _EMPTY * max(s[-1], _EMPTY))[::-1][:most]
    found: np.ndarray = unit @ (v[:, kept] / np.sqrt(s[kept])).astype(np.float32)
    return found


def share_of_components(n_brains: int) -> int:
    """How many components each of several brains brings."""
    return int(np.clip(COMPONENTS_OF_ALL // max(n_brains, 1), FEWEST_COMPONENTS, MOST_COMPONENTS))


def shared_courses(brains: Sequence[np.ndarray], rows: np.ndarray, n: int = MOST_COURSES) -> list[np.ndarray]:
    """What takes each brain's components to the courses that all have in common (MAXVAR: the leading principal
    components of all whitened components side by side; Kettenring 1971).

    Parameters
    ----------
    brains : sequence of (n_rows, n_components) float32
    rows : (n_found,) int
        Those that the courses are found in.
    n : int

    Returns
    -------
    list of (n_components, n_courses) float32, one per brain
        At most `n` courses: those of more variance than a single component brings, without which nothing is common. Of
        one brain alone its strongest components, in their order: all are of one variance.
    """
    if len(brains) == 1:
        return [np.eye(brains[0].shape[1], n, dtype=np.float32)[:, : brains[0].shape[1]]]
    joined = np.concatenate([_white(brain[rows]) for brain in brains], axis=1)
    s, v = eigen((joined.T @ joined).astype(np.float64) / len(joined))
    v = v[:, max(len(s) - n, min(int((s <= 1).sum()), len(s) - 1)) :][:, ::-1]
    return np.split(v.astype(np.float32), np.cumsum([brain.shape[1] for brain in brains])[:-1])


def _white(rows: np.ndarray) -> np.ndarray:
    return rows - rows.mean(0)
