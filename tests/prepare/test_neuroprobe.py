"""All 26 sessions of the real package neuroprobe, with recordings of zeros as long as they have to be."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from bids_vlint.prepare.treebank.neuroprobe import Neuroprobe, find_neuroprobe
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.study.stimuli_file import read_stimuli_file
from bids_vlint.study.stimuli_tables import from_file
from tests.acceptance.running import read_table, run_inside
from tests.prepare.world import RATE, Recorded, write_root

TITLES = {"ant-man": "Antman", "lotr-1": "Lord Of The Rings 1", "lotr-2": "Lord Of The Rings 2",
          "incredibles": "The Incredibles", "spider-man-3-homecoming": "Spiderman Homecoming"}  # fmt: skip
ERRATIC = (9, 0)
QUIET = {(1, 2), (10, 1)}  # their times jitter by .1 ms, the others' by 6 to 7


@pytest.fixture(scope="module")
def prepared(neuroprobe: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Neuroprobe]:
    package = find_neuroprobe(neuroprobe)
    folder, recordings = tmp_path_factory.mktemp("treebank"), []
    for (subject, trial), film in package.films.items():
        words, contacts = package.words((subject, trial)), package.contacts(subject)
        assert words is not None
        assert contacts is not None
        names = [*contacts["electrode_label"][:2], "DC4"]
        last = words["est_idx"].astype(float).max()
        recordings.append(Recorded(subject, trial + 1, TITLES.get(film, film.replace("-", " ").title()), names,
                                   int(last) + 9000, bad=["DC4"]))  # fmt: skip
    root = write_root(folder / "nm", recordings)
    result = run_inside(["prepare", "brain-treebank", str(root), str(folder / "out"), "--words", str(neuroprobe)])
    assert result.code == 1, result.stderr  # ant-man is refused
    return folder / "out", package


def test_every_onset_is_within_a_sample_and_hardly_a_word_is_lost(prepared: tuple[Path, Neuroprobe]) -> None:
    out, package = prepared
    entries = read_stimuli_file(out / "stimuli.toml", out)
    assert len(entries) == len(package.films) - 1
    for file in sorted(out.rglob("*_ieeg.vhdr")):
        run = Run(file, out, tuple(entities_of(file).items()))
        (entry,) = [entry for entry in entries if entry.matches(run)]
        words = package.words((int(run.subject), int(run.get("run") or 0) - 1))
        assert words is not None
        heard = from_file(run, entry).heard
        assert len(heard) >= 0.99 * len(words)
        start, sample = words["start"].astype(float).round(4), words["est_idx"].astype(float)
        truth = dict(zip(start[::-1], sample[::-1]))
        assert np.abs(heard["onset"] * RATE - heard["movie_time"].map(truth)).max() <= 1
        said = dict(zip(start, (words["context"] + " " + words["full_word"]).str.strip()))
        assert (heard["text"] == heard["movie_time"].map(said)).mean() > 0.999


def test_the_checks_are_as_measured(prepared: tuple[Path, Neuroprobe]) -> None:
    out, package = prepared
    table = read_table(out / "report.tsv")
    found = {name: own.set_index("session") for name, own in table.groupby("check")}
    absent = 0
    for (subject, trial), film in package.films.items():
        session = f"sub-{subject:02d}_task-movie_run-{trial + 1:02d}"
        value = {name: str(own.loc[session, "value"]) for name, own in found.items() if session in own.index}
        verdict = {name: own.loc[session, "verdict"] for name, own in found.items() if session in own.index}
        assert found["film"].loc[session, "film"] == film
        absent += sum(map(int, re.findall(r"^(\d+) tokens?", str(found["text"].loc[session, "says"]))))
        if (subject, trial) == ERRATIC:
            assert verdict["clock"] == "refused"
            assert value["clock"].startswith("1024.0 samples")
            assert "erratic" in found["clock"].loc[session, "says"]
            assert value["order"] == "97 breaks"
            continue
        assert "refused" not in verdict.values()
        assert abs(float(value["clock"].split()[0]) / RATE - 1) < 5e-4
        jitter = float(value["jitter"].split()[1])
        assert jitter == 0.1 if (subject, trial) in QUIET else 6 <= jitter <= 7.5
        assert value["order"] == ("1 breaks" if (subject, trial) in {(2, 6), (5, 0)} else "0 breaks")
    assert absent == 1707
