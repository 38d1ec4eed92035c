"""Words in channels.tsv: a status that says bad is bad, other types are counted, nothing is good without a note."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.log import remarks
from bids_vlint.study.channels import Channels, read_channels
from bids_vlint.study.dataset import Run


def read(root: Path, types: Sequence[str], status: Sequence[str]) -> tuple[Channels, list[str]]:
    file = root / "sub-01" / "ieeg" / "sub-01_task-a_ieeg.edf"
    file.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame({"name": [f"A{k}" for k in range(1, len(types) + 1)], "type": types, "status": status})
    table.to_csv(file.with_name("sub-01_task-a_channels.tsv"), sep="\t", index=False)
    with remarks() as notes:
        found = read_channels(Run(file, root, (("subject", "01"), ("task", "a"))))
    return found, list(notes)


BAD = ("bad", "BAD", "bad (epileptic)", "Bad_channel", "noisy", "reject", "rejected", "artefact", "artifact at the end",
       "flat", "unplugged", "no signal")  # fmt: skip


@pytest.mark.parametrize("word", BAD)
def test_what_says_bad_is_bad(tmp_path: Path, word: str) -> None:
    found, notes = read(tmp_path, ["SEEG"] * 3, ["good", word, "n/a"])
    assert found.good == ["A1", "A3"]
    assert found.no_status == ("A3",)
    said = [note for note in notes if "1 channels count as bad by a status in other words" in note and word in note]
    assert len(said) == (word.lower() != "bad")


@pytest.mark.parametrize("word", ["0", "ok", "good (noisy at the end)", "fine"])
def test_nothing_else_is_good_without_a_note(tmp_path: Path, word: str) -> None:
    found, notes = read(tmp_path, ["SEEG"] * 2, ["GOOD", word])
    assert found.good == ["A1", "A2"]
    (note,) = notes
    assert f"1 channels count as good by a status in other words ({word!r})" in note


def test_types_that_may_be_intracranial_are_counted(tmp_path: Path) -> None:
    types = ["SEEG", "eeg", "DEPTH", "DBS", "EEG", "ECG", "TRIG", "MISC", "n/a", "ecog"]
    found, notes = read(tmp_path, types, ["good"] * len(types))
    assert found.good == ["A1", "A10"]
    assert found.other_types == {"A2": "EEG", "A3": "DEPTH", "A4": "DBS", "A5": "EEG"}
    assert any("4 channels are left out" in note and "EEG: 2, DEPTH: 1, DBS: 1" in note for note in notes)
    with pytest.raises(InputError, match=r"types no channel SEEG or ECOG \(it has EEG: 2, DEPTH: 1\)") as caught:
        read(tmp_path, ["EEG", "EEG", "DEPTH"], ["good"] * 3)
    assert caught.value.code == Exit.NOTHING_SELECTED
