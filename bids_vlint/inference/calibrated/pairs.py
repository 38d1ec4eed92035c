"""Paired comparison of two sides at each electrode: the t statistic of block sums, as recorded and shifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.stats import block_t, standard_error

Side = np.ndarray  # (2, n_electrodes, n_replicates) int: the model that stands for a side in the test of each half


@dataclass(frozen=True)
class Paired:
    """A comparison's block sums.

    Attributes
    ----------
    sums : (n_blocks, n_electrodes, n_replicates) float32
        Each block's contribution to the difference of mean held-out r.
    """

    sums: np.ndarray

    @property
    def diff(self) -> np.ndarray:
        """Difference of mean held-out r, (n_electrodes, n_replicates)."""
        total: np.ndarray = self.sums.sum(0, dtype=np.float64)
        return total

    @property
    def error(self) -> np.ndarray:
        """Standard error of the difference, blocks taken as independent, (n_electrodes, n_replicates)."""
        return standard_error(self.sums)

    @property
    def t(self) -> np.ndarray:
        """The difference over its standard error; 0 where the sides are the same everywhere."""
        return block_t(self.sums)

    def t_above(self, least: float) -> np.ndarray:
        """t whose first replicate, the responses as recorded, is of the difference less `least` (in r); where the sides
        are the same everywhere it is 0, too."""
        t = self.t
        known = t[:, 0] != 0
        t[known, 0] -= least / self.error[known, 0]
        return t


def best_of(encoded: Encoded, labels: Sequence[str]) -> Side | None:
    """The model of the highest score among some, for each tested half; None where there is none of them."""
    known = [encoded.scores.models.index(label) for label in labels if label in encoded.scores.models]
    return np.array(known)[encoded.score[known].argmax(0)] if known else None


def paired(encoded: Encoded, model: Side, baseline: Side) -> Paired:
    """The block sums of one side less those of the other."""
    sums = np.empty(encoded.sums.shape[1:], np.float32)
    for half in (0, 1):
        rows = np.flatnonzero(encoded.blocks.half == half)
        sums[rows] = _take(encoded.sums[:, rows], model[half]) - _take(encoded.sums[:, rows], baseline[half])
    return Paired(sums)


def _take(sums: np.ndarray, side: np.ndarray) -> np.ndarray:
    return np.take_along_axis(sums, side[None, None], axis=0)[0]
