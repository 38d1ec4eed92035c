"""Where the arrays of a regression lie: numpy's in memory, or torch's on a card.

The same functions work on both, by the Python array API (2024.12); here is what that standard does not have.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array, is_torch_array, to_device

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.network import device_of

Array = Any  # of numpy, torch or another library of the standard
OnDevice = Callable[[np.ndarray], Array]  # takes an array of numpy to where regressions are computed


def in_memory(x: np.ndarray) -> Array:
    """Leave an array of numpy where it is."""
    return x


def on_device(name: str) -> OnDevice:
    """What takes arrays of numpy to a device.

    Parameters
    ----------
    name : str
        As torch names it; `cpu`: numpy. `auto`: a card where there is one, else numpy; torch is not imported on a
        machine without a card's driver. Apple's devices have no double precision: numpy.

    Raises
    ------
    InputError
        64 for a device that this machine does not have.
    """
    if name == "cpu" or (name == "auto" and not (_may_have_card() and find_spec("torch"))):
        return in_memory
    place = device_of(name)
    return in_memory if place.type in ("cpu", "mps") else as_tensors(place)


def as_tensors(place: Any) -> OnDevice:
    """What makes of arrays of numpy tensors on a device of torch's."""
    import torch

    return partial(torch.tensor, device=place)


# What drivers of NVIDIA's and AMD's cards put there, on Linux and in its place under Windows.
_DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")


def _may_have_card() -> bool:
    return sys.platform != "linux" or any(Path(driver).exists() for driver in _DRIVERS)


@contextmanager
def card_memory() -> Iterator[None]:
    """Say what can be done where a card's memory is too small.

    Raises
    ------
    InputError
        75 in the place of the library's own error.
    """
    try:
        yield
    except RuntimeError as error:
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(error, torch.OutOfMemoryError):
            raise
        wrong = f"the card's memory is too small for these responses ({str(error).splitlines()[0].rstrip('.')})"
        raise InputError("--device", wrong, "give cpu, or analyse fewer channels at a time", Exit.TEMPORARY) from error


def to_numpy(x: Array) -> np.ndarray:
    """An array as one of numpy; one of numpy as it is."""
    if is_numpy_array(x):
        return x
    return np.from_dlpack(to_device(x, "cpu") if is_torch_array(x) else x)


def index_of(indices: np.ndarray, like: Array) -> Any:
    """What picks some indices, in ascending order, along an axis of an array: a slice, without a copy, where they are
    neighbours."""
    if not len(indices):
        return slice(0, 0)
    first, last = int(indices[0]), int(indices[-1])
    if last - first == len(indices) - 1:
        return slice(first, last + 1)
    return indices if is_numpy_array(like) else array_namespace(like).asarray(indices, device=device(like))


def take(x: Array, indices: np.ndarray, axis: int = 0) -> Array:
    """Some rows (axis 0) or columns (axis 1) of an array, whose indices ascend; a view where they are neighbours."""
    index = index_of(indices, x)
    if isinstance(index, slice):
        return x[index, ...] if axis == 0 else x[:, index]
    return array_namespace(x).take(x, index, axis=axis)


def put(out: Array, rows: np.ndarray, columns: np.ndarray, values: Array) -> None:
    """Write values (n_rows, n_columns, ...) at some rows, which ascend, and columns of an array."""
    at = index_of(rows, out)
    if not isinstance(at, slice):
        at = at[:, None]
    out[at, array_namespace(out).asarray(columns, device=device(out))] = values


def column_dots(a: Array, b: Array) -> Array:
    """Sums of products of two arrays' columns, (n_columns,); both (n, n_columns)."""
    if is_numpy_array(a):
        return np.einsum("ij,ij->j", a, b)  # row by row; `vecdot` strides through columns
    return array_namespace(a).vecdot(a, b, axis=-2)


def lower_factor(system: Array) -> Array:
    """Cholesky's lower factor of a symmetric, positive definite system, which is written over."""
    if is_numpy_array(system):
        from scipy import linalg

        # in the columns' order that LAPACK writes over without a copy; it is symmetric
        return linalg.cholesky(system.T, lower=True, overwrite_a=True, check_finite=False)
    return array_namespace(system).linalg.cholesky(system)


def solve_lower(factor: Array, columns: Array, *, transposed: bool = False) -> Array:
    """Solve factor x = columns for x, or factor^T x = columns, of a lower triangular (n, n) factor."""
    if is_numpy_array(factor):
        from scipy import linalg

        return linalg.solve_triangular(factor, columns, lower=True, trans=int(transposed), check_finite=False)
    if is_torch_array(factor):
        import torch

        return torch.linalg.solve_triangular(factor.T if transposed else factor, columns, upper=transposed)
    return array_namespace(factor).linalg.solve(factor.T if transposed else factor, columns)


def solve_positive(system: Array, rows: Array) -> Array:
    """Solve rows system^-1 for a symmetric, positive definite system, which is written over, by Cholesky's factor."""
    factor = lower_factor(system)
    return solve_lower(factor, solve_lower(factor, rows.T), transposed=True).T
