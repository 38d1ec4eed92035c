"""Sites as they could lie on the shafts if no region mattered.

Within each participant the shafts take each other's places in random order, each turned around or not, and rolled by a
random number of contacts: sites that are neighbours on a shaft stay neighbours. The counts of each cell follow. Where
shafts differ in length, one may come to lie across the border of two.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bids_vlint.nested.electrodes import Nested

_AT_ONCE = 2_000_000  # numbers of an array of places


def arranged_counts(electrodes: Nested, n: int, seed: int) -> np.ndarray:
    """Sites of each cell in random arrangements.

    Parameters
    ----------
    electrodes : Nested
    n : int
        How many arrangements.
    seed : int
        Every participant has random numbers of its own, by its place among the participants.

    Returns
    -------
    (n, n_cells) float32
    """
    cells = electrodes.cells
    counts = np.zeros((n, len(cells.n)), np.float32)
    for k in range(cells.n_participants):
        own, columns = np.flatnonzero(electrodes.participant == k), np.flatnonzero(cells.participant == k)
        sites = np.flatnonzero(electrodes.hit[own])
        if not len(sites):
            continue
        cell, first = np.searchsorted(cells.region[columns], electrodes.region[own]), 0
        for places in _places(electrodes.shaft[own], sites, n, np.random.default_rng([seed, k])):
            size = len(places)
            flat = (np.arange(size)[:, None] * len(columns) + cell[places]).ravel()
            part = np.bincount(flat, minlength=size * len(columns)).reshape(size, -1)
            counts[first : first + size, columns] = part
            first += size
    return counts


def _places(shaft: np.ndarray, sites: np.ndarray, n: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Where sites come to lie among a participant's electrodes: (some arrangements, n_sites) int, n in all."""
    _, number, length = np.unique(shaft, return_inverse=True, return_counts=True)
    start = np.cumsum(length) - length
    along, own = (np.arange(len(shaft)) - start[number])[sites], number[sites]
    step = max(1, _AT_ONCE // max(len(sites), len(length)))
    for size in (min(step, n - done) for done in range(0, n, step)):
        order = rng.random((size, len(length))).argsort(axis=1)
        taken = length[order]
        begins = np.empty((size, len(length)), int)
        np.put_along_axis(begins, order, np.cumsum(taken, axis=1) - taken, axis=1)
        turned = rng.random((size, len(length))) < 0.5
        rolled = rng.integers(0, length, (size, len(length)))
        direction = np.where(turned, -1, 1)[:, own]
        yield begins[:, own] + (direction * along + rolled[:, own]) % length[own]
