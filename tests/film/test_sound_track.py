"""The sound track that is heard: the one that players choose, or the one that was asked for."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from bids_vlint.errors import InputError
from bids_vlint.film.sound import SAMPLING_RATE, samples, track_of
from bids_vlint.networks.low_level.sound import sound_series
from bids_vlint.study.stimuli_file import read_stimuli_file, sound_track

LEVELS = {"eng": 0.1, "nld": 0.4, "fra": 0.8}


@pytest.fixture(scope="module")
def dubbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with three tracks, told apart by how loud they are; players choose the second."""
    path = tmp_path_factory.mktemp("dubbed") / "film.mkv"
    with av.open(str(path), "w") as container:
        streams = []
        for language in LEVELS:
            stream = container.add_stream("pcm_s16le", rate=SAMPLING_RATE, layout="mono")
            stream.metadata["language"] = language
            stream.disposition = Disposition.default if language == "nld" else Disposition(0)
            streams.append(stream)
        for stream, level in zip(streams, LEVELS.values(), strict=True):
            wave = np.full((1, 2 * SAMPLING_RATE), round(32767 * level), np.int16)
            frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            frame.sample_rate, frame.pts = SAMPLING_RATE, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("wanted", "language"),
    [(None, "nld"), ("1", "eng"), ("3", "fra"), ("en", "eng"), ("nl", "nld"), ("dut", "nld"), ("fre", "fra")],
)
def test_which_track_is_heard(dubbed: Path, wanted: str | None, language: str) -> None:
    heard = np.concatenate(list(samples(dubbed, 2.0, wanted)))
    assert np.median(heard) == pytest.approx(LEVELS[language], abs=0.01)
    assert track_of(dubbed, wanted).language == language
    assert sound_series(dubbed, 2.0, wanted).track.startswith(f"{list(LEVELS).index(language) + 1} of 3 ({language}")


def test_a_track_that_is_not_there(dubbed: Path) -> None:
    for wanted in ("4", "de"):
        with pytest.raises(
            InputError, match=rf"no sound track '{wanted}'; it has 1 of 3 \(eng\), 2 of 3 \(nld, default"
        ):
            track_of(dubbed, wanted)


def test_the_key_that_chooses(tmp_path: Path) -> None:
    file = tmp_path / "stimuli.toml"
    words = '[stimulus.words]\nfile = "w.tsv"\ntext = "t"\nonset = "o"\n'
    for value, read in (('"nl"', "nl"), ("2", "2")):
        file.write_text(f'[[stimulus]]\nvideo = "f.mp4"\nsound_track = {value}\n{words}')
        (entry,) = read_stimuli_file(file, tmp_path)
        assert entry.sound_track == read
    for wrong in (0, -1, True, "", 1.5):
        with pytest.raises(InputError, match="neither a number from 1 nor a language"):
            sound_track(wrong, file)
