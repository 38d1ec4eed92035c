"""Runs, sessions, montages and simultaneous acquisitions: what is fitted together, and what it is called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.acceptance import bids, datasets, models, running, signals
from tests.acceptance.datasets import Study
from tests.acceptance.films import make_film
from tests.acceptance.signals import Showing

QUICK: dict[str, object] = {
    "skip_bids_validation": True,
    "n_bootstraps": 30,
    "alignment": "language",
    "inference": "published",
}
ONE, TWO = (make_film(name, 150.0, cut_every_s=4.0) for name in ("part1", "part2"))
KINDS = signals.kinds_of({"interaction": 2, "vision": 1, "null": 1})
OTHER = signals.kinds_of({"interaction": 2, "vision": 1}, prefix="B")


def study_of(root: Path, networks: dict[str, str] = models.ONE) -> Study:
    for file in root.rglob("*.lock"):
        file.unlink()
    return Study(root, datasets.write_models(root, [ONE, TWO], networks), (ONE, TWO))


def run(study: Study, *, reports: bool = False, **options: object) -> tuple[Path, list[str]]:
    """The output and the names of its fits."""
    out = study.root.parent / f"out-{'-'.join(map(str, options.values()))}"
    before = datasets.checksums(study.root)
    running.succeed(running.run_inside(study.argv(out, **(QUICK | options)), reports=reports))
    assert datasets.checksums(study.root) == before
    assert running.validator_errors(out) == []
    return out, [f.name.removesuffix("_desc-sites_channels.tsv") for f in running.sites_files(out)]


def two_runs(root: Path, second: dict[str, str] = KINDS, **recording: object) -> None:
    for index, film, kinds in (("1", ONE, KINDS), ("2", TWO, second)):
        datasets.write_run(
            root, "01", kinds, [Showing(film, at=5.0)], [f"{film.name}.mp4"], run=index, seed=f"run{index}", **recording
        )  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return bids.start_dataset(tmp_path / "bids", ["01"])


def test_runs_of_a_session_are_one_fit(root: Path) -> None:
    two_runs(root)
    channels = root / "sub-01" / "ieeg" / "sub-01_task-movie_run-2_channels.tsv"
    bids.edit_table(channels, lambda t: t.assign(status=["good", "bad", "good", "good"]))
    study = study_of(root)
    out, names = run(study)
    assert names == ["sub-01_task-movie"]
    assert list(running.sites(out, "01")["name"]) == ["A1", "A3", "A4"]
    events = running.read_table(out / "sub-01" / "ieeg" / "sub-01_task-movie_desc-language_events.tsv")
    assert [int(r) for r in events["run"]] == sorted(int(r) for r in events["run"])
    assert set(events["run"].astype(int)) == {1, 2}
    for index, film in ((1, ONE), (2, TWO)):
        part = events[events["run"].astype(int) == index]
        assert set(part["stimulus"]) <= {film.name, f"{film.name}.mp4"}
        expected = film.words["onset"].to_numpy(float) + 5.0
        np.testing.assert_allclose(part["onset"].astype(float), expected[expected > 2.1], atol=2e-3)
    out, names = run(study, fit="run")
    assert names == ["sub-01_task-movie_run-1", "sub-01_task-movie_run-2"]
    out, names = run(study, run="02")
    assert names == ["sub-01_task-movie_run-2"]


def test_types_are_compared_without_case(root: Path) -> None:
    two_runs(root)
    channels = root / "sub-01" / "ieeg" / "sub-01_task-movie_run-2_channels.tsv"
    bids.edit_table(channels, lambda t: t.assign(type="seeg"))
    assert run(study_of(root))[1] == ["sub-01_task-movie"]


def test_run_order_is_numeric(root: Path) -> None:
    for index, film in (("10", ONE), ("9", TWO)):
        datasets.write_run(root, "01", KINDS, [Showing(film, at=5.0)], [f"{film.name}.mp4"], run=index)
    out, names = run(study_of(root))
    assert names == ["sub-01_task-movie"]
    events = running.read_table(next(out.rglob("*_desc-language_events.tsv")))
    assert list(dict.fromkeys(events["run"].astype(int))) == [9, 10]


def test_montages_are_fitted_apart(root: Path) -> None:
    two_runs(root, second=OTHER)
    out, names = run(study_of(root))
    assert names == ["sub-01_task-movie_run-1", "sub-01_task-movie_run-2"]
    assert list(running.sites(out, "01", "run-2")["name"]) == list(OTHER)


def test_sessions_are_fitted_apart(root: Path) -> None:
    for session, film in (("a", ONE), ("b", TWO)):
        datasets.write_run(root, "01", KINDS, [Showing(film, at=5.0)], [f"{film.name}.mp4"], session=session)
    study = study_of(root)
    out, names = run(study)
    assert names == ["sub-01_ses-a_task-movie", "sub-01_ses-b_task-movie"]
    assert (out / "sub-01" / "ses-b" / "ieeg" / "sub-01_ses-b_task-movie_desc-sites_channels.tsv").is_file()
    assert run(study, session_label="ses-b")[1] == ["sub-01_ses-b_task-movie"]


def test_tasks_are_fitted_apart(root: Path) -> None:
    for task, film in (("movie", ONE), ("film", TWO)):
        datasets.write_run(root, "01", KINDS, [Showing(film, at=5.0)], [f"{film.name}.mp4"], task=task)
    study = study_of(root)
    assert run(study)[1] == ["sub-01_task-film", "sub-01_task-movie"]
    assert run(study, task="film")[1] == ["sub-01_task-film"]


def test_simultaneous_acquisitions_share_events(root: Path) -> None:
    """Two devices at once, with one events.tsv, electrodes each, and other names; sidecars by inheritance."""
    showing = Showing(ONE, at=5.0)
    for acquisition, kinds, sfreq in (("clinical", KINDS, 128.0), ("HDgrid", OTHER, 200.0)):
        datasets.write_run(
            root, "01", kinds, [showing], ["part1.mp4"], session="x", run="1", acquisition=acquisition, sfreq=sfreq,
            events=False, channel_type="ecog",
        )  # fmt: skip
        bids.write_electrodes(root, "01", list(kinds), session="x", acquisition=acquisition, space=None, system="ACPC")
    folder = root / "sub-01" / "ses-x" / "ieeg"
    events = bids.stimulus_events([showing], files=["part1.mp4"])
    bids.write_table(folder / "sub-01_ses-x_task-movie_run-1_events.tsv", events)
    out, names = run(study_of(root))
    stem = "sub-01_ses-x_task-movie_acq-"
    assert names == [f"{stem}HDgrid_run-1", f"{stem}clinical_run-1"]
    for acquisition, kinds in (("clinical", KINDS), ("HDgrid", OTHER)):
        table = running.sites(out, "01", f"acq-{acquisition}_")
        assert list(table["name"]) == list(kinds)
        assert set(table["type"]) == {"ECOG"}
        assert set(table["region"]) == {"n/a"}
        assert table["x"].astype(float).iloc[0] == pytest.approx(-60)


def test_channels_and_sidecar_by_inheritance(root: Path) -> None:
    two_runs(root)
    folder = root / "sub-01" / "ieeg"
    for suffix, extension in (("channels", ".tsv"), ("ieeg", ".json")):
        (folder / f"sub-01_task-movie_run-1_{suffix}{extension}").rename(root / f"task-movie_{suffix}{extension}")
        (folder / f"sub-01_task-movie_run-2_{suffix}{extension}").unlink()
    out, names = run(study_of(root))
    assert names == ["sub-01_task-movie"]
    assert list(running.sites(out, "01")["name"]) == list(KINDS)


def test_filter_file(root: Path) -> None:
    import json

    two_runs(root)
    file = root.parent / "filter.json"
    file.write_text(json.dumps({"ieeg": {"run": "2"}}))
    assert run(study_of(root), bids_filter_file=file)[1] == ["sub-01_task-movie_run-2"]


def test_database_folder_is_made_and_reused(root: Path) -> None:
    two_runs(root)
    study, database = study_of(root), root.parent / "db"
    assert run(study, bids_database_dir=database)[1] == ["sub-01_task-movie"]
    assert any(database.iterdir())
    out = root.parent / "again"
    running.succeed(running.run_inside(study.argv(out, bids_database_dir=database, **QUICK)))
    assert len(running.sites_files(out)) == 1


def test_the_group_level_of_several_fits(root: Path) -> None:
    two_runs(root, second=OTHER)
    study = study_of(root, models.SMALL)
    out, _ = run(study, reports=True, inference="calibrated", n_shifts=0)
    running.succeed(running.run_inside(study.argv(out, "group"), reports=True))
    table = running.read_table(out / "group_sites.tsv")
    assert len(table) == len(KINDS) + len(OTHER)
    assert running.validator_errors(out) == []
