"""Kinds of groups: who has how many shafts in which regions, and what makes their electrodes alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bids_vlint.nested.electrodes import Nested


@dataclass(frozen=True)
class Kind:
    """What groups are drawn from. Standard deviations and effects are on the scale of the logit.

    Attributes
    ----------
    participants, shafts, contacts, regions : int
    base : float
        Of an electrode outside; participants differ from it by `person`.
    near : float
        Of what `run` neighbours on a shaft share (on a grid, `run` x `run` of them).
    differ : float
        Of participant x region.
    huge : int
        The first participant has this many times as many shafts.
    silent : int
        Participants without any site.
    covers : int | None
        Regions that a participant's shafts go to, drawn for each; None: all.
    crosses : bool
        Whether a shaft crosses 2 to 4 regions, or lies in one.
    unequal : bool
        Whether regions' sizes go as 1, 1/2, 1/3, ...
    grid : bool
        Each shaft is a grid of `contacts` (a square number), in four quadrants.
    effect : float
        Of region 0 (where regions are unequal, the third).
    """

    participants: int = 7
    shafts: int = 12
    contacts: int = 12
    regions: int = 12
    base: float = -2.75
    person: float = 0.5
    near: float = 0.0
    run: int = 3
    differ: float = 0.0
    huge: int = 1
    silent: int = 0
    covers: int | None = None
    crosses: bool = True
    unequal: bool = False
    grid: bool = False
    effect: float = 0.0

    @property
    def planted(self) -> int:
        """The region with the effect."""
        return 2 if self.unequal else 0


COLUMNS = {
    "independent": Kind(),
    "neighbours share 2.5": Kind(near=2.5),
    "shared 1.5, differ 1": Kind(near=1.5, differ=1.0),
}
CHANGES: dict[str, dict[str, object]] = {
    "": {},
    "2 participants": {"participants": 2},
    "3 participants": {"participants": 3},
    "5 participants": {"participants": 5},
    "12 participants": {"participants": 12},
    "1 shaft": {"shafts": 1},
    "3 shafts": {"shafts": 3},
    "20 shafts": {"shafts": 20},
    "shafts in one region each": {"crosses": False},
    "sources as long as shafts": {"run": 12},
    "4 of 12 regions each": {"covers": 4},
    "one participant ten times as large": {"huge": 10, "shafts": 6},
    "3 of 7 without a site": {"silent": 3},
    "rate 2 %": {"base": -4.2},
    "rate 40 %": {"base": -0.4},
    "regions of unequal size": {"unequal": True},
    "30 regions": {"regions": 30},
    "grids of 8 x 8": {"grid": True, "contacts": 64, "shafts": 2},
    "participants differ, sd 2": {"differ": 2.0},
}


def kinds() -> dict[str, Kind]:
    """Every column with every change."""
    return {f"{column}; {change}".rstrip("; "): replace(kind, **values)  # type: ignore[arg-type]
            for change, values in CHANGES.items() for column, kind in COLUMNS.items()}  # fmt: skip


def drawn(kind: Kind, rng: np.random.Generator, n: int) -> tuple[Nested, np.ndarray]:
    """A layout of electrodes, without sites, and the sites of n groups that have it, (n, n_electrodes) bool."""
    weights = 1 / np.arange(1, kind.regions + 1) if kind.unequal else np.ones(kind.regions)
    owner, shaft, region = [], [], []
    for person in range(kind.participants):
        there = rng.choice(kind.regions, kind.covers or kind.regions, replace=False)
        share = weights[there] / weights[there].sum()
        for _ in range(kind.shafts * (kind.huge if person == 0 else 1)):
            region.append(_regions(kind, rng, there, share))
            owner.append(np.full(kind.contacts, person))
            shaft.append(np.full(kind.contacts, len(shaft)))
    names = np.unique(np.concatenate(region))
    layout = Nested(np.concatenate(owner), np.concatenate(shaft), np.searchsorted(names, np.concatenate(region)),
                    np.zeros(sum(map(len, owner)), bool), tuple(map(str, names)),
                    tuple(map(str, range(kind.participants))))  # fmt: skip
    return layout, rng.random((n, len(layout.hit))) < rates(kind, layout, rng, n)


def rates(kind: Kind, layout: Nested, rng: np.random.Generator, n: int) -> np.ndarray:
    """The chance of each electrode to be a site, in n groups of a layout, (n, n_electrodes)."""
    eta = kind.base + kind.person * rng.standard_normal((n, kind.participants))[:, layout.participant]
    eta += kind.near * _sources(kind, layout, rng, n)
    own = rng.standard_normal((n, kind.participants, len(layout.regions)))
    eta += kind.differ * own[:, layout.participant, layout.region]
    eta += kind.effect * (np.asarray(layout.regions)[layout.region] == str(kind.planted))
    return np.where(layout.participant < kind.silent, 0, 1 / (1 + np.exp(-eta)))


def _regions(kind: Kind, rng: np.random.Generator, there: np.ndarray, share: np.ndarray) -> np.ndarray:
    if kind.grid:
        side = int(np.sqrt(kind.contacts))
        row, column = np.divmod(np.arange(kind.contacts), side)
        return rng.choice(there, 4, p=share)[2 * (row >= side // 2) + (column >= side // 2)]
    crossed = rng.integers(2, 5) if kind.crosses else 1
    cuts = np.sort(rng.random(crossed - 1))
    return rng.choice(there, crossed, p=share)[np.searchsorted(cuts, (np.arange(kind.contacts) + 0.5) / kind.contacts)]


def _sources(kind: Kind, layout: Nested, rng: np.random.Generator, n: int) -> np.ndarray:
    along = np.arange(len(layout.shaft)) % kind.contacts
    if kind.grid:
        side = int(np.sqrt(kind.contacts))
        row, column = np.divmod(along, side)
        patch = row // kind.run * side + column // kind.run
    else:
        offset = rng.integers(0, kind.run, layout.shaft[-1] + 1) if kind.run < kind.contacts else 0 * layout.shaft
        patch = (along + offset[layout.shaft]) // kind.run
    _, source = np.unique(layout.shaft * kind.contacts + patch, return_inverse=True)
    made: np.ndarray = rng.standard_normal((n, source.max() + 1))[:, source]
    return made
