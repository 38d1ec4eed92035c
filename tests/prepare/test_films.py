"""Which film a recording shows, and whether the user's file is that film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from bids_vlint.errors import InputError
from bids_vlint.prepare.treebank.films import check_film_file, film_file, films_folder, find_trial
from bids_vlint.prepare.treebank.frames import check_frames, compared

FILMS = {(6, 0): "megamind", (6, 1): "toy-story", (6, 4): "coraline", (3, 1): "lotr-1", (4, 2): "incredibles"}


@pytest.mark.parametrize(
    ("run", "title", "trial"),
    [
        ("05", "Coraline", 4),
        ("03", "Coraline", 4),  # numbered one after the other: there is no trial 2 to disagree
        ("02", None, 1),
        (None, "The  Toy Story", None),
        (None, "TOY-STORY", 1),
        ("01", "Toy Story", None),  # the number says megamind
        ("01", "Frozen", None),
        ("03", None, None),
        ("x", None, None),
    ],
)
def test_title_and_number_agree_or_the_recording_is_refused(
    run: str | None, title: str | None, trial: int | None
) -> None:
    found, check = find_trial(6, run, title, FILMS)
    if title == "The  Toy Story":
        trial = 1
    assert found == ((6, trial) if trial is not None else None)
    assert (check.verdict == "refused") == (trial is None)
    assert bool(check.says) == (trial is None or title is None)


def test_titles_of_the_data_set_and_names_of_the_package_are_spelled_otherwise() -> None:
    assert find_trial(3, "02", "Lord Of The Rings 1", FILMS)[0] == (3, 1)
    assert find_trial(4, "03", "The Incredibles", FILMS)[0] == (4, 2)


def test_films_are_found_by_title_in_any_spelling(tmp_path: Path) -> None:
    assert film_file(None, "toy-story", None) is None
    (tmp_path / "Toy Story.MKV").touch()
    (tmp_path / "toy_story.srt").touch()
    assert film_file(tmp_path, "toy-story", "Toy Story") == tmp_path / "Toy Story.MKV"
    assert film_file(tmp_path, "coraline", "Coraline") is None
    (tmp_path / "toystory.mp4").touch()
    with pytest.raises(InputError, match="two files of one film"):
        film_file(tmp_path, "toy-story", None)
    assert films_folder(None) is None
    assert films_folder(tmp_path) == tmp_path
    with pytest.raises(InputError, match="is no folder"):
        films_folder(tmp_path / "none")


def test_a_film_that_ends_before_its_last_word_is_refused(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    assert check_film_file(film, 100.0, [1.0, 99.0]).verdict == "good"
    assert check_film_file(film, 90.0, [1.0, 99.0]).verdict == "refused"
    assert check_film_file(None, None, [1.0]).verdict == "not checked"


RATE, SECONDS = 8, 24


def pictures(lead: float = 0.0, seed: int = 0) -> list[np.ndarray]:
    """Blocks of grey that change every quarter of a second; the film begins `lead` seconds late."""
    rng = np.random.default_rng(seed)
    shown = [rng.integers(0, 255, (6, 8), dtype=np.uint8) for _ in range(4 * SECONDS)]
    dark = [np.full((6, 8), 20, np.uint8)] * round(4 * lead)
    small = (dark + shown)[: 4 * SECONDS]
    return [np.repeat(np.kron(one, np.ones((8, 8), np.uint8))[..., None], 3, 2) for one in small for _ in range(2)]


def write_film(path: Path, frames: list[np.ndarray]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE, width=64, height=48, pix_fmt="yuv420p", bit_rate=2_000_000)
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def png(frame: np.ndarray) -> bytes:
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = 64, 48, "rgb24", Fraction(1, 1)
    return b"".join(bytes(packet) for packet in codec.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))


@pytest.fixture(scope="module")
def authors_frames() -> dict[int, bytes]:
    shown = pictures()
    return {n: png(shown[n]) for n in (41, 60, 81, 100, 121, 141)}


def test_the_same_film_is_good_and_a_later_one_is_moved_or_refused(
    tmp_path: Path, authors_frames: dict[int, bytes]
) -> None:
    same = write_film(tmp_path / "same.mp4", pictures())
    offset, check = check_frames(same, compared(same, authors_frames), correct=False)
    assert (offset, check.verdict) == (0.0, "good")
    late = write_film(tmp_path / "late.mp4", pictures(lead=1.75))
    found = compared(late, authors_frames)
    offset, check = check_frames(late, found, correct=False)
    assert (offset, check.verdict) == (0.0, "refused")
    assert "--correct-films" in check.says
    offset, check = check_frames(late, found, correct=True)
    assert check.verdict == "noted"
    assert offset == pytest.approx(1.75, abs=1 / RATE)


def test_another_film_is_refused_whatever_was_asked(tmp_path: Path, authors_frames: dict[int, bytes]) -> None:
    other = write_film(tmp_path / "other.mp4", pictures(seed=1))
    assert check_frames(other, compared(other, authors_frames), correct=True)[1].verdict == "refused"
    slower = write_film(tmp_path / "slower.mp4", [f for k, f in enumerate(pictures()) for _ in range(1 + (k % 9 == 0))])
    assert check_frames(slower, compared(slower, authors_frames), correct=True)[1].verdict == "refused"
    assert check_frames(other, compared(other, {}), correct=True)[1].verdict == "not checked"


def test_a_frame_that_is_no_picture_is_one_sentence(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", pictures())
    with pytest.raises(InputError, match="frame 5 of movie_frames cannot be decoded"):
        compared(film, {5: b"nothing", 9: b"nothing"})
