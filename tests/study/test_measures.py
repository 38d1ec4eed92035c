"""`[stimulus.low_level]`: columns of a user's own; `[stimulus.phonemes]`: where phonemes stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bids_vlint.errors import InputError
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.study.events import shown_to_networks
from bids_vlint.study.stimuli_file import read_stimuli_file
from bids_vlint.study.stimuli_tables import from_file
from bids_vlint.study.stimulus import StimulusEvents
from tests.study.test_speech import text_grid

WORDS = '[[stimulus]]\nvideo = "film.mp4"\nstart_time = 5\nparticipants = ["01"]\n[stimulus.words]\n' \
        'file = "words.csv"\ntext = "word"\nonset = "start"\n'  # fmt: skip
SOUND = '[stimulus.low_level]\nfile = "sound.csv"\nonset = "start"\ncolumns = ["volume", "pitch"]\n'


def shown(folder: Path, sound: str, toml: str = WORDS + SOUND) -> StimulusEvents:
    (folder / "words.csv").write_text("word,start\nso,1\nthen,2\n")
    (folder / "sound.csv").write_text(sound)
    (folder / "stimuli.toml").write_text(toml)
    entry = read_stimuli_file(folder / "stimuli.toml", folder)[0]
    recording = folder / "sub-01" / "ieeg" / "sub-01_task-movie_ieeg.vhdr"
    presentation = from_file(Run(recording, folder, tuple(entities_of(recording).items())), entry)
    return shown_to_networks(presentation, "language", np.empty(0))


def test_rows_are_put_in_order_and_what_is_not_said_is_not_known(tmp_path: Path) -> None:
    found = shown(tmp_path, "pitch,start,volume,more\n200,2,.5,x\n100,1,n/a,x\n7,n/a,7,x\n").measures
    assert found is not None
    assert found.names == ("volume", "pitch")
    assert found.onset.tolist() == [1.0, 2.0]
    np.testing.assert_array_equal(found.values, [[np.nan, 100.0], [0.5, 200.0]])
    assert shown(tmp_path, "", WORDS).measures is None


@pytest.mark.parametrize(
    ("sound", "toml", "said"),
    [
        ("start,pitch\n1,2\n", WORDS + SOUND, "no column 'volume'"),
        ("start,pitch,volume\n1,high,2\n", WORDS + SOUND, "holds 'high'"),
        ("start,pitch,volume\nn/a,1,2\n", WORDS + SOUND, "no row with an onset"),
        ("", WORDS + SOUND.replace('["volume", "pitch"]', '"volume"'), "columns is 'volume'"),
        ("", WORDS + SOUND.replace('["volume", "pitch"]', "[]"), "columns is"),
        ("", WORDS + SOUND.replace("columns", "colums"), "did you mean columns"),
        ("", WORDS + SOUND + WORDS.replace("01", "02"), "other columns under"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, sound: str, toml: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        shown(tmp_path, sound, toml)
    assert said in str(error.value)
    assert error.value.code == 65


def test_phonemes_of_a_table_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "phones.csv").write_text("when,phone\n1.2,T\n1.0,S\n,K\n1.5,n/a\n")
    keys = '[stimulus.phonemes]\nfile = "phones.csv"\ntext = "phone"\nonset = "when"\n'
    found = shown(tmp_path, "", WORDS + keys).phonemes
    assert found is not None
    assert (found.onset.tolist(), found.label) == ([1.0, 1.2], ("S", "T"))
    assert shown(tmp_path, "", WORDS).phonemes is None
    with pytest.raises(InputError, match="lacks text"):
        shown(tmp_path, "", WORDS + keys.replace('text = "phone"\n', ""))


def test_phonemes_beside_the_words(tmp_path: Path) -> None:
    tiers = {"words": [(1.0, 1.4, "so")], "phones": [(1.0, 1.2, "S"), (1.2, 1.4, "OW1")]}
    (tmp_path / "words.TextGrid").write_text(text_grid(tiers))
    toml = WORDS.replace("words.csv", "words.TextGrid").replace('text = "word"\nonset = "start"\n', "")
    found = shown(tmp_path, "", toml).phonemes
    assert found is not None
    assert (found.onset.tolist(), found.label) == ([1.0, 1.2], ("S", "OW1"))
