"""Labelled arrays on disk: xarray data sets in NetCDF-4, whose axes every HDF5 or NetCDF reader sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from bids_vlint.errors import Exit, InputError, cannot_use
from bids_vlint.files.atomic import atomic, check_room

if TYPE_CHECKING:
    import h5py
    import xarray as xr

_HEAD_BYTES = 1 << 14  # of a group without its values
_KIND, _FORMAT = "bids_vlint_kind", "bids_vlint_format"
_SCALES, _LABELS, _BARE = "DIMENSION_LIST", "coordinates", b"This is a netCDF dimension but not a netCDF variable"
_NO_LABEL = "_nc4_non_coord_"  # before the name of a variable that is called as an axis and does not label it
_ITS_OWN = {"CLASS", "NAME", "REFERENCE_LIST", _SCALES, "_FillValue"}
_ITS_OWN |= {"_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties"}


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
    import h5netcdf
    from xarray.backends import H5NetCDFStore

    root = groups["/"].assign_attrs({_KIND: kind, _FORMAT: np.int32(version)})
    with atomic(path) as temporary:
        check_room(temporary, sum(_HEAD_BYTES + group.nbytes for group in groups.values()))
        with h5netcdf.File(temporary, "w") as file:  # once: `to_netcdf` opens it, and reads all of it, for every group
            for group, dataset in {**groups, "/": root}.items():
                ready = dataset.drop_encoding()
                for variable in ready.variables.values():
                    variable.encoding = _packing(variable.values, compress)
                ready.dump_to_store(H5NetCDFStore(file if group == "/" else file.create_group(group)))


def _packing(values: np.ndarray, compress: bool) -> dict[str, Any]:
    if values.dtype.kind in "OSU" or not values.ndim or not values.size:
        return {}
    packed: dict[str, Any] = {"zlib": True, "complevel": 1, "shuffle": True} if compress else {}
    return packed | ({"_FillValue": None} if values.dtype.kind == "f" else {})


def read_netcdf(
    path: Path,
    *,
    kind: str,
    version: int,
    only: Collection[str] | None = None,
    part: Mapping[str, slice] = MappingProxyType({}),
) -> dict[str, xr.Dataset]:
    """Read what `write_netcdf` wrote into memory: group -> Dataset.

    It is what xarray's own reader says of the file, in a tenth of its time (it asks HDF5 for every axis of every
    variable by its name).

    Parameters
    ----------
    path : Path
    kind, version
        As it was written.
    only : collection of str | None
        Variables that are wanted; what labels their axes comes with them. None: all.
    part : axis -> slice
        What is wanted of an axis.

    Raises
    ------
    InputError
        The file is not there (66); is damaged, of another kind, or of a format that this version does not know (65).
    """
    import h5py

    if not path.is_file():
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT)
    try:
        with h5py.File(path) as file:
            found, number = file.attrs.get(_KIND), np.ravel(file.attrs.get(_FORMAT, 0))[0]
            if found != kind or number != version:
                said = f"version {number} of {found}" if found else "no format of this program"
                raise InputError(path, f"has {said}, and this version reads version {version} of {kind}",
                                 "run the participant level again, or use the version that wrote it")  # fmt: skip
            groups = {name: item for name, item in file.items() if isinstance(item, h5py.Group)}
            return {name: _dataset(group, only, part) for name, group in {"/": file, **groups}.items()}
    except (OSError, KeyError, IndexError, ValueError, TypeError, RuntimeError, AttributeError, MemoryError) as error:
        raise cannot_use(path, error, f"cannot be read ({error})", "run the participant level again") from error


def _dataset(group: h5py.Group, only: Collection[str] | None, part: Mapping[str, slice]) -> xr.Dataset:
    """The variables of a group, by the conventions of NetCDF-4: axes are data sets that others name as their scales."""
    import h5py
    import xarray as xr

    names = {name.removeprefix(_NO_LABEL): name for name in group}
    there = _there(group, names if only is None else {name: names[name] for name in names if name in only})
    axes = {name: _axes(name, item) for name, item in there.items()}
    if only is not None:
        labels = {axis for own in axes.values() for axis in own if axis in names} - there.keys()
        there |= _there(group, {name: names[name] for name in labels})
        axes = {name: axes.get(name) or _axes(name, there[name]) for name in names if name in there}
    values: dict[str, Any] = {}
    labels = set(str(group.attrs.get(_LABELS, "")).split())
    for name, own in axes.items():
        item, about = there[name], _about(there[name])
        labels |= set(str(about.pop(_LABELS, "")).split())
        dtype = str if h5py.check_string_dtype(item.dtype) else bool if about.pop("dtype", None) == "bool" else None
        where = tuple(part.get(axis, slice(None)) for axis in own)
        values[name] = (own, np.asarray((item.asstr() if dtype is str else item)[where], dtype), about)
    dataset = xr.Dataset(values, attrs=_about(group))
    return dataset.set_coords([name for name in labels if name in dataset])


def _there(group: h5py.Group, names: Mapping[str, str]) -> dict[str, h5py.Dataset]:
    """The data sets of some names that are variables."""
    import h5py

    items = {name: group[own] for name, own in names.items()}
    return {name: item for name, item in items.items() if isinstance(item, h5py.Dataset) and not _is_bare(item)}


def _is_bare(item: h5py.Dataset) -> bool:
    """Whether it is an axis without labels."""
    return bytes(item.attrs.get("NAME", b"")).startswith(_BARE)


def _axes(name: str, item: h5py.Dataset) -> tuple[str, ...]:
    if _SCALES not in item.attrs:
        return (name,) * item.ndim
    import h5py

    return tuple(h5py.h5r.get_name(scale[0], item.id).decode().rpartition("/")[2] for scale in item.attrs[_SCALES])


def _about(item: h5py.Dataset | h5py.Group) -> dict[str, Any]:
    """The attributes that are not NetCDF's own; one value is no array."""
    own = {name: item.attrs[name] for name in item.attrs if name not in _ITS_OWN}
    return {name: value[0] if np.shape(value) == (1,) else value for name, value in own.items()}
