"""Bad input: one clear sentence, the right exit code, no traceback and no result."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.acceptance import bids, datasets, running
from tests.acceptance.datasets import Study

QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 30, "n_shifts": 10}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A good data set of one participant."""
    return datasets.small_study(tmp_path_factory.mktemp("errors") / "bids", counts={"interaction": 2, "null": 1})


@pytest.fixture
def study(template: Study, tmp_path: Path) -> Study:
    """A copy to spoil."""
    root = Path(shutil.copytree(template.root, tmp_path / "bids"))
    folder = Path(shutil.copytree(template.models.parent, tmp_path / "bids_models"))
    return Study(root, folder / "set.toml", template.films, template.kinds)


def run(study: Study, **options: object) -> tuple[running.Result, Path]:
    out = study.root.parent / "out"
    return running.run_inside(study.argv(out, **(QUICK | options))), out


def events_file(study: Study) -> Path:
    return next(study.root.rglob("*_events.tsv"))


# -- the command line -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, code, said",
    [
        ([], 64, ""),
        (["only"], 64, ""),
        (["a", "b", "participants"], 17, "participant"),
        (["a", "b", "both"], 17, "both"),
        (["a", "b", "participant", "--modles", "x.toml"], 64, "--models"),
        (["a", "b", "participant", "--models", "x.toml", "--nprocs", "two"], 64, "nprocs"),
        (["a", "b", "participant", "--models", "x.toml", "--nprocs", "0"], 64, "nprocs"),
        (["a", "b", "participant", "--models", "x.toml", "--alignment", "sound"], 64, "alignment"),
        (["a", "b", "participant", "--models", "x.toml", "--reference", "lapacian"], 64, "laplacian"),
        (["a", "b", "participant", "--models"], 64, "models"),
        (["a", "b", "participant", "--seed", "-1", "--models", "x.toml"], 64, "seed"),
    ],
)
def test_command_line(words: list[str], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = running.run_inside(words)
    running.refused(result, code, tmp_path / "b", said)
    assert not list(tmp_path.iterdir())


def test_models_are_required(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    running.refused(running.run_inside([str(study.root), str(out), "participant"]), 64, out, "--models")


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version(flag: str) -> None:
    result = running.run_outside([flag])
    assert result.code == 0
    assert result.stdout.strip()
    assert result.seconds < 20


def test_dashes_or_underscores_and_prefixes(study: Study, tmp_path: Path) -> None:
    argv = [
        str(study.root),
        str(tmp_path / "o"),
        "participant",
        "--participant_label",
        "sub-01",
        "--n_bootstraps",
        "30",
    ]
    argv += ["--models", str(study.models), "--work_dir", str(tmp_path / "w"), "--task", "task-movie"]
    running.succeed(running.run_inside([*argv, "--skip_bids_validation", "--dry_run"]))


# -- folders ----------------------------------------------------------------------------------------------------------


def test_no_bids_data_set(study: Study, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "absent", study.models):
        other = Study(place, study.models, study.films)
        out = tmp_path / "out"
        running.refused(running.run_inside(other.argv(out)), 16, out, str(place))
        assert not out.exists()


def test_broken_dataset_description(study: Study) -> None:
    (study.root / "dataset_description.json").write_text('{"Name": "x", ')
    result, out = run(study)
    running.refused(result, 16, out, "dataset_description.json")


def test_output_is_a_file(study: Study, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    for out in (blocked, blocked / "below"):
        running.refused(running.run_inside(study.argv(out, work_dir=tmp_path / "w")), 73, out, "blocked")
    assert blocked.read_text() == "a file"


def test_output_inside_the_input(study: Study, tmp_path: Path) -> None:
    before = datasets.checksums(study.root)
    for out in (study.root, study.root / "results", study.root / "sub-01" / "out", study.root / "stimuli"):
        running.refused(
            running.run_inside(study.argv(out, work_dir=tmp_path / "w")), 73, tmp_path / "none", "derivatives"
        )
    link = tmp_path / "link"
    link.symlink_to(study.root)
    running.refused(running.run_inside(study.argv(link / "results", work_dir=tmp_path / "w")), 73, tmp_path / "none")
    assert datasets.checksums(study.root) == before


def test_output_in_derivatives(study: Study, tmp_path: Path) -> None:
    out = study.root / "derivatives" / "bids_vlint"
    running.succeed(running.run_inside(study.argv(out, work_dir=tmp_path / "w", **QUICK)))
    assert running.sites_files(out)


def test_work_dir_inside_the_input(study: Study, tmp_path: Path) -> None:
    result = running.run_inside(study.argv(tmp_path / "out", work_dir=study.root / "work"))
    assert result.code in (64, 73)
    assert not (study.root / "work").exists()


# -- settings files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["models", "stimuli", "config", "bids_filter_file"])
def test_a_file_that_is_not_there(study: Study, option: str) -> None:
    result, out = run(study, **{option: study.root.parent / "absent.toml"})
    running.refused(result, 66, out, "absent.toml")


@pytest.mark.parametrize("option", ["models", "stimuli", "config"])
def test_malformed_toml(study: Study, option: str) -> None:
    bad = study.root.parent / "bad.toml"
    bad.write_text("[[model]\nname = \n")
    result, out = run(study, **{option: bad})
    running.refused(result, 65, out, "bad.toml")


def test_unknown_set(study: Study) -> None:
    result, out = run(study, models="dmeo")
    assert result.code in (64, 65, 66)
    running.refused(result, result.code, out, "demo")


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('source = "precomputed"', 'source = "precompute"', "precomputed"),
        ('modality = "vision"', 'modality = "visual"', "vision"),
        ('model = ["fusion"]', 'model = ["fusoin"]', "fusion"),
        ("path = ", "paht = ", "path"),
        ("[[model]]", "[[models]]", "model"),
    ],
)
def test_wrong_words_in_a_model_set(study: Study, old: str, new: str, said: str) -> None:
    study.models.write_text(study.models.read_text().replace(old, new, 1))
    result, out = run(study)
    running.refused(result, 65, out, "set.toml", said)


def test_empty_model_set(study: Study) -> None:
    study.models.write_text("")
    result, out = run(study)
    running.refused(result, 65, out, "set.toml")


@pytest.mark.parametrize("line", ["sede = 3", 'nprocs = "many"', 'alignment = ["sound"]', "n_bootstraps = -4"])
def test_wrong_words_in_a_config(study: Study, line: str) -> None:
    config = study.root.parent / "config.toml"
    config.write_text(line + "\n")
    out = study.root.parent / "out"
    argv = [w for w in study.argv(out, config=config) if w]
    running.refused(running.run_inside(argv), 65, out, "config.toml")


# -- what the filters select ------------------------------------------------------------------------------------------


def test_unknown_label(study: Study) -> None:
    result, out = run(study, participant_label="sub-011")
    running.refused(result, 18, out, "011", "01")
    for option, value in (("task", "movei"), ("session_label", "late"), ("run", "7")):
        result, out = run(study, **{option: value})
        running.refused(result, 18, out, value)


def test_unknown_label_among_known_ones(study: Study) -> None:
    result, out = run(study, participant_label=["01", "09"])
    running.refused(result, 18, out, "09")


def test_no_ieeg(study: Study) -> None:
    for file in (study.root / "sub-01").rglob("*"):
        if file.is_file():
            file.unlink()
    shutil.rmtree(study.root / "sub-01" / "ieeg")
    (study.root / "sub-01" / "anat").mkdir()
    (study.root / "sub-01" / "anat" / "sub-01_T1w.json").write_text("{}")
    result, out = run(study)
    running.refused(result, 18, out, "iEEG")


def test_no_ieeg_channels(study: Study) -> None:
    channels = next(study.root.rglob("*_channels.tsv"))
    bids.edit_table(channels, lambda t: t.assign(type="EEG"))
    result, out = run(study)
    running.refused(result, 18, out)


@pytest.mark.parametrize("named", [None, "01"])
def test_no_movie_run(study: Study, named: str | None) -> None:
    bids.edit_table(events_file(study), lambda t: t.assign(stim_file="n/a"))
    result, out = run(study, **({"participant_label": named} if named else {}))
    running.refused(result, 18, out)


def test_a_participant_without_a_movie_is_skipped(study: Study) -> None:
    names = ["C1", "C2"]
    data = np.random.default_rng(0).standard_normal((2, 128 * 30))
    path = bids.write_recording(study.root, data, 128.0, names, subject="05", task="rest")
    bids.write_table(
        bids.table_path(path, "events"), pd.DataFrame({"onset": [1.0], "duration": [2.0], "trial_type": ["x"]})
    )
    bids.write_table(study.root / "participants.tsv", pd.DataFrame({"participant_id": ["sub-01", "sub-05"]}))
    result, out = run(study)
    running.succeed(result)
    assert "05" in result.stderr
    assert len(running.sites_files(out)) == 1
    result, _ = run(study, participant_label=["01", "05"])
    assert result.code == 1
    result = running.run_inside(study.argv(study.root.parent / "out3", participant_label="05", **QUICK))
    running.refused(result, 18, study.root.parent / "out3")


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
        ('tasks = ["movie"]', 'tasks = ["podcast"]', (18, 65), "stimuli.toml"),
        ('"../tables/the_film_words.tsv"', '"../tables/absent.tsv"', 66, "absent.tsv"),
        ('start = { trial_type = "movie" }', 'start = { trial_type = "musik" }', (18, 65), "musik"),
        ('video = "stimuli/the_film.mp4"', "", 65, "video"),
        ('offset = "end"', 'offset = "text"', 65, "text"),
    ],
)
def test_stimuli_file(study: Study, old: str, new: str, code: int | tuple[int, ...], said: str) -> None:
    result, out = run(study, stimuli=with_stimuli(study, old, new))
    running.refused(result, code, out, said)


# -- the order of the checks ------------------------------------------------------------------------------------------


def test_order(study: Study, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    bad = tmp_path / "bad.toml"
    bad.write_text("[[")
    nowhere, good = str(tmp_path / "nowhere"), str(study.root)
    end = ["--participant-label", "99"]
    cases = [
        ([nowhere, str(blocked), "participant", "--models", str(bad), "--nprocs", "x", *end], 64),
        ([nowhere, str(blocked), "participant", "--models", str(bad), *end], 16),
        ([good, str(blocked), "participant", "--models", str(bad), *end], 73),
        ([good, str(tmp_path / "o"), "participant", "--models", str(bad), *end], 65),
        ([good, str(tmp_path / "o"), "participant", "--models", str(study.models), *end], 18),
    ]
    for argv, code in cases:
        assert running.run_inside([*argv, "-w", str(tmp_path / "w")]).code == code, argv
