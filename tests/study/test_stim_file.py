"""The film that events name, as other machines write it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bids_vlint.files.paths import path_there
from bids_vlint.log import remarks
from bids_vlint.study.stim_file import film_path, with_films


def named(root: Path, *names: str, column: str = "stim_file") -> list[str]:
    return with_films(pd.DataFrame({column: list(names)}), root)["stim_file"].tolist()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "stimuli" / "clips").mkdir(parents=True)
    for name in ("movie.mp4", "clips/Ändern.mkv", "clips/twin.mp4", "clips/TWIN.mp4", "stim-night_video.mp4"):
        (tmp_path / "stimuli" / name).touch()
    return tmp_path


@pytest.mark.parametrize("written, meant", [
    ("movie.mp4", "movie.mp4"),
    ("stimuli/movie.mp4", "movie.mp4"),
    ("/stimuli/movie.mp4", "movie.mp4"),
    (r"stimuli\movie.mp4", "movie.mp4"),
    (r"clips\Ändern.mkv", "clips/Ändern.mkv"),
    ("clips/A\u0308NDERN.MKV", "clips/Ändern.mkv"),
    ("Movie.MP4", "movie.mp4"),
    (r"C:\Users\lab\stimuli\movie.mp4", "movie.mp4"),
    ("/home/lab/movie.mp4", "movie.mp4"),
    ("clips/Twin.mp4", "clips/Twin.mp4"),  # two would fit
    ("clips/TWIN.mp4", "clips/TWIN.mp4"),
    (r"lost\other.mp4", "lost/other.mp4"),
    ("picture.png", "picture.png"),
    ("n/a", "n/a"),
])  # fmt: skip
def test_stim_file(root: Path, written: str, meant: str) -> None:
    assert named(root, written) == [meant]


def test_a_folder_in_another_case(root: Path) -> None:
    (root / "stimuli").rename(root / "Stimuli")
    assert named(root, "stimuli/Movie.mp4") == ["movie.mp4"]
    assert film_path(root, "movie.mp4") == root / "Stimuli" / "movie.mp4"


def test_what_was_taken_is_said(root: Path) -> None:
    with remarks() as notes:
        assert named(root, "Movie.MP4", "/data/lab/movie.mp4") == ["movie.mp4", "movie.mp4"]
    assert list(notes) == [
        "Movie.MP4 is movie.mp4 here.",
        "stim_file /data/lab/movie.mp4 is not there; stimuli/movie.mp4 was taken for it.",
    ]


def test_a_film_outside_the_data_set_is_taken_by_its_whole_path_and_said(root: Path, tmp_path: Path) -> None:
    film = tmp_path / "elsewhere" / "movie.mp4"  # one of this name is below stimuli/, too
    film.parent.mkdir()
    film.touch()
    with remarks() as notes:
        assert named(root, str(film)) == [str(film)]
    assert film_path(root, str(film)) == film
    assert list(notes) == [f"stim_file {film} lies outside the data set: others who run it will lack this film."]


def test_stim_id(root: Path) -> None:
    assert named(root, "night", "stim-night", "day", "n/a", column="stim_id") == ["stim-night_video.mp4"] * 2 + ["", ""]
    both = pd.DataFrame({"stim_id": ["night", "night"], "stim_file": ["n/a", "movie.mp4"]})
    assert with_films(both, root)["stim_file"].tolist() == ["stim-night_video.mp4", "movie.mp4"]
    (root / "stimuli" / "clips" / "stim-night.mkv").touch()
    with remarks() as notes:
        assert named(root, "night", column="stim_id") == [""]
    assert "stim_id night is no one film: stim-night.mkv, stim-night_video.mp4." in list(notes)


def test_paths_of_a_stimuli_file(root: Path) -> None:
    assert path_there(root, r"Stimuli\clips\twin.mp4") == root / "stimuli" / "clips" / "twin.mp4"
    assert path_there(root, "stimuli/none.tsv") == root / "stimuli" / "none.tsv"
