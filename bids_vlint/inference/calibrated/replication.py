"""Whether a site shows in the first and in the second half of the film.

A site replicates where the difference is positive in both halves and each half's one-sided p is below 0.05. With two
exact and independent tests, 0.25 % of electrodes without an effect would. The halves share training events (their t
correlate by 0.4 under shifts), and each half's test is a cautious one (2 % below 0.05): measured, 0.2 to 0.4 % do (kind
a of benchmarks/calibration). It is a check of a site's stability in time and not a second study.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bids_vlint.encoding.blocks import FEWEST_BLOCKS
from bids_vlint.encoding.stats import block_t
from bids_vlint.inference.correction import LEVEL


@dataclass(frozen=True)
class Replication:
    """Each half's evidence; rows are the first and the second half of the film.

    Attributes
    ----------
    diff : (2, n_electrodes)
        On the scale of the whole: what the sums would add up to if all blocks were like the half's.
    t, p : (2, n_electrodes)
        NaN where a half has fewer than 8 blocks.
    replicated : (n_electrodes,) object
        True, False, or None where it cannot be said.
    """

    diff: np.ndarray
    t: np.ndarray
    p: np.ndarray
    replicated: np.ndarray


def film_half(time: np.ndarray) -> np.ndarray:
    """Which half of the film each block lies in, 0 or 1: cut where as many distinct times lie before as after.

    Parameters
    ----------
    time : (n_blocks,)
        Position of a block in what was seen (seconds, films one after the other); every presentation of a second has
        the same.

    Returns
    -------
    (n_blocks,) int
    """
    distinct = np.unique(time)
    return (np.searchsorted(distinct, time) >= (len(distinct) + 1) // 2).astype(int)


def replicate(
    sums: np.ndarray,
    time: np.ndarray,
    *,
    null_sd: np.ndarray | float | None = None,
    null_mean: np.ndarray | float = 0.0,
    correction: float = 1.0,
    smallest_effect: float = 0.0,
) -> Replication:
    """Test a paired difference in each half of the film.

    Parameters
    ----------
    sums : (n_blocks, n_electrodes)
        Block sums of the paired difference.
    time : (n_blocks,)
        As in `film_half`.
    null_sd, null_mean : (n_electrodes,) or (2, n_electrodes) or float
        SD and mean of the null of t (per half where known: `block_t` of the shifted replicates' half). A mean of the
        whole film's t is given to each half as it is, which errs to the safe side; only where positive does it count.
    correction : float
        Without a null: what t is divided by, sqrt(1 + (K - 1) n_test / n_train).
    smallest_effect : float
        What the difference, on the scale of the whole, is tested against.

    Returns
    -------
    Replication
    """
    half = film_half(time)
    diff, t, p = np.full((3, 2, sums.shape[1]), np.nan)
    scale = correction if null_sd is None else null_sd
    scales = np.broadcast_to(np.asarray(scale, float), t.shape)
    means = np.broadcast_to(np.maximum(null_mean, 0.0), t.shape)
    for k in (0, 1):
        own = sums[half == k]
        if len(own) < FEWEST_BLOCKS:
            continue
        diff[k], t[k] = own.mean(0) * len(sums), block_t(own - smallest_effect / len(sums))
        with np.errstate(divide="ignore", invalid="ignore"):
            p[k] = stats.t.sf((t[k] - means[k]) / scales[k], len(own) - 1)
    p[~(scales > 0)] = np.nan
    passed = np.all((diff > smallest_effect) & (p < LEVEL), axis=0)
    known = ~np.any(np.isnan(p), axis=0)
    return Replication(diff, t, p, np.array([bool(v) if k else None for v, k in zip(passed, known)], dtype=object))
