"""Layers of several networks joined in one regression, with a penalty for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from bids_vlint.encoding.choice import Candidate
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.moments import Moments
from bids_vlint.encoding.ridge import Factorisation, band_moments, factorise_mixtures, operator_bytes
from bids_vlint.encoding.slow import without_slow_part

# Weights of the bands: penalties that differ by a factor of ten either way, and none. More mixtures choose better and
# cost as many fits.
MIXTURES = ((1.0, 1.0), (1.0, 10**-0.5), (10**-0.5, 1.0))
# A small first band (30 columns of low-level features) beside a wide second one needs the lesser penalty.
FIRST_FREER = ((1.0, 1.0), (1.0, 10**-0.5), (1.0, 0.1))

Read = Callable[[], np.ndarray]  # (n_events, n_features)


def layer_candidate(name: str, read: Read, design: Design, *, whole: bool = False) -> Candidate:
    """A layer on its own; `whole`: it is not cut to the design's width."""
    (only,) = joined_candidates(name, [read], [(1.0,)], design, n_whole=int(whole))
    return only


def joined_candidates(
    name: str, bands: Sequence[Read], weights: Sequence[tuple[float, ...]], design: Design, *, n_whole: int = 0
) -> list[Candidate]:
    """Joined layers, a candidate for each mixture of their weights; all have one name.

    The first `n_whole` bands are not cut to the design's width: low-level features that were cut would leave a network
    to explain what they lost.

    As many mixtures as there is room for are factorised together, and kept for when they are wanted, or wanted again.
    """
    shared = object() if len(weights) > 1 else None
    kept: dict[int, Factorisation] = {}

    def factors(number: int) -> Factorisation:
        if number in kept:
            return kept[number]
        sums = design.room.moments(shared, partial(_sums, bands, n_whole, design))
        together = max(1, design.room.left // operator_bytes(sums))
        some = [k for k in range(number, len(weights)) if k not in kept][:together]
        made = factorise_mixtures(sums, [weights[k] for k in some], threads=design.threads)
        for k, layer in zip(some, made):
            if design.room.take(layer.nbytes, partial(kept.pop, k)):
                kept[k] = layer
        return made[0]

    return [Candidate(name, partial(factors, k)) for k in range(len(weights))]


def _sums(bands: Sequence[Read], n_whole: int, design: Design) -> Moments:
    widths = [None if k < n_whole else design.width for k in range(len(bands))]
    features = [without_slow_part(read(), design.slow) for read in bands]
    return band_moments(features, design.folds, widths, design.on)
