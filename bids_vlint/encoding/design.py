"""What all networks of one fit and alignment share: folds, blocks, the bins that count, and the shifts of the null."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from array_api_compat import array_namespace, device

from bids_vlint.encoding.arrays import Array, OnDevice, in_memory, index_of
from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.moments import Moments
from bids_vlint.encoding.shift import Shifts, shifted
from bids_vlint.signals.responses import Responses

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Bytes of the responses of one block of columns: fixed, so that results do not depend on processors or memory.
BLOCK_BYTES = 2**24
# A card is kept busy by larger ones.
CARD_BLOCK_BYTES = 2**28
# Bytes of factors that are kept until they are wanted again: of all models, and of those that are just in work.
KEPT_BYTES, PASSING_BYTES = 2**28, 2**29


@dataclass(frozen=True)
class Columns:
    """Electrodes (n,) with their replicates (n,): 0 as recorded, k the k-th shift."""

    electrode: np.ndarray
    replicate: np.ndarray


@dataclass
class Room:
    """Memory for what is wanted again: operators, for good or while some models are in work, and the sums of the bands
    that were joined last, from which each of their mixtures is made."""

    left: int = field(default_factory=lambda: KEPT_BYTES)
    _latest: tuple[object, Moments] | None = None
    _passing: list[Callable[[], object]] | None = None

    def take(self, n_bytes: int, drop: Callable[[], object]) -> bool:
        """Whether there was room; what is kept while it passes is dropped by the callable."""
        fits = n_bytes <= self.left
        self.left -= n_bytes if fits else 0
        if fits and self._passing is not None:
            self._passing.append(drop)
        return fits

    @contextmanager
    def passing(self) -> Iterator[None]:
        """What is taken meanwhile is given back in the end, and there is room of its own for it."""
        before, self.left, self._passing = self.left, PASSING_BYTES, []
        try:
            yield
        finally:
            for drop in self._passing:
                drop()
            self.left, self._passing = before, None

    def moments(self, shared: object | None, make: Callable[[], Moments]) -> Moments:
        """Sums of bands, made now, or for the mixture of the same bands before; None: none but this needs them."""
        if shared is not None and self._latest is not None and self._latest[0] is shared:
            return self._latest[1]
        self._latest = None  # before others are made
        made = make()
        if shared is not None:
            self._latest = (shared, made)
        return made


@dataclass(frozen=True)
class Design:
    """What all networks of an alignment share.

    Attributes
    ----------
    responses : Responses
    folds : tuple of Fold
    blocks : Blocks
    counted : (n_lags,) bool
        The bins that are encoded, without overlap: choices are made by them, and those that count are among them.
    counts : list of (n_resamples, n_half), one per fold and half
        Resamples of the blocks, for the intervals.
    shifts : Shifts | None
    places : list of (events, steps of the track for the encoded bins), one per run
    width : int | None
        Features are cut to this many principal components.
    threads : int
    by_bin : bool
        Whether block sums are kept for every encoded bin, too.
    slow : (n_events, n_events) sparse | None
        Takes features to what the responses' high-pass takes out (`slow.slow_part`).
    on : callable
        Takes arrays to where regressions are computed (`arrays.on_device`).
    room : Room
    """

    responses: Responses
    folds: tuple[Fold, ...]
    blocks: Blocks
    counted: np.ndarray
    counts: list[np.ndarray]
    shifts: Shifts | None
    places: list[tuple[np.ndarray, np.ndarray]]
    width: int | None
    threads: int
    by_bin: bool = False
    slow: csr_matrix | None = None
    on: OnDevice = in_memory
    room: Room = field(default_factory=Room)

    @property
    def n_replicates(self) -> int:
        """The responses as recorded, and their shifts."""
        return 1 + (self.shifts.n if self.shifts is not None else 0)

    @property
    def n_electrodes(self) -> int:
        """Electrodes of the responses."""
        return int(self.responses.data.shape[1])

    @property
    def n_bins(self) -> int:
        """Bins that are encoded."""
        return int(self.counted.sum())

    @property
    def shape(self) -> tuple[int, int, int]:
        """(2, n_electrodes, n_replicates): what is chosen for the test of each half."""
        return 2, self.n_electrodes, self.n_replicates

    @property
    def share(self) -> float:
        """The share of one half of one fold in a mean over all."""
        return 1 / (2 * len(self.folds))

    @cached_property
    def recorded(self) -> Array:
        """The responses' data, where regressions are computed."""
        return self.on(self.responses.data)

    @cached_property
    def _moving(self) -> tuple[list[Array], list[tuple[np.ndarray, Array]]]:
        """The tracks' data and the steps of `places`, there."""
        tracks = [self.on(track.data) for track in self.responses.tracks]
        return tracks, [(own, self.on(at)) for own, at in self.places]

    @property
    def block_bytes(self) -> int:
        """Bytes of the responses of one block of columns."""
        return BLOCK_BYTES if self.on is in_memory else CARD_BLOCK_BYTES

    def tasks(self, wanted: np.ndarray | None = None) -> list[Columns]:
        """Blocks of columns, those of an electrode together; `wanted` (n_electrodes, n_replicates) bool, None: all."""
        if wanted is None:
            wanted = np.ones(self.shape[1:], bool)
        electrode, replicate = np.nonzero(wanted)
        step = max(1, self.block_bytes // (4 * len(self.responses.data) * self.n_bins))
        starts = range(0, len(electrode), step)
        return [Columns(electrode[k : k + step], replicate[k : k + step]) for k in starts]

    def targets(self, columns: Columns) -> Array:
        """Responses in the encoded bins, (n_events, n_columns, n_bins) float32."""
        data = self.recorded
        xp = array_namespace(data)
        shape = (data.shape[0], len(columns.electrode), self.n_bins)
        out = xp.empty(shape, dtype=xp.float32, device=device(data))
        bins = index_of(np.flatnonzero(self.counted), data)
        for k in np.flatnonzero(columns.replicate == 0).tolist():
            out[:, k, :] = data[:, int(columns.electrode[k]), :][:, bins]
        moved = np.flatnonzero(columns.replicate > 0)
        if len(moved):
            assert self.shifts is not None
            tracks, places = self._moving
            shifted(tracks, places, self.shifts, columns.electrode[moved], columns.replicate[moved] - 1, out, moved)
        return out
