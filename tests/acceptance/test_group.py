"""The group level from the derivatives alone, also where something is missing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.acceptance import datasets, running
from tests.acceptance.datasets import Study
from tests.sharing import Shared

QUICK = {"skip_bids_validation": True, "n_bootstraps": 50, "n_shifts": 10}
TABLES = ("group_sites.tsv", "group_regions.tsv", "group_models.tsv", "group.html")


def three_participants(folder: Path) -> tuple[Study, Path]:
    study, out = datasets.small_study(folder / "bids", subjects=("01", "02", "03")), folder / "out"
    for file in (study.root / "sub-03" / "ieeg").glob("*_space-*"):
        file.unlink()
    running.succeed(running.run_inside(study.argv(out, participant_label=["01", "02"], **QUICK)))
    running.succeed(running.run_inside(study.argv(out, participant_label="03", **QUICK), reports=True))
    shutil.rmtree(study.root)
    return study, out


@pytest.fixture(scope="session")
def made(shared: Shared) -> tuple[Study, Path]:
    return shared.made("three participants", three_participants)


@pytest.fixture
def study(made: tuple[Study, Path]) -> Study:
    """Three participants, the last without coordinates; it is gone when the participant level was run."""
    return made[0]


@pytest.fixture
def participants(made: tuple[Study, Path]) -> Path:
    """Participant results, the last participant without coordinates."""
    return made[1]


def copy_of(participants: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(participants, tmp_path / "out"))


def test_without_the_data_set(study: Study, participants: Path, tmp_path: Path) -> None:
    out = copy_of(participants, tmp_path)
    result = running.succeed(running.run_outside([str(study.root), str(out), "group"]))
    assert "group.html" in result.stdout + result.stderr
    for name in TABLES:
        assert (out / name).is_file()
    table = running.read_table(out / "group_sites.tsv")
    assert len(table) == sum(len(k) for k in study.kinds.values())
    assert running.validator_errors(out) == []


def test_takes_every_participant_option(study: Study, participants: Path, tmp_path: Path) -> None:
    """Platforms give both levels the same options: those that results were made with, and those that change none."""
    out = copy_of(participants, tmp_path)
    options = {"participant_label": ["01", "sub-02"], "save_responses": True, "nprocs": 2, "mem_gb": 4, "seed": 0}
    options |= {"reference": "none", "task": "movie", "verbose": True, "overwrite": True, **QUICK}
    result = running.succeed(running.run_inside(study.argv(out, "group", **options), reports=True))
    (idle,) = [line for line in result.stderr.splitlines() if "without effect at the group level: " in line]
    assert {"--nprocs", "--mem-gb", "--save-responses", "--overwrite"} < set(idle.split(": ")[1].split(", "))
    table = running.read_table(out / "group_sites.tsv")
    assert set(table["participant_id"]) == {"sub-01", "sub-02"}
    assert "2 of 3 fits" in (out / "group_sites.json").read_text()
    settings = next((out / "logs").glob("*-participant-*")) / "settings.toml"
    running.succeed(running.run_inside([str(study.root), str(out), "group", "--config", str(settings)]))
    assert len(running.read_table(out / "group_sites.tsv")["participant_id"].unique()) > 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"band": "high-gamma"}, 64, "--band high-gamma: the results were made with broadband"),
        ({"n_bootstraps": 30}, 64, "--n-bootstraps 30: the results were made with 50"),
        ({"bids_filter_file": "f.json"}, 64, "--bids-filter-file: selects recordings"),
        ({"stop_after": "encoding"}, 64, "--stop-after: names a stage of the participant level"),
        ({"q": 0.01}, 64, "--q 0.01: the results were made with 0.05"),
        ({"participant_label": "04"}, 18, "--participant-label 04: no results of such a subject"),
        ({"task": "rest"}, 18, "--task rest: no results of such a task"),
        ({"session_label": "a"}, 18, "--session-label a"),
    ],
)
def test_what_the_group_cannot_mean(
    study: Study, participants: Path, tmp_path: Path, options: dict[str, object], code: int, said: str
) -> None:
    """An option that no result was made with is refused by name, and so is a selection of nothing."""
    out = copy_of(participants, tmp_path)
    result = running.run_inside(study.argv(out, "group", **options))
    assert result.code == code
    assert said in result.stderr
    assert not list(out.glob("group_*"))


def test_a_missing_participant(participants: Path, tmp_path: Path) -> None:
    out = copy_of(participants, tmp_path)
    shutil.rmtree(out / "sub-02")
    running.succeed(running.run_inside(["/nowhere/at/all", str(out), "group"], reports=True))
    table = running.read_table(out / "group_sites.tsv")
    assert not any("02" in str(v) for v in table[table.columns[0]])


def test_files_that_were_removed_are_named(participants: Path, tmp_path: Path) -> None:
    """A fit of which a part is gone does not count as one that never had it."""
    out = copy_of(participants, tmp_path)
    for file in (out / "sub-01" / "ieeg").glob("*desc-vision*"):
        file.unlink()
    result = running.run_inside(["/nowhere/at/all", str(out), "group"], reports=True)
    assert result.code == 66
    assert "sub-01_task-movie_desc-vision_encoding.h5: is not there; run the participant level again" in result.stderr
    assert not list(out.glob("group_*.tsv"))


def test_a_participant_with_other_comparisons(participants: Path, tmp_path: Path) -> None:
    """Tests that one participant lacks are n/a in its rows."""
    second = datasets.small_study(tmp_path / "two" / "bids", subjects=("02",))
    text = second.models.read_text()
    second.models.write_text(text[: text.index("[[comparison]]")])
    out, other = copy_of(participants, tmp_path), tmp_path / "other"
    for subject in ("02", "03"):
        shutil.rmtree(out / f"sub-{subject}")
    running.succeed(running.run_inside(second.argv(other, alignment="language", **QUICK)))
    shutil.copytree(other / "sub-02", out / "sub-02")
    running.succeed(running.run_inside(["gone", str(out), "group"], reports=True))
    table = running.read_table(out / "group_sites.tsv")
    rows = table[table.apply(lambda r: any(v in ("02", "sub-02") for v in r), axis=1)]
    assert len(rows) == len(second.kinds["02"])
    assert set(rows["language_fusion_beats_eye"]) == {"n/a"}
    assert set(rows["vision_multimodal_beats_unimodal"]) == {"n/a"}


def test_no_coordinates_no_region(study: Study, participants: Path) -> None:
    table = running.sites(participants, "03")
    assert set(table["region"]) == {"n/a"}
    assert set(table["x"]) == {"n/a"}
    text = re.sub(r"\s+", " ", (participants / "sub-03.html").read_text(encoding="utf-8"))
    assert "Regions are n/a: there is no electrodes.tsv" in text
    assert "No brain picture is possible" in text


def test_no_participant_results(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    running.refused(running.run_inside(["x", str(tmp_path / "out"), "group"]), 66, tmp_path / "out", "participant")
    running.refused(running.run_inside(["x", str(tmp_path / "none"), "group"]), 66, tmp_path / "none")
