"""Labelled arrays on disk: xarray data sets in NetCDF-4, whose axes every HDF5 or NetCDF reader sees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bids_vlint.errors import Exit, InputError, cannot_use
from bids_vlint.files.atomic import atomic, check_room

if TYPE_CHECKING:
    import xarray as xr

_HEAD_BYTES = 1 << 14  # of a group without its values
_KIND, _FORMAT = "bids_vlint_kind", "bids_vlint_format"


def write_netcdf(
    path: Path, groups: Mapping[str, xr.Dataset], *, kind: str, version: int, compress: bool = True
) -> None:
    """Write data sets into one file; the same values make the same bytes.

    Parameters
    ----------
    path : Path
    groups : group -> Dataset
        "/" is the root, whose attributes also name kind and version. Text variables and coordinates are UTF-8
        strings; numbers are compressed without loss.
    kind : str
        What the file holds ("encoding").
    version : int
        Of its format: raised when a reader of the version before would misunderstand it.
    compress : bool
        Noise takes long to compress for little: what is kept for the program itself may do without.
    """
    root = groups["/"].assign_attrs({_KIND: kind, _FORMAT: np.int32(version)})
    with atomic(path) as temporary:
        check_room(temporary, sum(_HEAD_BYTES + group.nbytes for group in groups.values()))
        temporary.unlink()  # an empty file is no HDF5
        for group, dataset in {**groups, "/": root}.items():
            ready = dataset.drop_encoding()
            packed = {str(name): _packing(ready[name].values, compress) for name in ready.variables}
            ready.to_netcdf(temporary, mode="a" if temporary.exists() else "w", engine="h5netcdf",
                            group=None if group == "/" else group, encoding=packed)  # fmt: skip


def _packing(values: np.ndarray, compress: bool) -> dict[str, Any]:
    if values.dtype.kind in "OSU" or not values.ndim or not values.size:
        return {}
    packed: dict[str, Any] = {"zlib": True, "complevel": 1, "shuffle": True} if compress else {}
    return packed | ({"_FillValue": None} if values.dtype.kind == "f" else {})


def read_netcdf(path: Path, *, kind: str, version: int) -> dict[str, xr.Dataset]:
    """Read what `write_netcdf` wrote, whole, into memory: group -> Dataset.

    Raises
    ------
    InputError
        The file is not there (66); is damaged, of another kind, or of a format that this version does not know (65).
    """
    import h5py
    import xarray as xr

    if not path.is_file():
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT)
    try:
        with h5py.File(path) as file:
            found, number = file.attrs.get(_KIND), np.ravel(file.attrs.get(_FORMAT, 0))[0]
            names = ["/", *(name for name, item in file.items() if isinstance(item, h5py.Group))]
        if found != kind or number != version:
            said = f"version {number} of {found}" if found else "no format of this program"
            raise InputError(path, f"has {said}, and this version reads version {version} of {kind}",
                             "run the participant level again, or use the version that wrote it")  # fmt: skip
        out = {}
        for name in names:
            group = None if name == "/" else name
            with xr.open_dataset(path, engine="h5netcdf", group=group, decode_times=False) as opened:
                out[name] = opened.load()
    except (OSError, KeyError, IndexError, ValueError, TypeError, RuntimeError, AttributeError, MemoryError) as error:
        raise cannot_use(path, error, f"cannot be read ({error})", "run the participant level again") from error
    return out
