"""Bad stimuli, features and files of them: one clear sentence, the right exit code, no traceback, no result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.acceptance import bids, datasets, running
from tests.acceptance.datasets import Study
from tests.acceptance.spoiling import events_file, run

# -- stimuli and features ---------------------------------------------------------------------------------------------


def test_no_words(study: Study) -> None:
    bids.edit_table(events_file(study), lambda t: t[t["trial_type"] != "word"])
    result, out = run(study)
    running.refused(result, 65, out, "word")


def needs_the_film(study: Study) -> None:
    """A network that looks at the film itself (random, so that no weights are needed)."""
    extra = (
        '\n[[model]]\nname = "net"\nmodality = "vision"\nsource = "timm"\narchitecture = "resnet10t"\ntrained = false\n'
    )
    study.models.write_text(study.models.read_text() + extra)


def test_missing_video(study: Study) -> None:
    needs_the_film(study)
    next(study.root.rglob("*.mp4")).unlink()
    result, out = run(study)
    running.refused(result, 66, out, "the_film.mp4")


def test_corrupt_video(study: Study) -> None:
    needs_the_film(study)
    next(study.root.rglob("*.mp4")).write_bytes(b"this is no film" * 1000)
    result, out = run(study)
    running.refused(result, 65, out, "the_film.mp4")


def test_corrupt_video_where_cuts_must_be_detected(study: Study) -> None:
    bids.edit_table(events_file(study), lambda t: t[t["trial_type"] != "scene_cut"])
    next(study.root.rglob("*.mp4")).write_bytes(b"this is no film" * 1000)
    result, out = run(study)
    running.refused(result, 65, out, "the_film.mp4")


def drop_row(file: h5py.File, row: int) -> None:
    for key in list(file):
        values = np.delete(file[key][()], row, axis=0)
        del file[key]
        file[key] = values


def spoil_event(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        drop_row(file, 60)


def spoil_onset(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        onset = file["onset"][()]
        onset[60] += 0.005
        file["onset"][...] = onset


def spoil_rows(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        values = file["late"][()][:-3]
        del file["late"]
        file["late"] = values


def spoil_nan(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["late"][60, 3] = np.nan


def spoil_bytes(path: Path) -> None:
    path.write_bytes(b"not hdf5")


def spoil_no_onset(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["onset"]


def spoil_no_layer(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["late"]
        del file["early"]


SPOILERS: list[Callable[[Path], None]] = [
    spoil_event,
    spoil_onset,
    spoil_rows,
    spoil_nan,
    spoil_bytes,
    spoil_no_onset,
    spoil_no_layer,
    Path.unlink,
]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda f: f.__name__)
def test_features(study: Study, spoil: Callable[[Path], None]) -> None:
    path = study.models.parent / "features" / "the_film_language_fusion.h5"
    spoil(path)
    result, out = run(study)
    line = running.refused(result, 65, out, "the_film_language_fusion.h5")
    if spoil in (spoil_event, spoil_onset):
        missed = study.films[0].words["onset"].iloc[60]
        assert f"{missed:.2f}"[:-1] in line, f"{missed} is not named in: {line}"


def test_one_of_two_participants_fails(tmp_path: Path) -> None:
    study = datasets.small_study(tmp_path / "bids", subjects=("01", "02"), counts={"interaction": 2})
    bids.edit_table(
        study.root / "sub-02" / "ieeg" / "sub-02_task-movie_events.tsv", lambda t: t[t["trial_type"] != "word"]
    )
    result, out = run(study)
    assert result.code == 1
    assert "02" in result.stderr
    assert "Traceback" not in result.stderr
    assert [f.name[:6] for f in running.sites_files(out)] == ["sub-01"]


# -- stimuli files ----------------------------------------------------------------------------------------------------

STIMULI = """[[stimulus]]
video = "stimuli/the_film.mp4"
tasks = ["movie"]
start = { trial_type = "movie" }
[stimulus.words]
file = "../tables/the_film_words.tsv"
text = "text"
onset = "start"
offset = "end"
[stimulus.scene_cuts]
file = "../tables/the_film_cuts.tsv"
onset = "time"
"""


def with_stimuli(study: Study, old: str = "", new: str = "") -> Path:
    bids.film_tables(study.root.parent / "tables", study.films[0])
    bids.edit_table(events_file(study), lambda t: t[t["trial_type"] == "movie"][["onset", "duration", "trial_type"]])
    assert old in STIMULI
    path = study.root.parent / "stimuli.toml"
    path.write_text(STIMULI.replace(old, new, 1) if old else STIMULI)
    return path


def test_stimuli_file_as_it_should_be(study: Study) -> None:
    result, out = run(study, stimuli=with_stimuli(study))
    running.succeed(result)
    assert len(running.sites_files(out)) == 1


@pytest.mark.parametrize(
    "old, new, code, said",
    [
        ('text = "text"', 'text = "txet"', 65, "text"),
        ('onset = "time"', 'onset = "tiem"', 65, "time"),
        ('tasks = ["movie"]', 'taks = ["movie"]', 65, "tasks"),
        ('tasks = ["movie"]', 'tasks = ["podcast"]', 18, "stimuli.toml"),
        ('"../tables/the_film_words.tsv"', '"../tables/absent.tsv"', 66, "absent.tsv"),
        ('start = { trial_type = "movie" }', 'start = { trial_type = "musik" }', 65, "musik"),
        ('video = "stimuli/the_film.mp4"', "", 65, "video"),
        ('offset = "end"', 'offset = "text"', 65, "text"),
    ],
)
def test_stimuli_file(study: Study, old: str, new: str, code: int, said: str) -> None:
    result, out = run(study, stimuli=with_stimuli(study, old, new))
    running.refused(result, code, out, said)
