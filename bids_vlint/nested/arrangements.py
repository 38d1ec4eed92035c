"""Sites as they could lie on the shafts if no region mattered.

Within each participant the shafts take each other's places in random order, each turned around or not, and rolled by a
random number of contacts: sites that are neighbours on a shaft stay neighbours. The counts of each cell follow. Where
shafts differ in length, one may come to lie across the border of two.

Where electrodes come to lie does not depend on which of them are sites: it is drawn once for all claims on the same
electrodes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bids_vlint.nested.electrodes import Nested

_AT_ONCE = 2_000_000  # numbers of an array


def arrangements(electrodes: Nested, n: int, seed: int) -> list[np.ndarray]:
    """Draw where electrodes come to lie.

    Parameters
    ----------
    electrodes : Nested
        Which are sites does not matter.
    n : int
        How many arrangements.
    seed : int
        Every participant has random numbers of its own, by its place among the participants.

    Returns
    -------
    list of (n_own, n) int
        For each participant, the cell that each of its electrodes comes to lie in, by its place among the
        participant's cells.
    """
    cells, found = electrodes.cells, []
    for k in range(cells.n_participants):
        own = electrodes.participant == k
        regions = cells.region[cells.participant == k]
        cell = np.searchsorted(regions, electrodes.region[own]).astype(np.min_scalar_type(len(regions)))
        found.append(_cells_of(electrodes.shaft[own], cell, n, np.random.default_rng([seed, k])))
    return found


def arranged_counts(electrodes: Nested, arranged: Sequence[np.ndarray]) -> np.ndarray:
    """Sites of each cell in arrangements.

    Parameters
    ----------
    electrodes : Nested
    arranged : sequence of (n_own, n) int
        Those of the same electrodes (`arrangements`).

    Returns
    -------
    (n_cells, n) float32
    """
    cells, n = electrodes.cells, arranged[0].shape[1] if len(arranged) else 0
    counts = np.zeros((len(cells.n), n), np.float32)
    for k, places in enumerate(arranged):
        own = np.flatnonzero(cells.participant == k)
        lain = places[electrodes.hit[electrodes.participant == k]]
        step = max(1, _AT_ONCE // max(1, len(lain)))
        for first in range(0, n, step):
            part = lain[:, first : first + step]
            flat = part + np.arange(part.shape[1]) * len(own)
            found = np.bincount(flat.ravel(), minlength=part.shape[1] * len(own))
            counts[own, first : first + step] = found.reshape(-1, len(own)).T
    return counts


def _cells_of(shaft: np.ndarray, cell: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """The cells that a participant's electrodes come to lie in, (n_electrodes, n)."""
    _, number, length = np.unique(shaft, return_inverse=True, return_counts=True)
    start, draws = np.cumsum(length) - length, (n, len(length))
    order = rng.random(draws).argsort(axis=1)
    taken = length[order]
    begins = np.empty(draws, int)
    np.put_along_axis(begins, order, np.cumsum(taken, axis=1) - taken, axis=1)
    direction = np.where(rng.random(draws) < 0.5, -1, 1)
    rolled = rng.integers(0, length, draws)
    begins, direction, rolled = (np.ascontiguousarray(x.T) for x in (begins, direction, rolled))
    found = np.empty((len(shaft), n), cell.dtype)
    for k, own in enumerate(number):
        found[k] = cell[begins[own] + (direction[own] * (k - start[own]) + rolled[own]) % length[own]]
    return found
