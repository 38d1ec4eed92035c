"""Every test of a region against the rest of the brain that was tried: one-sided p, (n_regions,), 1 where none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
from scipy import stats

from benchmarks.regions.mixed import intercepts, with_slopes
from bids_vlint.nested.arrangements import arranged_counts, arrangements
from bids_vlint.nested.contrast import moderated as moderate
from bids_vlint.nested.contrast import summed
from bids_vlint.nested.electrodes import Cells, Nested
from bids_vlint.nested.rest_of_brain import PER_REGION, SEED, against_rest

N = 480  # arrangements, 40 for each of 12 regions
_DRAWS = 200


def _full(cells: Cells, values: np.ndarray) -> np.ndarray:
    """(participants, regions), 0 where there is no cell."""
    out = np.zeros((cells.n_participants, cells.n_regions))
    out[cells.participant, cells.region] = values
    return out


def fisher(electrodes: Nested) -> np.ndarray:
    """Fisher's test of all electrodes as if they were independent."""
    cells = electrodes.cells
    n, k = cells.over_regions(cells.n), cells.over_regions(cells.k)
    return stats.hypergeom.sf(k - 1, n.sum(), k.sum(), n)


def _excess(electrodes: Nested, arranged: Nested) -> np.ndarray:
    cells = electrodes.cells
    null = cells.over_regions(arranged_counts(arranged, arrangements(arranged, N, 0)).T.astype(float))
    return (1 + (null >= cells.over_regions(cells.k) - 1e-9).sum(0)) / (1 + N)


def contacts(electrodes: Nested) -> np.ndarray:
    """Contacts permuted within participants."""
    return _excess(electrodes, replace(electrodes, shaft=np.arange(len(electrodes.shaft))))


def shafts(electrodes: Nested) -> np.ndarray:
    """Whole shafts permuted, turned and rolled within participants."""
    return _excess(electrodes, electrodes)


def _differences(electrodes: Nested) -> np.ndarray:
    """Proportion in the region less that outside, (participants, regions)."""
    cells = electrodes.cells
    n, k = _full(cells, cells.n), _full(cells, cells.k)
    rest = n.sum(1, keepdims=True) - n
    with np.errstate(all="ignore"):
        return np.where((n > 0) & (rest > 0), k / n - (k.sum(1, keepdims=True) - k) / rest, np.nan)


def participants(electrodes: Nested) -> np.ndarray:
    """t over participants."""
    d = _differences(electrodes)
    n = (~np.isnan(d)).sum(0)
    with np.errstate(all="ignore"):
        t = np.nansum(d, 0) / n / np.sqrt(np.nansum((d - np.nansum(d, 0) / n) ** 2, 0) / (n - 1) / n)
    return np.nan_to_num(stats.t.sf(t, n - 1), nan=1)


def flips(electrodes: Nested) -> np.ndarray:
    """Signs of participants' differences flipped, all ways."""
    d = np.nan_to_num(_differences(electrodes))
    signs = np.array(list(product((1, -1), repeat=min(len(d), 12))))
    return ((signs @ d[:12]) >= d[:12].sum(0) - 1e-9).mean(0)


def both(electrodes: Nested) -> np.ndarray:
    """Shafts permuted, and t over participants: the larger p."""
    return np.maximum(shafts(electrodes), participants(electrodes))


def bootstrap(electrodes: Nested) -> np.ndarray:
    """Hierarchical bootstrap of participants, then of their shafts: share of draws where the region is not above."""
    rng = np.random.default_rng(0)
    owner = electrodes.participant[np.unique(electrodes.shaft, return_index=True)[1]]
    n, k = np.zeros((2, len(owner), len(electrodes.regions)))
    np.add.at(n, (electrodes.shaft, electrodes.region), 1)
    np.add.at(k, (electrodes.shaft, electrodes.region), electrodes.hit)
    people = len(electrodes.participants)
    weight = np.zeros((_DRAWS, len(owner)))
    for draw in range(_DRAWS):
        for person, times in enumerate(rng.multinomial(people, np.full(people, 1 / people))):
            own = np.flatnonzero(owner == person)
            weight[draw, own] = rng.multinomial(times * len(own), np.full(len(own), 1 / len(own)))
    n, k = weight @ n, weight @ k
    rest = n.sum(1, keepdims=True) - n
    with np.errstate(all="ignore"):
        d = k / n - (k.sum(1, keepdims=True) - k) / rest
    return (1 + (~(d > 0)).sum(0)) / (1 + _DRAWS)


def quasi_binomial(electrodes: Nested) -> np.ndarray:
    """Contrasts with one overdispersion and participants' variance over all regions; normal tail."""
    return _by_t(electrodes, pooled=True)


def moderated(electrodes: Nested) -> np.ndarray:
    """Moderated t by its degrees of freedom, without arrangements."""
    return _by_t(electrodes, pooled=False)


def _by_t(electrodes: Nested, *, pooled: bool) -> np.ndarray:
    cells = replace(electrodes.cells, k=electrodes.cells.k[:, None])
    of = summed(cells)[1]
    if not pooled:
        return np.nan_to_num(moderate(of).p[:, 0], nan=1)
    with np.errstate(all="ignore"):
        df = np.maximum(of.count - 1, 0).sum()
        common = np.nansum(of.square - of.score**2 / of.information) / df
        p = stats.norm.sf(of.score / np.sqrt(common * of.information))[:, 0]
    return np.nan_to_num(p, nan=1)


def ours(electrodes: Nested) -> np.ndarray:
    """Moderated t against arrangements of the shafts: what the program does."""
    n = PER_REGION * len(electrodes.regions)
    return np.nan_to_num(against_rest(electrodes, arrangements(electrodes, n, SEED), level=-1).p, nan=1)


OURS = "the same against arrangements of shafts (the program's)"
METHODS: dict[str, Callable[[Nested], np.ndarray]] = {
    "pooled Fisher": fisher,
    "contacts permuted within participants": contacts,
    "whole shafts permuted within participants": shafts,
    "participant-level t": participants,
    "signs of participants flipped": flips,
    "shafts permuted, and participant-level t": both,
    "hierarchical bootstrap": bootstrap,
    "contrasts with pooled variances, normal tail": quasi_binomial,
    "contrasts with moderated variances, t tail": moderated,
    OURS: ours,
    "mixed model, random intercepts": intercepts,
    "mixed model, random intercepts and slopes": with_slopes,
}
