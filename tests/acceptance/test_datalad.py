"""A data set of DataLad whose content is not there: every file that is needed is named with what gets it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.acceptance import bids, datasets, models, running, signals
from tests.acceptance.datasets import Study
from tests.acceptance.films import make_film
from tests.acceptance.signals import Showing

FILMS = [make_film(name, 60.0, cut_every_s=4.0) for name in ("one", "two")]
KINDS = signals.kinds_of({"interaction": 1, "null": 1})
TEXTS = (".tsv", ".json")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A participant, two recordings; the content of every file lies in a store beside the data set."""
    root = bids.start_dataset(tmp_path / "my bids", ["01"])
    for k, film in enumerate(FILMS):
        datasets.write_run(
            root, "01", KINDS, [Showing(film, at=5.0)], [f"{film.name}.mp4"], run=str(k + 1), seed=str(k)
        )
    bids.write_electrodes(root, "01", list(KINDS), space="MNI152NLin2009cAsym")
    return Study(root, datasets.write_models(root, FILMS, models.ONE), tuple(FILMS), {})


def drop(root: Path) -> dict[Path, Path]:
    """Every file as git-annex leaves it where its content is dropped: a link that leads nowhere; file -> content."""
    kept = {}
    for file in sorted(p for p in root.rglob("*") if p.is_file() and p.name != "dataset_description.json"):
        key = f"MD5E-s{file.stat().st_size}--{file.relative_to(root).as_posix().replace('/', '_')}"
        kept[file] = Path(shutil.move(file, root.parent / key))
        up = "../" * (len(file.relative_to(root).parts) - 1)
        file.symlink_to(f"{up}.git/annex/objects/aa/bb/{key}/{key}")
    return kept


def named(result: running.Result) -> list[Path]:
    """The files of the command that a refused participant is told to run."""
    assert result.code == 66, result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("sub-01: ")]
    words = shlex.split(line.partition("; run ")[2].removesuffix("."))
    assert words[:2] == ["datalad", "get"]
    return sorted(map(Path, words[2:]))


def get(files: Iterable[Path], kept: dict[Path, Path]) -> None:
    for file in files:
        file.unlink()
        shutil.copy(kept[file], file)


def test_each_missing_file_is_named(study: Study, tmp_path: Path) -> None:
    """First the tables, without which nobody knows what is needed; then all that is; not what is not."""
    kept = drop(study.root)
    own = [file for file in kept if "sub-01" in file.parts and not file.name.endswith("_scans.tsv")]
    argv = study.argv(tmp_path / "out", dry_run=True, n_shifts=10, alignment="language", inference="published")
    tables = named(running.run_inside(argv))
    assert tables == sorted(file for file in own if file.suffix in TEXTS)
    get(tables, kept)
    recordings = named(running.run_inside(argv))
    assert recordings == sorted(file for file in own if file.suffix not in TEXTS)
    assert len(recordings) == 6
    get(recordings, kept)
    features = next(study.models.parent.rglob("one_language_ear.h5"))
    features.rename(tmp_path / "features")
    features.symlink_to("../.git/annex/objects/aa/bb/key/key")
    line = running.run_inside(argv).stdout
    assert f"{features}: has not been fetched; run datalad get {features}." in line
    features.unlink()
    (tmp_path / "features").rename(features)
    running.succeed(running.run_inside(argv))


@pytest.mark.full
def test_a_clone_of_git_annex(study: Study, tmp_path: Path) -> None:
    """The same of a real clone: what is named is what git-annex gets."""
    if shutil.which("git-annex") is None:
        pytest.skip("git-annex is not installed")

    def git(folder: Path, *words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)

    git(study.root, "init")
    git(study.root, "annex", "init", "origin")
    git(study.root, "annex", "add", ".")
    git(study.root, "commit", "-m", "all")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", str(study.root), str(clone))
    git(clone, "annex", "init", "clone")
    git(clone, "annex", "get", "dataset_description.json")
    cloned = Study(clone, study.models, study.films)
    argv = cloned.argv(tmp_path / "out", dry_run=True, n_shifts=10, alignment="language", inference="published")
    for n_files in (8, 6):
        files = named(running.run_inside(argv))
        assert len(files) == n_files
        git(clone, "annex", "get", *map(str, files))
    running.succeed(running.run_inside(argv))
