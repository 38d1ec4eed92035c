"""Blocks of 5 s of stimulus time: what counts as one observation, because neighbouring windows share signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bids_vlint.encoding.folds import Fold

BLOCK_S = 5.0
# Fewer blocks than this, of a held-out part, of half a film or of what repeats, and a t of their sums is no t.
FEWEST_BLOCKS = 8


@dataclass(frozen=True)
class Blocks:
    """The blocks of the held-out parts.

    Attributes
    ----------
    ids : tuple over folds of pairs over halves of (n_half,) int
        The block of each held-out event, numbered through all folds and halves.
    half : (n_blocks,) int
        Which half of its fold a block lies in, 0 or 1.
    fold : (n_blocks,) int
    stimulus : (n_blocks,) str
    time : (n_blocks,) seconds
        Movie time of a block's first event.
    per_part : int
        The fewest blocks of a held-out part (both halves): those that hold events, but no more than its length holds.
    """

    ids: tuple[tuple[np.ndarray, np.ndarray], ...]
    half: np.ndarray
    fold: np.ndarray
    stimulus: np.ndarray
    time: np.ndarray
    per_part: int

    def __len__(self) -> int:
        return len(self.half)


def blocks_of(events: pd.DataFrame, folds: Sequence[Fold]) -> Blocks:
    """Cut each half of each held-out part into blocks of 5 s of film; all presentations of a second share a block.

    Parameters
    ----------
    events : DataFrame
        With columns stimulus and movie_time.
    folds : sequence of Fold

    Returns
    -------
    Blocks
    """
    stimulus, time = events["stimulus"].to_numpy(str), events["movie_time"].to_numpy(float)
    ids: list[tuple[np.ndarray, np.ndarray]] = []
    rows: list[tuple[int, int, str, float]] = []
    for f, fold in enumerate(folds):
        pair = []
        for h, half in enumerate(fold.halves):
            numbers = np.empty(len(half), int)
            for name in dict.fromkeys(stimulus[half].tolist()):
                own = stimulus[half] == name
                start = time[half][own].min(initial=np.inf)
                at, inverse = np.unique(((time[half][own] - start) / BLOCK_S).astype(int), return_inverse=True)
                numbers[own] = len(rows) + inverse
                rows += [(f, h, name, start + BLOCK_S * k) for k in at]
            pair.append(numbers)
        ids.append((pair[0], pair[1]))
    fold_of, half_of, names, starts = (np.array(column) for column in zip(*rows))
    return Blocks(tuple(ids), half_of, fold_of, names, starts, _fewest(stimulus, time, folds, np.bincount(fold_of)))


def _fewest(stimulus: np.ndarray, time: np.ndarray, folds: Sequence[Fold], held: np.ndarray) -> int:
    """Blocks of the shortest held-out part; halves are cut apart, so that each may end with a piece of a block."""
    lengths = []
    for fold in folds:
        rows = np.concatenate(fold.halves)
        own = [time[rows][stimulus[rows] == name] for name in np.unique(stimulus[rows])]
        lengths.append(sum(int(np.ceil((t.max() - t.min() + 1e-9) / BLOCK_S)) for t in own))
    return int(np.minimum(lengths, held).min())
