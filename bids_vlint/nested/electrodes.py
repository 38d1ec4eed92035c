"""Electrodes in shafts in participants, in regions, and the counts of their cells (participant x region)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Nested:
    """Electrodes, those of a shaft side by side in their order along it, shafts of a participant side by side.

    Attributes
    ----------
    participant, shaft, region : (n,) int
        Numbers from 0; a shaft's number is of one participant.
    hit : (n,) bool
        Whether it is a site.
    regions : tuple of str
        Their names, by number.
    participants : tuple of str
        Theirs.
    """

    participant: np.ndarray
    shaft: np.ndarray
    region: np.ndarray
    hit: np.ndarray
    regions: tuple[str, ...]
    participants: tuple[str, ...]

    @cached_property
    def cells(self) -> Cells:
        """The cells that have electrodes, sorted by region, then participant."""
        known, cell = np.unique(self.region * len(self.participants) + self.participant, return_inverse=True)
        region, participant = np.divmod(known, max(1, len(self.participants)))
        n = np.bincount(cell, minlength=len(known)).astype(float)
        k = np.bincount(cell, weights=self.hit, minlength=len(known))
        return Cells(participant, region, n, k, len(self.participants), len(self.regions))


@dataclass(frozen=True)
class Cells:
    """What a region's test is made of: for each participant and region the electrodes n and the sites k among them.

    Attributes
    ----------
    participant, region : (n_cells,) int
        Sorted by region, then participant; cells without electrodes are not among them.
    n : (n_cells,) float
    k : (n_cells,) or (n_cells, n_arrangements) float
    n_participants, n_regions : int
        Every region has a cell.
    """

    participant: np.ndarray
    region: np.ndarray
    n: np.ndarray
    k: np.ndarray
    n_participants: int
    n_regions: int

    def over_regions(self, values: np.ndarray) -> np.ndarray:
        """Sums over the cells of each region, (..., n_cells) -> (..., n_regions)."""
        summed: np.ndarray = np.add.reduceat(values, np.searchsorted(self.region, np.arange(self.n_regions)), axis=-1)
        return summed

    def of_participants(self, values: np.ndarray) -> np.ndarray:
        """The sum over a participant's cells, at each of them, (n_cells,)."""
        return np.bincount(self.participant, values, self.n_participants)[self.participant]

    @cached_property
    def participants_of(self) -> np.ndarray:
        """How many participants have electrodes in each region, (n_regions,) int."""
        return np.bincount(self.region, minlength=self.n_regions)


def nest_electrodes(
    participant: Sequence[str], shaft: Sequence[Any], along: Sequence[float], region: Sequence[str], hit: Sequence[bool]
) -> Nested:
    """Put electrodes in order.

    Parameters
    ----------
    participant, shaft, region : (n,) sequence
        Labels. Shafts of two participants may share a name.
    along : (n,) sequence of float
        Where on its shaft an electrode is: any number that grows along it.
    hit : (n,) sequence of bool

    Examples
    --------
    >>> found = nest_electrodes(["b", "a", "a"], ["A", "A", "A"], [1, 2, 1], ["insula", "cuneus", "insula"], [1, 0, 1])
    >>> found.hit.tolist(), [found.regions[r] for r in found.region], found.cells.k.tolist()
    ([True, False, True], ['insula', 'cuneus', 'insula'], [0.0, 1.0, 1.0])
    """
    order = shaft_order(participant, shaft, along)
    who, whole, where = (np.asarray(list(map(str, x)))[order] for x in (participant, shaft, region))
    participants, regions = sorted(set(who)), sorted(set(where))
    changes = (who[1:] != who[:-1]) | (whole[1:] != whole[:-1])
    return Nested(
        np.searchsorted(participants, who) if participants else np.zeros(0, int),
        np.cumsum(np.concatenate([[0], changes])) if participants else np.zeros(0, int),
        np.searchsorted(regions, where) if regions else np.zeros(0, int),
        np.asarray(hit, bool)[order],
        tuple(map(str, regions)),
        tuple(map(str, participants)),
    )


def shaft_order(participant: Sequence[str], shaft: Sequence[Any], along: Sequence[float]) -> np.ndarray:
    """Which row comes where when electrodes lie as `Nested` has them, (n,) int; those that lie so already stay."""
    table = pd.DataFrame({"participant": list(map(str, participant)), "shaft": list(map(str, shaft)),
                          "along": list(along)})  # fmt: skip
    order: np.ndarray = table.sort_values(["participant", "shaft", "along"], kind="stable").index.to_numpy()
    return order
