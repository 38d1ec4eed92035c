"""Dense scores: the same bytes twice, and read again as they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.errors import Exit, InputError
from bids_vlint.study.fits import FitName
from tests.reports import fabricate


def test_scores_come_back(out: Path) -> None:
    name = FitName("01", "film")
    scores, again = fabricate.scores(1, 18), read_encoding(out, name, "language")
    assert (again.models, again.channels) == (scores.models, scores.channels)
    for array in ("r", "r_low", "r_high", "penalty", "layer", "lags"):
        np.testing.assert_array_equal(getattr(again, array), getattr(scores, array))
    with h5py.File(layout.encoding_h5(out, name, "vision")) as file:
        assert file["layer"].shape == file["r"].shape == (len(scores.models), 18, 161)
        assert file["layer"].asstr()[1, 2, 3] == "blocks.1.é2"
        assert file["responses"].shape == (40, 18, 161)
        np.testing.assert_allclose(file["event_onset"], fabricate.events("vision")["onset"])
        assert list(file.attrs["models"]) == list(scores.models)
    with h5py.File(layout.encoding_h5(out, name, "language")) as file:
        assert "responses" not in file


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
