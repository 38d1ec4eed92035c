"""Wide layers are projected to the Johnson-Lindenstrauss size, as published; narrower ones stay as they are."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from bids_vlint.networks.network import seed_of

_N_EVENTS = 6000
_DISTORTION = 0.1  # of distances
# A batch's values of so many features stay in a processor's cache: a quarter of the time of all of them at once.
_COLUMNS = 8192


def target_size(n_events: int = _N_EVENTS) -> int:
    """Width that keeps the distances between `n_events` points within a tenth: 857 ln n (Johnson-Lindenstrauss).

    The events of a feature-length film, whatever the stimulus: films of one fit must have features of one width.
    """
    return int(4 * np.log(n_events) / (_DISTORTION**2 / 2 - _DISTORTION**3 / 3))


def project_layer(data: Any, size: int, seed: int, *, width: int | None = None) -> np.ndarray:
    """Flatten a layer and project it to `size` features where it has more.

    Parameters
    ----------
    data : tensor (n_items, ...) on any device
    size : int
        From `target_size`.
    seed : int
        The matrix depends on it and on the two widths alone, so trained and random networks share it.
    width : int | None
        Number of features that the flattened items count as having: those that are missing at the end are zero.

    Returns
    -------
    (n_items, n_features) float32, n_features at most `size`
    """
    import torch

    flat = data.float().reshape(len(data), -1)
    width = width or flat.shape[1]
    if flat.device.type not in ("cpu", "cuda"):  # elsewhere torch has no sparse products
        flat = flat.cpu()
    if flat.shape[1] < width:
        flat = torch.nn.functional.pad(flat, (0, width - flat.shape[1]))
    if width > size:
        columns, total = flat.T.contiguous(), torch.zeros((size, len(flat)), device=flat.device)
        for first, block in _blocks(width, size, seed, str(flat.device)):
            total.addmm_(block, columns[first : first + _COLUMNS])
        flat = total.T
    return np.ascontiguousarray(flat.cpu().numpy())


@lru_cache(maxsize=16)
def _blocks(width: int, size: int, seed: int, device: str) -> list[tuple[int, Any]]:
    """Return the matrix (size, width) as sparse tensors in compressed rows, each of some columns, with the first."""
    matrix = sparse_random_matrix(size, width, np.random.default_rng(seed_of(f"{seed}/projection/{width}/{size}")))
    by_column = matrix.tocsc()
    return [(first, _compressed(by_column[:, first : first + _COLUMNS].tocsr(), device))
            for first in range(0, width, _COLUMNS)]  # fmt: skip


def _compressed(matrix: Any, device: str) -> Any:
    import torch

    rows, columns, values = (torch.from_numpy(a) for a in (matrix.indptr, matrix.indices, matrix.data))
    with warnings.catch_warnings():  # torch calls compressed rows a beta
        warnings.filterwarnings("ignore", message="Sparse")
        return torch.sparse_csr_tensor(rows, columns, values, matrix.shape, device=device, check_invariants=True)


def sparse_random_matrix(n_components: int, n_features: int, rng: np.random.Generator) -> Any:
    """Draw the matrix of `sklearn.random_projection.SparseRandomProjection` at its automatic density.

    Each entry is ±sqrt(sqrt(n_features) / n_components) with probability 1 / sqrt(n_features) in all, else 0 (Li,
    Hastie and Church 2006, KDD). scikit-learn draws row by row, which takes longer than running a network over a
    thousand frames; here the gaps between the entries that are not 0 are drawn, which are geometric.

    Returns
    -------
    scipy.sparse.csr_matrix (n_components, n_features) float32
    """
    from scipy.sparse import csr_matrix

    density, cells = n_features**-0.5, n_components * n_features
    most = int(cells * density + 10 * (cells * density) ** 0.5) + 10
    at = np.cumsum(rng.geometric(density, most)) - 1
    at = at[at < cells]
    rows, columns = np.divmod(at, n_features)
    value = np.float32((density * n_components) ** -0.5)
    data = np.where(rng.integers(0, 2, len(at), dtype=np.int8), value, -value).astype(np.float32)
    indptr = np.searchsorted(rows, np.arange(n_components + 1))
    return csr_matrix((data, columns.astype(np.int32), indptr.astype(np.int32)), shape=(n_components, n_features))
