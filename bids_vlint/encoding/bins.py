"""Which of the encoded bins count, and how much: also afterwards, from block sums that were kept for each of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bids_vlint.encoding.choice import Choice


def best_r(choices: Sequence[Choice]) -> np.ndarray:
    """The r of the network that does best at each electrode on the other half, in every encoded bin.

    Parameters
    ----------
    choices : sequence of Choice
        Of the trained networks.

    Returns
    -------
    (2, n_electrodes, n_replicates, n_bins) float32
    """
    best = np.stack([c.score for c in choices]).argmax(0)
    r: np.ndarray = np.take_along_axis(np.stack([c.r for c in choices]), best[None, ..., None], axis=0)[0]
    return r


def bin_weights(r: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """How much each bin weighs at each electrode: as much as the r there.

    A response that lasts a few hundred milliseconds is drowned by bins that hold none. Negative r count nothing; where
    no bin is positive all count the same.

    Parameters
    ----------
    r : (2, n_electrodes, n_replicates, n_bins)
        From `best_r`.
    counts : (n_bins,) bool
        Those that do not count weigh nothing.

    Returns
    -------
    (2, n_electrodes, n_replicates, n_bins) float32
        Mean 1 over bins.
    """
    # last digits depend on how arrays lie in memory: a part lies as the whole does
    weights = np.maximum(r if counts.all() else np.ascontiguousarray(r[..., counts]), 0)
    mean = weights.mean(-1, keepdims=True)
    weights = np.divide(weights, mean, out=np.ones_like(weights), where=mean > 1e-6)
    if counts.all():
        return weights
    out = np.zeros_like(r)
    out[..., counts] = weights * np.float32(len(counts) / counts.sum())
    return out


def weighted_sums(by_bin: np.ndarray, weights: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Block sums of the weighted mean over bins.

    Parameters
    ----------
    by_bin : (n_models, n_blocks, n_electrodes, n_replicates, n_bins) float32
        Each block's contribution to the r of every bin.
    weights : (2, n_electrodes, n_replicates, n_bins)
        From `bin_weights`.
    half : (n_blocks,) int
        Which half a block is of.

    Returns
    -------
    (n_models, n_blocks, n_electrodes, n_replicates) float32
    """
    sums = np.empty(by_bin.shape[:-1], np.float32)
    for k in (0, 1):
        own = half == k
        sums[:, own] = np.einsum("mberk,erk->mber", by_bin[:, own], weights[k] / np.float32(weights.shape[-1]))
    return sums
