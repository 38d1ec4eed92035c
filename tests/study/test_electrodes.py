"""electrodes.tsv and coordsystem.json as they come."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.study.electrodes import read_electrodes


def write(folder: Path, text: str, system: dict[str, str] | None = None, encoding: str = "utf-8") -> tuple[Path, Path]:
    tsv, coordsystem = folder / "sub-01_electrodes.tsv", folder / "sub-01_coordsystem.json"
    tsv.write_text(text, encoding=encoding)
    coordsystem.write_text(json.dumps(system or {}), encoding=encoding)
    return tsv, coordsystem


def test_reads_what_is_declared(tmp_path: Path) -> None:
    text = "name\tx\ty\tz\tsize\tDKT\nA1\t-1.5\t2\t3e1\t4.155\tinsula\n007\tn/a\tn/a\tn/a\tn/a\tNA\n"
    system = {"iEEGCoordinateSystem": "MNI152Lin", "iEEGCoordinateUnits": "mm"}
    electrodes = read_electrodes(*write(tmp_path, text, system))
    assert list(electrodes.table.index) == ["A1", "007"]
    assert electrodes.table.loc["A1", ["x", "y", "z"]].tolist() == [-1.5, 2.0, 30.0]
    assert electrodes.table.loc["007", ["x", "y", "z"]].isna().all()
    assert electrodes.table.loc["A1", "size"] == "4.155"
    assert electrodes.table.loc["007", "DKT"] == "NA"
    assert (electrodes.space, electrodes.units) == ("MNI152Lin", "mm")


def test_byte_order_mark_and_spaces(tmp_path: Path) -> None:
    text = "name \tx\ty\tz \n A1 \t 1\t2 \t3\n"
    system = {"iEEGCoordinateSystem": " ACPC ", "iEEGCoordinateUnits": "mm"}
    electrodes = read_electrodes(*write(tmp_path, text, system, "utf-8-sig"))
    assert electrodes.table.loc["A1", "z"] == 3
    assert electrodes.space == "ACPC"


@pytest.mark.parametrize("system", [{}, {"iEEGCoordinateSystem": "n/a", "iEEGCoordinateUnits": ""}])
def test_frame_and_unit_are_not_guessed(tmp_path: Path, system: dict[str, str]) -> None:
    tsv, coordsystem = write(tmp_path, "name\tx\ty\tz\nA1\t1\t2\t3\n", system)
    assert read_electrodes(tsv, coordsystem).space is None
    assert read_electrodes(tsv, coordsystem).units is None
    assert read_electrodes(tsv, None).space is None


def test_absent_coordinate_columns_are_missing(tmp_path: Path) -> None:
    electrodes = read_electrodes(write(tmp_path, "name\tgroup\nA1\tA\n")[0])
    assert np.isnan(electrodes.table.loc["A1", "x"])


def test_identical_rows_are_one(tmp_path: Path) -> None:
    electrodes = read_electrodes(write(tmp_path, "name\tx\ty\tz\nA1\t1\t2\t3\nA1\t1\t2\t3\n")[0])
    assert len(electrodes.table) == 1


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name\tx\ty\tz\nA1\t1\t2\t3\nA1\t1\t2\t4\n", "more than once"),
        ("name\tx\ty\tz\nA1\t1\tleft\t3\n", "'left'"),
        ("contact\tx\ty\tz\nA1\t1\t2\t3\n", "name"),
        ("name\tx\tx\tz\nA1\t1\t2\t3\n", "two columns"),
        ("\n", "is empty"),
    ],
)
def test_wrong_content(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        read_electrodes(write(tmp_path, text)[0])
    assert caught.value.code == Exit.DATA


def test_absent_file_and_broken_json(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_electrodes(tmp_path / "none.tsv")
    assert caught.value.code == Exit.NO_INPUT
    tsv, coordsystem = write(tmp_path, "name\tx\ty\tz\nA1\t1\t2\t3\n")
    coordsystem.write_text("{")
    with pytest.raises(InputError, match="JSON") as caught:
        read_electrodes(tsv, coordsystem)
    assert caught.value.code == Exit.DATA
