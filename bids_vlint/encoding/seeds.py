"""Several random twins of one network: each on its own, and their average."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bids_vlint.encoding.choice import Candidate, Choice
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.prediction import HeldOut, held_out
from bids_vlint.encoding.stats import interval

# The average's layer where each twin has its own; its penalty is NaN.
NO_LAYER = "n/a"


def twins_held_out(
    twins: Sequence[tuple[Sequence[Candidate], Choice]], weights: np.ndarray, design: Design
) -> list[HeldOut]:
    """Held-out results of the average of several random twins of a network, and of each.

    The resamples are shared by all networks: the resampled r of the average is the mean over twins of theirs, resample
    by resample, and its interval are the percentiles of that. Its block sums are the means of theirs.

    Parameters
    ----------
    twins : sequence of (candidates, Choice)
    weights : (2, n_electrodes, n_replicates, n_bins)
    design : Design

    Returns
    -------
    list of HeldOut
        The average first.
    """
    n_targets = design.n_electrodes * len(design.responses.lags)
    resampled = np.zeros((n_targets, len(design.counts[0])), np.float32)
    results = [held_out(candidates, choice, weights, design, resampled) for candidates, choice in twins]
    r = _mean([result.r for result in results])
    low, high = (limit.reshape(r.shape) for limit in interval(resampled / np.float32(len(results)), axis=1))
    kept = [result.by_bin for result in results if result.by_bin is not None]
    sums = _mean([result.sums for result in results])
    return [HeldOut(r, low, high, sums, _mean(kept) if kept else None), *results]


def _mean(arrays: Sequence[np.ndarray]) -> np.ndarray:
    mean: np.ndarray = np.mean(arrays, axis=0, dtype=np.float64).astype(arrays[0].dtype)
    return mean
