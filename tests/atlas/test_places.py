"""Places and regions: columns of electrodes.tsv first, then an atlas image, never a guess."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.atlas.image import look_up
from bids_vlint.atlas.labelling import ATLASES, atlas_of, check_atlases
from bids_vlint.atlas.places import place
from bids_vlint.atlas.regions import relabelled
from bids_vlint.atlas.spaces import frame_of, in_mm, moved, why_not
from bids_vlint.atlas.volumes import shipped_image
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import read_tsv, write_tsv
from bids_vlint.study.electrodes import Electrodes

TEMPORAL = (-44.0, -20.0, 8.0)


def electrodes(
    rows: dict[str, tuple[float, float, float]],
    space: str | None = "MNI152NLin2009cAsym",
    units: str | None = "mm",
    file: str = "sub-01_electrodes.tsv",
    **columns: list[str],
) -> Electrodes:
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["x", "y", "z"], dtype=float).assign(**columns)
    return Electrodes(table.rename_axis("name"), space, units, Path(file))


def own(*names: str) -> dict[str, tuple[str, ...]]:
    return {n: (n,) for n in names}


@pytest.mark.parametrize(
    ("column", "rank"),
    [
        ("aparc.DKTatlas", 0),
        ("dkt_label", 0),
        ("Desikan-Killiany", 1),
        ("DESTRIEUX 2009", 2),
        ("Region", 3),
        ("label", 4),
        ("regions", None),
        ("size", None),
        ("wm_label", None),
    ],
)
def test_atlas_columns(column: str, rank: int | None) -> None:
    atlas = atlas_of(column)
    assert (atlas and ATLASES.everything.index(atlas)) == rank


@pytest.mark.parametrize(
    ("space", "rank"),
    [
        ("MNI152NLin6Asym", 0),
        ("ICBM152", 0),
        ("MNI305", 1),
        ("fsaverage", 1),
        ("fsaverage5", 1),
        ("fsaverageSym", 1),
        ("MNIColin27", 2),
        ("ICBM452AirSpace", 2),
        ("Talairach", 3),
        ("IXI549Space", 0),
        ("UNCInfant", None),
        ("OASIS30ANTs", None),
        ("ACPC", None),
        ("Pixels", None),
        ("Other", None),
        ("fsLR", None),
        (None, None),
    ],
)
def test_standard_frames(space: str | None, rank: int | None) -> None:
    frame = frame_of(space)
    assert (frame and frame.rank) == rank


def test_mni305_is_moved_and_units_are_scaled() -> None:
    fsaverage = frame_of("MNI305")
    assert fsaverage is not None
    np.testing.assert_allclose(moved(fsaverage.to_mni152, np.zeros((1, 3))), [[-0.0429, 1.5496, 1.1840]])
    there = moved(fsaverage.to_mni152, np.array([[10.0, -20, 35]]))  # the worked example of FreeSurfer's wiki
    np.testing.assert_allclose(there, [[10.695, -18.409, 36.137]], atol=5e-3)
    for units, factor in (("m", 0.001), ("cm", 0.1), ("mm", 1.0), ("CM", 0.1)):
        assert in_mm(np.array([TEMPORAL]) * factor, units).tolist() == [list(TEMPORAL)]


@pytest.mark.parametrize(
    ("space", "units", "word"),
    [
        (None, "mm", "no frame"),
        ("ACPC", "mm", "ACPC"),
        ("MNI152Lin", None, "no unit"),
        ("MNI152Lin", "pixels", "pixels"),
    ],
)
def test_says_why_a_frame_does_not_lead_to_mni(space: str | None, units: str | None, word: str) -> None:
    assert word in str(why_not(space, units))
    assert np.isnan(in_mm(np.ones((2, 3)), units)).all() == (units in (None, "pixels"))
    table, notes = place(own("A1"), [electrodes({"A1": TEMPORAL}, space, units)])
    assert table.loc["A1", "region"] is None
    assert table.loc["A1", "x"] == TEMPORAL[0]
    assert any("n/a" in note and word in note for note in notes)


@pytest.mark.parametrize(
    ("mni", "region"),
    [
        (TEMPORAL, "ctx-lh-transversetemporal"),
        ((44, -20, 8), "ctx-rh-transversetemporal"),
        ((-42, -16, 52), "ctx-lh-precentral"),
        ((-26, -20, -14), "Left-Hippocampus"),
        ((-38, -54, -18), "ctx-lh-fusiform"),
        ((-30, -30, 30), "Left-Cerebral-White-Matter"),
        ((90, 0, 0), None),
        ((500, 0, 0), None),
        ((np.nan, 0, 0), None),
    ],
)
def test_regions_of_known_places(mni: tuple[float, float, float], region: str | None) -> None:
    image = shipped_image("desikan_killiany")
    assert image is not None
    assert look_up(image, np.array([mni]))["region"].tolist() == [region]


def test_coordinates_get_a_region_from_the_image() -> None:
    table, notes = place(own("A1"), [electrodes({"A1": tuple(v / 1000 for v in TEMPORAL)}, units="m")])
    assert table.loc["A1", "region"] == "ctx-lh-transversetemporal"
    assert "Desikan" in table.loc["A1", "region_atlas"]
    np.testing.assert_allclose(table.loc["A1", ["mni_x", "mni_y", "mni_z"]].to_numpy(float), TEMPORAL)
    assert any("Desikan" in note for note in notes)


def test_first_atlas_column_fills_region_and_each_is_kept() -> None:
    columns = {"label": ["l"], "region": ["r"], "Destrieux": ["S_x"], "my-DKT": ["n/a"], "desikan": ["insula"]}
    table, notes = place(own("A1"), [electrodes({"A1": TEMPORAL}, **columns)])
    assert table.loc["A1", "region"] == "insula"  # the DKT column is empty
    assert table.loc["A1", "region_atlas"] == "desikan"
    assert table.loc["A1", "electrodes_region"] == "r"
    assert table.loc["A1", ["label", "Destrieux"]].tolist() == ["l", "S_x"]
    assert any("desikan" in note for note in notes)


def test_a_region_column_of_electrodes_is_region() -> None:
    table, _ = place(own("A1"), [electrodes({"A1": TEMPORAL}, region=["Unknown"], type=["depth"])], {"type"})
    assert table.loc["A1", ["region", "region_atlas", "electrodes_type"]].tolist() == ["Unknown", "region", "depth"]
    assert "electrodes_region" not in table


@pytest.mark.parametrize("nothing", ["NA", "N/A", "n/a", "nan", "", "-", "None"])
def test_a_region_that_says_nothing_is_none(nothing: str) -> None:
    file = electrodes({"A1": TEMPORAL, "A2": TEMPORAL}, DKT=[nothing, "insula"], label=[nothing, nothing])
    table, notes = place(own("A1", "A2") | {"A1-A2": ("A1", "A2")}, [file])
    assert table["region"].tolist() == [None, "insula", "insula"]
    assert table["region_atlas"].tolist() == [None, "DKT", "DKT"]
    assert table["label"].isna().all()
    assert "1 of 3 channels have no region in it." in notes


COLUMNS = {"region": ["r1", "r2"], "Destrieux": ["S_x", "n/a"], "label": ["l", "l"]}


@pytest.mark.parametrize("before", [[], ["label"], ["region", "aal"], ["desikan"]], ids=str)
@pytest.mark.parametrize("after", [[], ["region", "label"], ["dkt"], ["dkt", "desikan"], ["destrieux", "aal"]], ids=str)
@pytest.mark.parametrize("columns", [COLUMNS, {"region": ["r1", "n/a"]}, {}], ids=lambda columns: " ".join(columns))
def test_regions_are_found_anew_from_the_table(
    before: list[str], after: list[str], columns: dict[str, list[str]], tmp_path: Path
) -> None:
    """As if they had been looked for there at once; the table comes from its file, where all is text."""
    file = electrodes({"A1": TEMPORAL, "A2": (-42, -16, 52)}, **columns)
    first, old = place(own("A1", "A2"), [file], atlases=before)
    write_tsv(tmp_path / "sites.tsv", first.reset_index())
    cells = read_tsv(tmp_path / "sites.tsv").set_index("name").astype(object)
    table, notes = relabelled(cells.where(cells != "n/a", None), ["before", *old, "after"], after)
    expected, said = place(own("A1", "A2"), [file], atlases=after)
    assert sorted(table) == sorted(expected)
    assert [c for c in table if c.startswith("also_")] == [c for c in expected if c.startswith("also_")]
    texts = [
        "region",
        "region_atlas",
        *(c for c in expected if c.startswith("also_")),
        *(c for c in expected if c.removeprefix("electrodes_") in columns),
    ]
    for column in texts:
        assert table[column].to_dict() == expected[column].to_dict()
    assert notes == ["before", *said, "after"]


@pytest.mark.parametrize("space", ["ACPC", None])
def test_why_there_is_no_region_stands(space: str | None) -> None:
    first, old = place(own("A1"), [electrodes({"A1": TEMPORAL}, space)])
    table, notes = relabelled(first, old, ["destrieux"])
    assert table.equals(first)
    assert notes == old == place(own("A1"), [electrodes({"A1": TEMPORAL}, space)], atlases=["destrieux"])[1]
    assert relabelled(first, [], ["destrieux"])[1] == old, "as the table shows"


def test_an_atlas_without_labels() -> None:
    _, notes = place(own("A1"), [electrodes({"A1": TEMPORAL}, label=["l"])], atlases=["dkt", "region"])
    assert notes[0] == "Regions are n/a: electrodes.tsv has no column of dkt or region, of which there is no image."


def test_an_unknown_atlas_is_refused() -> None:
    with pytest.raises(InputError, match=r"--atlas.*'destrieu' is unknown.*did you mean destrieux") as caught:
        check_atlases(["dkt", "destrieu"])
    assert caught.value.code == Exit.USAGE


def test_bipolar_pairs_are_at_the_midpoint_with_both_labels() -> None:
    rows = {"A1": (0.0, 0, 0), "A2": (4.0, 2, 0), "A3": (8.0, 4, 0), "A4": (np.nan, 0, 0)}
    file = electrodes(rows, "ACPC", region=["insula", "insula", "cuneus", "n/a"])
    table, _ = place({"A1-A2": ("A1", "A2"), "A2-A3": ("A2", "A3"), "A3-A4": ("A3", "A4")}, [file])
    assert table.loc["A1-A2", ["x", "y", "z"]].tolist() == [2, 1, 0]
    assert table["region"].tolist() == ["insula", "cuneus / insula", "cuneus"]
    assert np.isnan(table.loc["A3-A4", "x"])


def test_names_match_without_case_only_where_one_is_meant() -> None:
    file = electrodes({"a1": TEMPORAL, "B1": (1.0, 2, 3), "b1": (4.0, 5, 6), "C1": (7.0, 8, 9)})
    table, notes = place(own("A1", "B1 ", "C1", "c1", "D1"), [file])
    assert table.loc["A1", "x"] == TEMPORAL[0]
    assert table.loc["B1 ", "x"] == 1
    assert table.loc["C1", "x"] == 7
    assert table.loc[["c1", "D1"], "x"].isna().all()
    assert any("2 of 5 channels" in note and "D1" in note for note in notes)


def test_the_standard_frame_is_used_and_all_are_kept() -> None:
    files = [
        electrodes({"A1": (1.0, 2, 3)}, "ACPC", file="sub-01_space-ACPC_electrodes.tsv", DKT=["insula"]),
        electrodes({"A1": (5.0, 6, 7)}, "fsaverage", file="sub-01_space-fsaverage_electrodes.tsv"),
        electrodes({"A1": TEMPORAL}, "MNI152Lin", file="sub-01_space-MNI152Lin_electrodes.tsv"),
    ]
    table, _ = place(own("A1"), files)
    row = table.loc["A1"]
    assert (row["space"], row["x"], row["mni_x"]) == ("MNI152Lin", TEMPORAL[0], TEMPORAL[0])
    assert row[["x_ACPC", "y_ACPC", "z_ACPC"]].tolist() == [1, 2, 3]
    assert row[["x_fsaverage", "z_fsaverage"]].tolist() == [5, 7]
    assert row["region"] == "insula"


def test_nothing_known() -> None:
    table, notes = place(own("A1", "A2"), [])
    assert table["region"].isna().all()
    assert table["x"].isna().all()
    assert any("no electrodes.tsv" in note for note in notes)
    table, notes = place(own("A1"), [electrodes({"A1": (np.nan, np.nan, np.nan)})])
    assert any("no coordinates" in note for note in notes)


def test_electrodes_that_cannot_be_read_are_not_absent() -> None:
    _, notes = place({"A1": ["A1"]}, [], unread=1)
    assert any("electrodes.tsv cannot be read" in note for note in notes)
    assert not any("there is no electrodes.tsv" in note for note in notes)


METRES = {"A1": (-0.044, -0.020, 0.008), "A2": (0.030, 0.010, 0.050)}


@pytest.mark.parametrize(("units", "scale"), [("mm", 1), ("cm", 0.01), ("m", 1000), ("cm", 1000)])
def test_coordinates_that_cannot_be_in_their_unit(units: str, scale: float) -> None:
    """Metres that are called millimetres lie in one point, millimetres that are called metres outside any head."""
    rows = {name: tuple(scale * v for v in xyz) for name, xyz in METRES.items()}
    found = replace(electrodes(rows, "fsaverage", units), coordsystem=Path("sub-01_coordsystem.json"))  # type: ignore[arg-type]
    table, notes = place(own("A1", "A2"), [found])
    assert table["region"].isna().all()
    assert table[["mni_x", "mni_y", "mni_z"]].isna().all(axis=None)
    assert table["x"].notna().all()
    said = [note for note in notes if f"cannot be in {units}, as sub-01_coordsystem.json declares" in note]
    assert len(said) == 1
    named, _ = place(own("A1", "A2"), [replace(found, table=found.table.assign(DKT=["insula", "n/a"]))])
    assert named["region"].tolist() == ["insula", None]  # a label needs no coordinates


def test_a_contact_far_outside_has_no_place() -> None:
    rows = {"A1": TEMPORAL, "A2": (999.0, 999.0, 999.0), "A3": (30.0, 10.0, 50.0)}
    table, notes = place(own(*rows), [electrodes(rows)])
    assert table["mni_x"].notna().tolist() == [True, False, True]
    assert any("300 mm" in note and "A2" in note for note in notes)


def test_without_a_coordsystem_the_reason_is_that() -> None:
    table, notes = place(own("A1"), [electrodes({"A1": TEMPORAL}, None, None)])
    assert table["region"].isna().all()
    assert notes[0] == "Regions are n/a: no coordsystem.json says what the coordinates of sub-01_electrodes.tsv are in."


def test_places_that_were_not_measured() -> None:
    """A contact at the origin has none; contacts at one place keep it, and are said."""
    rows = {"A1": (0.0, 0.0, 0.0), "A2": TEMPORAL, "A3": TEMPORAL, "A4": (40.0, -20.0, 8.0)}
    table, notes = place(own(*rows), [electrodes(rows)])
    assert table["mni_x"].isna().tolist() == [True, False, False, False]
    assert table["region"].isna().tolist()[0]
    assert "1 channels lie at 0, 0, 0, as where nothing was measured, and have no place: A1." in notes
    assert "2 channels have the coordinates of another: A2, A3." in notes
