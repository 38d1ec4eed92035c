"""How often the intervals of proportions and of differences to the rest hold the truth, where nothing is planted."""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

import numpy as np

from benchmarks.regions.kinds import Kind, drawn, rates
from bids_vlint.nested.contrast import moderated, summed
from bids_vlint.nested.electrodes import Cells
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
    one = replace(cells, k=cells.k[None])
    found = moderated(summed(one)[1])
    use = (cells.participants_of >= LEAST_PARTICIPANTS) & ~np.isnan(found.t[0])
    held: np.ndarray = (np.abs(found.difference[0]) <= found.half[0])[use]
    return held
