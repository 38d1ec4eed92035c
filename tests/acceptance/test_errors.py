"""Bad input: one clear sentence, the right exit code, no traceback and no result."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.acceptance import bids, datasets, running
from tests.acceptance.datasets import Study
from tests.acceptance.spoiling import QUICK, events_file, run

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
    how = QUICK | {"alignment": "language", "n_shifts": 0}
    running.succeed(running.run_inside(study.argv(out, work_dir=tmp_path / "w", **how)))
    assert running.sites_files(out)


def test_work_dir_inside_the_input(study: Study, tmp_path: Path) -> None:
    result = running.run_inside(study.argv(tmp_path / "out", work_dir=study.root / "work"))
    running.refused(result, 73, tmp_path / "out", "lies inside the input data set")
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
    running.refused(result, 64, out, "dmeo", "did you mean demo?")


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
