"""Sound around moments of a film is what is there, wherever the decoder's pieces end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bids_vlint.film.heard import heard_around
from bids_vlint.film.sound import samples
from tests.networks.low_level.sounding_film import write_film


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of sound without repetition."""
    rng = np.random.default_rng(0)
    return write_film(tmp_path_factory.mktemp("heard") / "a.wav", 10.0, None, lambda t: rng.uniform(-0.5, 0.5, len(t)),
                      codec="pcm_s16le", rate=16000, layout="mono")  # fmt: skip


@pytest.mark.parametrize("window", [(-2.0, 0.5), (0.0, 0.1), (-0.3, -0.1), (0.5, 1.0)])
def test_pieces_are_cut_from_the_whole(path: Path, window: tuple[float, float]) -> None:
    whole = np.pad(np.concatenate(list(samples(path, 20.0))), 16000 * 3)
    time = np.array([0.0, 0.05, 1.0, 1.0001, 4.2, 4.25, 9.8, 9.9, 11.0])
    found = list(heard_around(path, time, window))
    assert len(found) == len(time)
    for at, piece in zip(time, found):
        start = round((at + window[0]) * 16000) + 3 * 16000
        np.testing.assert_array_equal(piece, whole[start : start + len(piece)])
        assert len(piece) == round((window[1] - window[0]) * 16000)


def test_no_moment_no_sound(path: Path) -> None:
    assert not list(heard_around(path, np.empty(0), (-1.0, 1.0)))
