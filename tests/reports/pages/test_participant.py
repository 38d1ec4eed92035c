"""A participant's report, from the derivatives on disk alone."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.errors import Exit, InputError
from bids_vlint.reports.page import section
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.study.fits import FitName
from tests.reports import fabricate
from tests.reports.text import words_of


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "out"
    fabricate.participant(folder, "01", 1, published=True, repeated=True)
    fabricate.participant(folder, "02", 2, n=6, alignments=("language",), planted=False, placed=False, n_shifts=0,
                          bare=True)  # fmt: skip
    return folder


def test_says_everything(out: Path) -> None:
    text = words_of(participant_report(out, "01"))
    for said in (
        "in at least one alignment",
        "6 of 18 (33.3 %)",
        "1950 of 2000 events were used, 50 dropped",
        "30: touches BAD",
        "status is bad",
        "One film is one sample of stimuli",
        "Score time courses",
        "Sites in the brain",
        "18 of 18 electrodes have a place in MNI152 space",
        "Smyth G. K. (2004)",
        "Benjamini Y., Yekutieli D. (2001)",
        "Dupré la Tour T.",
        "Schoppe O.",
        "ridge regression",
    ):
        assert said in text, said
    assert "nan" not in text.lower().replace("nanometre", "").split()
    assert plt.get_fignums() == []


def test_without_coordinates_and_vision(out: Path) -> None:
    text = words_of(participant_report(out, "02"))
    assert "No brain picture is possible" in text
    assert "vision: not analysed" in text
    assert "Found and planted" not in text


def test_is_made_again_the_same(out: Path) -> None:
    path = participant_report(out, "02")
    first = path.read_bytes()
    path.unlink()
    assert participant_report(out, "02").read_bytes() == first


def test_one_from_the_same_results_is_not_drawn_again(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fabricate.without_marks(out, FitName("02", "film"))
    path = participant_report(out, "02")
    first, drawn = path.read_bytes(), []
    monkeypatch.setattr("bids_vlint.reports.pages.participant.read_fits", lambda *_: drawn.append(1) or read_fits(*_))
    participant_report(out, "02")
    assert drawn == []
    for broken in (first[:-100], first.replace(b"Summary", b"Summery"), b""):
        path.write_bytes(broken)
        assert participant_report(out, "02").read_bytes() == first
    assert len(drawn) == 3
    table = layout.sites_tsv(out, FitName("02", "film"))
    kept = table.read_text()
    table.write_text(kept.replace("LA1\t", "LA1new\t"))
    assert b"LA1new" in participant_report(out, "02").read_bytes()
    table.write_text(kept)
    assert participant_report(out, "02").read_bytes() == first
    extra = [section("Summary", "Mine", "table.html", titles=["a"], rows=[["b"]])]
    assert b"Mine" in participant_report(out, "02", extra).read_bytes()


def test_unknown_participant(out: Path) -> None:
    with pytest.raises(InputError, match="sub-99") as caught:
        participant_report(out, "99")
    assert caught.value.code == Exit.NO_INPUT
