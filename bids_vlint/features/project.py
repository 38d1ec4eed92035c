"""Wide layers are projected to the Johnson-Lindenstrauss size, as published; narrower ones stay as they are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from bids_vlint.features.network import seed_of

N_EVENTS = 6000


def target_size(n_events: int = N_EVENTS) -> int:
    """Width that keeps the distances between `n_events` points within a tenth: 857 ln n.

    The events of a feature-length film, whatever the stimulus: films of one fit must have features of one width.
    """
    from sklearn.random_projection import johnson_lindenstrauss_min_dim

    return int(johnson_lindenstrauss_min_dim(n_events, eps=0.1))


def project(data: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Flatten a layer and project it to `size` features where it has more.

    Parameters
    ----------
    data : (n_items, ...) float32
    size : int
        From `target_size`.
    seed : int
        The matrix depends on it and on the two widths alone, so trained and random networks share it.

    Returns
    -------
    (n_items, n_features) float32, n_features at most `size`
    """
    flat = data.reshape(len(data), -1)
    if flat.shape[1] <= size:
        return flat
    return np.ascontiguousarray((_matrix(flat.shape[1], size, seed) @ flat.T).T)


@lru_cache(maxsize=16)
def _matrix(width: int, size: int, seed: int) -> Any:
    """Draw the matrix, (size, width) float32 in sparse rows."""
    from sklearn.random_projection import SparseRandomProjection

    projection = SparseRandomProjection(size, random_state=seed_of(f"{seed}/projection/{width}/{size}"))
    return projection.fit(np.zeros((1, width), dtype=np.float32)).components_.astype(np.float32)
