"""A variable of a labelled data set: its name, axes, unit and meaning, as the file says them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Variable:
    """A variable, or a coordinate, of a labelled data set.

    Attributes
    ----------
    name : str
    dims : tuple of str
        Its axes; a variable along itself alone labels an axis.
    meaning : str
    units : str or None
        "1": a number without unit. None: text, truth values, numbers of things.
    labels : bool
        Whether it labels an axis of another name (an event's onset).
    """

    name: str
    dims: tuple[str, ...]
    meaning: str
    units: str | None = None
    labels: bool = False


def labelled(variables: Iterable[Variable], values: Mapping[str, Any]) -> xr.Dataset:
    """Put values and what is said of them together.

    Parameters
    ----------
    variables : iterable of Variable
        Those without a value are left out.
    values : name -> array

    Raises
    ------
    KeyError
        A value that no variable describes.
    """
    import xarray as xr

    known = {variable.name: variable for variable in variables}
    data: dict[str, Any] = {}
    coords: dict[str, Any] = {}
    for name, value in values.items():
        variable = known[name]
        array = np.asarray(value)
        array = array.astype(str) if array.dtype.kind == "O" else array
        is_label = variable.labels or variable.dims == (name,)
        about = {"long_name": variable.meaning} | ({"units": variable.units} if variable.units else {})
        (coords if is_label else data)[name] = (variable.dims, array, about)
    return xr.Dataset(data, coords)


def narrowed(dataset: xr.Dataset) -> xr.Dataset:
    """The same with numbers in four bytes, labels of axes aside: what a file needs, and what R reads."""
    narrow = {"float64": np.float32, "int64": np.int32}
    known = {name: narrow[str(v.dtype)] for name, v in dataset.data_vars.items() if str(v.dtype) in narrow}
    return dataset.assign({name: dataset[name].astype(dtype) for name, dtype in known.items()})
