"""Which electrode has which effect: kinds, sources and sizes spread evenly, by a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.recovery.kind import EffectKind

SIZES = (0.01, 0.02, 0.04, 0.08)
# Where an effect comes from: from what networks hold, or half of it; of nothing: the noise alone, or with a variable.
WHOLLY, HALF, NOISE, UNHELD = "wholly", "half", "noise", "unheld"
SOURCES = {
    WHOLLY: "a variable that networks hold wholly",
    HALF: "a variable of which half of the variance is in networks' features, the other half in none",
    NOISE: "noise alone",
    UNHELD: "a slow variable of the film that no network holds",
}


@dataclass(frozen=True)
class Planted:
    """What one electrode follows in one replicate.

    Attributes
    ----------
    kind : str
    source : str
        A key of `SOURCES`.
    size : float
        Share of the variance of the planted response; 0 for noise alone.
    """

    kind: str
    source: str
    size: float


def planted_cells(kind: EffectKind) -> list[Planted]:
    """What an electrode of a kind may follow, each as often as the others; noise alone as often as all sizes of what no
    network holds."""
    if kind.nothing:
        return [Planted(kind.name, source, size) for size in SIZES for source, size in ((NOISE, 0.0), (UNHELD, size))]
    return [Planted(kind.name, source, size) for source in (WHOLLY, HALF) for size in SIZES]


def assigned(
    kinds: Sequence[EffectKind], n_electrodes: int, n_replicates: int, rng: np.random.Generator
) -> list[list[Planted]]:
    """Draw what every electrode follows in every replicate.

    Kinds take turns over the electrodes of a replicate, in a random order; what electrodes of a kind follow takes turns
    over all replicates. So counts of kinds, and of a kind's sources and sizes, differ by one at most.

    Parameters
    ----------
    kinds : sequence of EffectKind
    n_electrodes, n_replicates : int
    rng : numpy.random.Generator

    Returns
    -------
    list of list of Planted
        Of replicates, of electrodes.
    """
    cells = {kind.name: planted_cells(kind) for kind in kinds}
    turn = dict.fromkeys(cells, 0)
    found = []
    for replicate in range(n_replicates):
        row: dict[int, Planted] = {}
        for place, electrode in enumerate(rng.permutation(n_electrodes)):
            kind = kinds[(replicate * n_electrodes + place) % len(kinds)].name
            if turn[kind] % len(cells[kind]) == 0:
                cells[kind] = [cells[kind][k] for k in rng.permutation(len(cells[kind]))]
            row[int(electrode)] = cells[kind][turn[kind] % len(cells[kind])]
            turn[kind] += 1
        found.append([row[electrode] for electrode in range(n_electrodes)])
    return found
