"""Sites in the formats of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd

from bids_vlint.atlas.spaces import to_mni305
from bids_vlint.group.for_programs import SHORT_COLUMNS, nodes, write_for_programs


def sites() -> pd.DataFrame:
    table = pd.DataFrame({column: [None] * 4 for column in SHORT_COLUMNS}, dtype=object)
    table["participant_id"], table["name"] = ["sub-01", "sub-01", "sub-02", "sub-02"], ["A 1", "A2", 'B"1', "B2"]
    table["region"] = ["one, two", None, None, None]
    table[["mni_x", "mni_y", "mni_z"]] = [[-40.0, -20.0, 10.0], [-41.0, -20.0, 10.0], [50.0, 0.0, 0.0], [np.nan] * 3]
    table["integration_either"] = pd.array([True, True, None, False], dtype="boolean")
    table["trained_with_language_either"] = pd.array([False, False, None, True], dtype="boolean")
    return table


def test_files_hold_what_the_table_says(tmp_path: Path) -> None:
    write_for_programs(tmp_path, sites())
    read = pd.read_csv(tmp_path / "exports" / "sites.csv")
    assert tuple(read.columns) == SHORT_COLUMNS
    assert len(SHORT_COLUMNS) == 20
    assert list(read["name"]) == list(sites()["name"])
    assert read["region"][0] == "one, two"
    assert nodes(sites().iloc[:3]).splitlines() == [
        "-40.00\t-20.00\t10.00\t1\t4\tsub-01_A_1",
        "-41.00\t-20.00\t10.00\t1\t4\tsub-01_A2",
        '50.00\t0.00\t0.00\t4\t1\tsub-02_B"1',
    ]
    assert (tmp_path / "exports" / "sites.node").read_text() == nodes(sites().iloc[:3])
    image: Any = nib.load(tmp_path / "exports" / "sites.nii.gz")
    counts = np.asarray(image.dataobj)
    at = np.round(np.linalg.inv(image.affine) @ [-40, -20, 10, 1]).astype(int)[:3]
    assert counts[tuple(at)] == 2
    mm = nib.affines.apply_affine(image.affine, np.argwhere(counts > 0))
    near = np.minimum(*(np.linalg.norm(mm - site, axis=1) for site in ([-40, -20, 10], [-41, -20, 10])))
    assert near.max() <= 3


def test_threebrain_reads_electrodes_and_values(tmp_path: Path) -> None:
    """What its `normalize_electrode_table` and `set_electrode_values` ask of a table."""
    write_for_programs(tmp_path, sites().assign(integration_either_q=[0.001, 0.04, None, 0.5]))
    electrodes = pd.read_csv(tmp_path / "exports" / "electrodes.csv")
    values = pd.read_csv(tmp_path / "exports" / "values.csv")
    assert {"Subject", "Electrode", "Coord_x", "Coord_y", "Coord_z", "Label"} <= set(electrodes)
    assert {"Project", "Subject", "Electrode", "Time"} <= set(values)
    assert electrodes["Electrode"].tolist() == values["Electrode"].tolist() == [1, 2, 3]
    assert electrodes["Electrode"].dtype.kind == "i"
    assert set(electrodes["Subject"]) == set(values["Subject"]) == {"fsaverage"}
    assert electrodes["SubjectCode"].tolist() == ["sub-01", "sub-01", "sub-02"]
    assert electrodes["Label"].tolist() == ["sub-01 A 1", "sub-01 A2", 'sub-02 B"1']
    for frame in ("Coord", "MNI305"):
        mm = electrodes[[f"{frame}_{axis}" for axis in "xyz"]].to_numpy()
        assert np.allclose(mm, to_mni305(np.array([[-40, -20, 10], [-41, -20, 10], [50, 0, 0]])), atol=1e-3)
    assert electrodes[["MNI152_x", "MNI152_y", "MNI152_z"]].iloc[2].tolist() == [50, 0, 0]
    assert electrodes["Hemisphere"].tolist() == ["left", "left", "right"]
    assert set(electrodes["SurfaceElectrode"]) == {False}
    assert (electrodes["Radius"] > 0).all()
    assert values["Called"].tolist() == ["integration", "integration", "not tested"]
    assert values["integration_either_q"].tolist()[:2] == [0.001, 0.04]
    assert values["integration_either_q"].isna().tolist() == [False, False, True]


def test_the_same_bytes_again(tmp_path: Path) -> None:
    write_for_programs(tmp_path, sites())
    first = {file.name: file.read_bytes() for file in (tmp_path / "exports").iterdir()}
    write_for_programs(tmp_path, sites())
    assert {file.name: file.read_bytes() for file in (tmp_path / "exports").iterdir()} == first
    assert set(first) == {"sites.csv", "sites.node", "sites.nii.gz", "electrodes.csv", "values.csv"}
