"""A table of words: rows without an onset, texts so far, in whatever order rows stand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bids_vlint.errors import InputError
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.stimuli_file import read_stimuli_file
from bids_vlint.study.stimuli_tables import from_file

ROWS = [("It's", 1.0, "It's"), ("gon", 1.4, "It's gon"), ("na", None, "It's gonna"), ("[music]", None, ""),
        ("rain.", 1.9, "It's gonna rain."), ("What", None, ""), ("now?", 3.5, "")]  # fmt: skip


def shown(folder: Path, rows: list[tuple[str, float | None, str]], extra: str = "") -> Presentation:
    pd.DataFrame(rows, columns=["word", "start", "text"]).to_csv(folder / "words.csv", index=False)
    toml = '[[stimulus]]\nvideo = "film.mp4"\nstart_time = 5\n[stimulus.words]\nfile = "words.csv"\ntext = "word"\n'
    (folder / "stimuli.toml").write_text(f'{toml}onset = "start"\n{extra}')
    (entry,) = read_stimuli_file(folder / "stimuli.toml", folder)
    recording = folder / "sub-01" / "ieeg" / "sub-01_task-movie_ieeg.vhdr"
    return from_file(Run(recording, folder, tuple(entities_of(recording).items())), entry)


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5, 6], [4, 5, 6, 0, 1, 2, 3]])
def test_rows_without_an_onset_belong_to_the_text(tmp_path: Path, order: list[int]) -> None:
    """They stay behind the row that they follow, also where a table is not sorted."""
    heard = shown(tmp_path, [ROWS[k] for k in order]).heard
    assert heard["onset"].tolist() == [6.0, 6.4, 6.9, 8.5]
    assert heard["text"].tolist() == ["It's", "It's gon", "It's gon na rain.", "What now?"]


def test_text_so_far(tmp_path: Path) -> None:
    presentation = shown(tmp_path, ROWS, 'so_far = "text"\n')
    assert presentation.heard["text"].tolist() == ["It's", "It's gon", "It's gonna rain.", "What now?"]
    assert presentation.sentences["text"].tolist() == ["It's gonna rain.", "What now?"]
    assert presentation.annotations == 0  # [music] has no onset


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no column 'context'"):
        shown(tmp_path, ROWS, 'so_far = "context"\n')
