"""How large a difference is beside what networks reach at all: as a share of the best network's r.

With hours of film a difference of 0.002 in r can be significant where the best network reaches 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.network_features import NetworkFeatures, trained_labels
from bids_vlint.inference.calibrated.pairs import best_of
from bids_vlint.inference.correction import significant
from bids_vlint.networks.specification import COMPARED

# Of less than this nothing is a share: it is noise, and so is what it is divided by.
LEAST_R = 0.02


def reached_sums(encoded: Encoded, networks: Sequence[NetworkFeatures]) -> np.ndarray | None:
    """Each block's contribution to what the best trained network reaches at each electrode.

    Each half is scored with the network that does best on the other.

    Parameters
    ----------
    encoded : Encoded
    networks : sequence of NetworkFeatures

    Returns
    -------
    (n_electrodes, n_blocks) float32 | None
        None where there is no trained network.
    """
    side = best_of(encoded, trained_labels(networks, set(COMPARED)))
    if side is None:
        return None
    electrodes = np.arange(len(encoded.scores.channels))
    by_half = [encoded.sums[side[half, :, 0], :, electrodes, 0] for half in (0, 1)]
    return np.where(encoded.blocks.half == 0, *by_half)


def reached_r(encoded: Encoded, networks: Sequence[NetworkFeatures]) -> np.ndarray:
    """The held-out r that the best trained network reaches at each electrode, on the scale of the tests' differences.

    Parameters
    ----------
    encoded : Encoded
    networks : sequence of NetworkFeatures

    Returns
    -------
    (n_electrodes,) float64
        To six digits; NaN where there is no trained network.
    """
    sums = reached_sums(encoded, networks)
    if sums is None:
        return np.full(len(encoded.scores.channels), np.nan)
    total = np.zeros(len(sums))
    for half in (0, 1):
        total += sums[:, np.flatnonzero(encoded.blocks.half == half)].sum(1, dtype=np.float64)
    return np.array([significant(r) for r in total])  # as written, so that shares are the same when it is read again


def share_of(diff: ArrayLike, r: ArrayLike) -> np.ndarray:
    """Differences as shares of the best network's r; NaN where that is below 0.02.

    Examples
    --------
    >>> share_of(np.array([0.012, 0.012, 0.012]), np.array([0.2, 0.01, np.nan]))
    array([0.06,  nan,  nan])
    """
    of, whole = (np.asarray(x, float) for x in (diff, r))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: np.ndarray = np.where(whole >= LEAST_R, of / whole, np.nan)
    return shares
