"""Labelled arrays, written and read again."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import xarray as xr

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.netcdf import read_netcdf, write_netcdf


def groups() -> dict[str, xr.Dataset]:
    rng = np.random.default_rng(0)
    root = xr.Dataset(
        {
            "r": (("model", "electrode", "lag"), rng.standard_normal((2, 3, 4)).astype(np.float32), {"units": "1"}),
            "layer": (("model", "electrode"), np.array([["a", "größer", ""], ["b", "c", "d | e"]])),
            "known": (("electrode",), np.array([True, False, True])),
            "null": (("electrode", "shift"), np.empty((3, 0), np.float32)),
            "gap": (("electrode",), np.array([np.nan, 1.0, -1.0])),
        },
        {"model": ["eye", "ear"], "electrode": ["A1", "A2", "B é"], "lag": [-1.0, 0.0, 1.0, 2.0]},
        {"note": "one", "parts": ["vision", "language"]},
    )
    return {
        "/": root,
        "course": xr.Dataset({"unique": ("course_lag", np.arange(3.0))}, {"course_lag": [0.0, 0.5, 1.0]}),
    }


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    write_netcdf(path, groups(), kind="encoding", version=3)
    found = read_netcdf(path, kind="encoding", version=3)
    assert list(found) == ["/", "course"]
    for name, made in groups().items():
        xr.testing.assert_equal(found[name], made)
        for variable in made.variables:
            assert found[name][variable].dtype.kind == made[variable].dtype.kind
            assert found[name][variable].attrs == made[variable].attrs
    assert found["/"].attrs["note"] == "one"
    assert list(found["/"].attrs["parts"]) == ["vision", "language"]


def test_what_is_read_is_what_xarray_reads(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    made = groups()
    made["/"] = made["/"].assign_coords(onset=("lag", np.arange(4.0)), place=("lag", list("abcd")))
    made["course"]["block"] = (("half", "block"), np.arange(6.0).reshape(2, 3))  # called as an axis that has no labels
    write_netcdf(path, made, kind="encoding", version=3)
    for name, found in read_netcdf(path, kind="encoding", version=3).items():
        with xr.open_dataset(path, engine="h5netcdf", group=None if name == "/" else name) as opened:
            xr.testing.assert_identical(found, opened.load())
            assert {k: v.dtype for k, v in found.variables.items()} == {k: v.dtype for k, v in opened.variables.items()}
    some = read_netcdf(path, kind="encoding", version=3, only=["layer"])["/"]
    assert set(some.variables) == {"layer", "model", "electrode"}
    np.testing.assert_array_equal(some["layer"], made["/"]["layer"])


def test_any_reader_sees_the_axes(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    write_netcdf(path, groups(), kind="encoding", version=3)
    with h5py.File(path) as file:
        assert [axis.keys() for axis in file["r"].dims] == [["model"], ["electrode"], ["lag"]]
        assert list(file["electrode"].asstr()) == ["A1", "A2", "B é"]
        assert [axis.keys() for axis in file["course/unique"].dims] == [["course_lag"]]


def test_the_same_values_make_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_netcdf(tmp_path / name, groups(), kind="encoding", version=3)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_kind_or_version_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    write_netcdf(path, groups(), kind="encoding", version=3)
    for kind, version in (("encoding", 2), ("encoding", 4), ("inference", 3)):
        with pytest.raises(InputError, match=r"x\.h5: has version 3 of encoding, and") as said:
            read_netcdf(path, kind=kind, version=version)
        assert said.value.code == Exit.DATA
    with h5py.File(path, "w") as file:
        file["r"] = np.zeros(3)
    with pytest.raises(InputError, match="has no format of this program"):
        read_netcdf(path, kind="encoding", version=3)


def test_damage_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with pytest.raises(InputError, match="is not there") as said:
        read_netcdf(path, kind="encoding", version=3)
    assert said.value.code == Exit.NO_INPUT
    write_netcdf(path, groups(), kind="encoding", version=3)
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"text" * 100):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"x\.h5: cannot be read"):
            read_netcdf(path, kind="encoding", version=3)


@pytest.mark.parametrize("free", [0, 20_000])
def test_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Said before HDF5 begins: on a full disk it crashes the process."""
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free, f_frsize=1))
    monkeypatch.setattr(xr.Dataset, "to_netcdf", lambda *_, **__: pytest.fail("HDF5 began"))
    with pytest.raises(InputError, match="No space left") as caught:
        write_netcdf(tmp_path / "x.h5", groups(), kind="encoding", version=3)
    assert caught.value.code == Exit.IO
    assert not list(tmp_path.iterdir())
