"""Several random twins of one network: each on its own, and their average."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bids_vlint.encoding.fit import ELECTRODES_PER_BLOCK, Design, Result, fit_everywhere, join
from bids_vlint.encoding.network import Network, average_label
from bids_vlint.encoding.score import percentiles

# The average's layer where each twin has its own; its penalty is NaN.
NO_LAYER = "n/a"
# Most that the sums of resampled r may take; where they take more, electrodes are fitted in groups.
RESAMPLED_BYTES = 2**29


def fit_twins(twins: Sequence[Network], design: Design) -> dict[str, Result]:
    """Fit every twin of a network, and average them.

    The resamples are shared by all networks: the resampled r of the average is the mean over twins of theirs, resample
    by resample, and its interval are the percentiles of that.

    Parameters
    ----------
    twins : sequence of Network
        Untrained networks of one name, each with its `twin`.
    design : Design

    Returns
    -------
    label -> Result
        NAME-random, the average, first; then NAME-random-1, ...
    """
    groups = [_fit_group(twins, design, electrodes) for electrodes in _groups(design)]
    labels = [average_label(twins[0].name), *(twin.label for twin in twins)]
    return dict(zip(labels, (join(parts) for parts in zip(*groups))))


def _groups(design: Design) -> Iterator[np.ndarray]:
    """Electrodes whose resampled r fit into memory; whole blocks, so that the numbers are those of all at once."""
    n_electrodes, n_lags = design.data.shape[1:]
    row = 4 * n_lags * len(design.counts[0])
    width = ELECTRODES_PER_BLOCK * max(1, RESAMPLED_BYTES // (row * ELECTRODES_PER_BLOCK))
    return (np.arange(k, min(k + width, n_electrodes)) for k in range(0, n_electrodes, width))


def _fit_group(twins: Sequence[Network], design: Design, electrodes: np.ndarray) -> list[Result]:
    resampled = np.zeros((len(electrodes) * design.data.shape[2], len(design.counts[0])), np.float32)
    results = [fit_everywhere(twin.layers, design, electrodes, resampled) for twin in twins]
    return [_average(results, resampled), *results]


def _average(results: Sequence[Result], resampled: np.ndarray) -> Result:
    """Mean scores and contributions, the interval from the sums of resampled r (which are written over)."""
    resampled /= len(results)
    r = _mean([result.r for result in results])
    low, high = (limit.reshape(r.shape) for limit in percentiles(resampled))
    return Result(
        r=r,
        low=low,
        high=high,
        penalty=np.full_like(r, np.nan),
        validation=_mean([result.validation for result in results]),
        contributions=_mean([result.contributions for result in results]),
        layer=np.full(len(r), NO_LAYER, dtype=object),
    )


def _mean(arrays: Sequence[np.ndarray]) -> np.ndarray:
    mean: np.ndarray = np.mean(arrays, axis=0, dtype=np.float64).astype(arrays[0].dtype)
    return mean
