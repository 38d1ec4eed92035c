"""Layers of several networks joined in one regression, with a penalty for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from bids_vlint.encoding.choice import Candidate
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.moments import Moments
from bids_vlint.encoding.ridge import Factorisation, band_moments, factorise
from bids_vlint.encoding.slow import without_slow_part

# Weights of the bands: penalties that differ by a factor of ten either way, and none. More mixtures choose better and
# cost as many fits.
MIXTURES = ((1.0, 1.0), (1.0, 10**-0.5), (10**-0.5, 1.0))
# A small first band (30 columns of low-level features) beside a wide second one needs the lesser penalty.
FIRST_FREER = ((1.0, 1.0), (1.0, 10**-0.5), (1.0, 0.1))

Read = Callable[[], np.ndarray]  # (n_events, n_features)


def layer_candidate(name: str, read: Read, design: Design, *, whole: bool = False) -> Candidate:
    """A layer on its own; `whole`: it is not cut to the design's width."""
    return Candidate(name, _kept(partial(_factorise, (read,), (1.0,), int(whole), design, None), design))


def joined_candidates(
    name: str, bands: Sequence[Read], weights: Sequence[tuple[float, ...]], design: Design, *, n_whole: int = 0
) -> list[Candidate]:
    """Joined layers, a candidate for each mixture of their weights; all have one name.

    The first `n_whole` bands are not cut to the design's width: low-level features that were cut would leave a network
    to explain what they lost.
    """
    shared = object()
    makes = (partial(_factorise, tuple(bands), mixture, n_whole, design, shared) for mixture in weights)
    return [Candidate(name, _kept(make, design)) for make in makes]


def _factorise(
    bands: Sequence[Read], weights: Sequence[float], n_whole: int, design: Design, shared: object | None
) -> Factorisation:
    def sums() -> Moments:
        widths = [None if k < n_whole else design.width for k in range(len(bands))]
        features = [without_slow_part(read(), design.slow) for read in bands]
        return band_moments(features, design.folds, widths, design.on)

    return factorise(design.room.moments(shared, sums), weights, threads=design.threads)


def _kept(make: Callable[[], Factorisation], design: Design) -> Callable[[], Factorisation]:
    """Keep a layer's factors for the second time that they are wanted, as long as there is room for them."""
    mine: list[Factorisation] = []

    def factors() -> Factorisation:
        if mine:
            return mine[0]
        layer = make()
        if design.room.take(layer.nbytes, mine.clear):
            mine.append(layer)
        return layer

    return factors
