"""Where electrodes are: frames and units are read, not guessed; regions from columns or an atlas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.acceptance import bids, datasets, models, running, signals
from tests.acceptance.datasets import Study
from tests.acceptance.films import make_film
from tests.acceptance.signals import Showing

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


@pytest.mark.parametrize("unit", ["mm", "cm", "m"])
def test_units_of_coordinates(study: Study, unit: str) -> None:
    place(study, unit=unit)
    table, _ = run(study)
    for name, word in zip(KINDS, ("temporal", "fusiform", "precentral", "occipital"), strict=True):
        region = table.loc[name, "region"].lower()
        assert word in region or (word == "occipital" and region != "n/a"), (name, region)


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
    if space != "Talairach":
        assert set(table["region"]) == {"n/a"}
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
