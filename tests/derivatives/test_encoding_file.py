"""Dense scores: the same bytes twice, and read again as they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.encoding_file import ENCODING_VARIABLES, read_encoding
from bids_vlint.encoding.labels import labelled_scores
from bids_vlint.errors import Exit, InputError
from bids_vlint.study.fits import FitName
from tests.reports import fabricate


def test_scores_come_back(out: Path) -> None:
    name = FitName("01", "film")
    scores, again = fabricate.scores(1, 18), read_encoding(out, name, "language")
    xr.testing.assert_identical(again.drop_attrs(), labelled_scores(scores).drop_attrs())
    assert again["layer"].sel(half="second", model="slip", electrode="LA3").item() == "blocks.1.é3"
    other = read_encoding(out, name, "vision")
    assert dict(other["responses"].sizes) == {"event": 40, "electrode": 18, "lag": 161}
    np.testing.assert_allclose(other["event_onset"], fabricate.events("vision")["onset"])
    assert "responses" not in again


def test_every_variable_says_what_it_is(out: Path) -> None:
    found = read_encoding(out, FitName("01", "film"), "vision")
    assert set(found.variables) == {v.name for v in ENCODING_VARIABLES}
    for variable in ENCODING_VARIABLES:
        assert found[variable.name].dims == variable.dims
        assert found[variable.name].attrs["long_name"] == variable.meaning
        assert found[variable.name].attrs.get("units") == variable.units
    with h5py.File(layout.encoding_h5(out, FitName("01", "film"), "vision")) as file:
        assert [axis.keys() for axis in file["r"].dims] == [["model"], ["electrode"], ["lag"]]
        assert file["layer"].asstr()[1, 1, 2] == "blocks.1.é3"
        assert [*file.attrs["channels"]] == [*file["electrode"].asstr()]


def test_same_values_same_bytes(out: Path, tmp_path: Path) -> None:
    fabricate.participant(tmp_path / "out", "01", 1, published=True, repeated=True)
    for file in sorted((tmp_path / "out" / "sub-01").rglob("*.*")):
        assert file.read_bytes() == (out / file.relative_to(tmp_path / "out")).read_bytes(), file.name


def test_unreadable_scores(out: Path, tmp_path: Path) -> None:
    copy, name = shutil.copytree(out, tmp_path / "out"), FitName("01", "film")
    layout.encoding_h5(copy, name, "vision").write_bytes(b"no HDF5")
    with pytest.raises(InputError, match="vision_encoding") as caught:
        read_encoding(copy, name, "vision")
    assert caught.value.code == Exit.DATA
    with pytest.raises(InputError) as caught:
        read_encoding(copy, FitName("99", "film"), "vision")
    assert caught.value.code == Exit.NO_INPUT
