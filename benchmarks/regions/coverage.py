"""How often the intervals of proportions and of differences to the rest hold the truth, where nothing is planted, and
in a region where something is."""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

import numpy as np

from benchmarks.regions.kinds import Kind, drawn, rates
from bids_vlint.nested.contrast import moderated, summed
from bids_vlint.nested.difference import difference_to_rest
from bids_vlint.nested.electrodes import Cells, Nested
from bids_vlint.nested.proportion import proportions
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS

_LAYOUTS, _EACH = 25, 40  # that the true rate is the mean of


def coverage(name: str, kind: Kind, n: int) -> dict[str, object]:
    """Shares of intervals that hold the truth: the rate of all such groups; no difference to the rest."""
    rng = np.random.default_rng(crc32(name.encode()))
    truth = np.mean([rates(kind, drawn(kind, rng, 1)[0], rng, _EACH).mean() for _ in range(_LAYOUTS)])
    share, difference = [], []
    for _ in range(n):
        layout, hit = drawn(kind, rng, 1)
        cells = replace(layout, hit=hit[0]).cells
        found = proportions(cells)
        known = ~np.isnan(found.share)
        share += list(((found.low <= truth) & (truth <= found.high))[known])
        difference += list(_holds_zero(cells))
    held = [np.mean(x).round(4) if x else np.nan for x in (share, difference)]
    return {"kind": name, "groups": n, "rate": round(float(truth), 4), **dict(zip(("proportion", "difference"), held))}


def _holds_zero(cells: Cells) -> np.ndarray:
    difference, low, high = _differences(cells)
    use = (cells.participants_of >= LEAST_PARTICIPANTS) & ~np.isnan(difference)
    held: np.ndarray = ((low <= 0) & (high >= 0))[use]
    return held


def _differences(cells: Cells) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    made, sums = summed(replace(cells, k=cells.k[:, None]))
    return difference_to_rest(cells, made, sums, moderated(sums))


def planted_coverage(name: str, kind: Kind, n: int) -> dict[str, object]:
    """The shares of intervals of the planted region's proportion and difference that hold them: the mean of all such
    groups' rates there, by itself and less those of the same participants' rest, weighted by n (N - n) / N."""
    rng = np.random.default_rng(crc32(f"{name} {kind.effect}".encode()))
    expected = [_expected(kind, layout, rates(kind, layout, rng, _EACH))
                for layout in (drawn(kind, rng, 1)[0] for _ in range(_LAYOUTS))]  # fmt: skip
    truth, held = np.nanmean(expected, axis=0), []
    for _ in range(n):
        layout, hit = drawn(kind, rng, 1)
        if str(kind.planted) in layout.regions:
            own, cells = layout.regions.index(str(kind.planted)), replace(layout, hit=hit[0]).cells
            share = proportions(cells)
            ends = np.array([(share.low[own], share.high[own]), [end[own] for end in _differences(cells)[1:]]])
            held += [] if np.isnan(ends).any() else [(ends[:, 0] <= truth) & (truth <= ends[:, 1])]
    said = dict(zip(("proportion", "difference"), truth.round(4)))
    kept = dict(zip(("proportion_held", "difference_held"), np.mean(held, axis=0).round(4)))
    return {"kind": name, "effect": kind.effect, "groups": len(held), **said, **kept}


def _expected(kind: Kind, layout: Nested, chance: np.ndarray) -> tuple[float, float]:
    """Rates of the planted region, of (n_groups, n_electrodes), and less those of the rest."""
    inside, sums = np.asarray(layout.regions)[layout.region] == str(kind.planted), []
    for person in range(len(layout.participants)):
        own, rest = (np.flatnonzero((layout.participant == person) & x) for x in (inside, ~inside))
        if len(own) and len(rest):
            weight = len(own) * len(rest) / (len(own) + len(rest))
            sums.append((weight, weight * (chance[:, own].mean() - chance[:, rest].mean())))
    weight, difference = np.sum(sums, axis=0) if sums else (np.nan, np.nan)
    return float(chance[:, inside].mean()) if inside.any() else np.nan, float(difference / weight)
