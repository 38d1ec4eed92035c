"""Cuts are found where the picture changes, in the file's own movie time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.film.scenes import scene_cuts
from bids_vlint.film.video import frames_at
from tests.film.write_film import write_film

COLOURS = np.array([[30, 10, 10], [120, 250, 120], [5, 5, 60], [240, 240, 240]], np.uint8)


def scene(number: int) -> np.ndarray:
    """A new colour every 36 frames."""
    return np.full((48, 64, 3), COLOURS[(number // 36) % 4], np.uint8)


@pytest.mark.parametrize(("suffix", "first"), [("mp4", 0), ("mkv", 36), ("ts", 36)])
@pytest.mark.parametrize("base", [Fraction(1, 24), Fraction(1001, 24000)])
def test_cuts_are_where_the_new_scene_starts(tmp_path: Path, suffix: str, first: int, base: Fraction) -> None:
    film = write_film(
        tmp_path / f"film.{suffix}", range(first, first + 144), time_base=base, draw=scene, options={"bf": "2"}
    )
    cuts = scene_cuts(film)
    np.testing.assert_allclose(cuts, [float(k * base) for k in (36, 72, 108)], atol=0.002)  # an MKV counts milliseconds
    for index, frame in frames_at(film, cuts):
        assert np.abs(frame[24, 32].astype(int) - COLOURS[index + 1]).max() < 40


def test_film_without_a_cut(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cuts = scene_cuts(write_film(tmp_path / "film.mp4", range(48), draw=lambda k: scene(0)))
    assert cuts.shape == (0,)
    assert cuts.dtype == np.float64


def test_it_is_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    film = write_film(tmp_path / "film.mp4", range(72), draw=scene, options={"x264-params": "log-level=none"})
    capfd.readouterr()
    scene_cuts(film)
    assert capfd.readouterr() == ("", "")


def test_film_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scene_cuts(tmp_path / "film.mp4")
    assert caught.value.code == Exit.NO_INPUT


def test_damaged_film(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"damaged" * 999)
    with pytest.raises(InputError, match="cannot be decoded") as caught:
        scene_cuts(tmp_path / "film.mp4")
    assert caught.value.code == Exit.DATA
