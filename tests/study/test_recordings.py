"""Files of one recording are joined, processed copies left alone, twins refused; every entity names a fit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from bids_vlint.derivatives import layout
from bids_vlint.errors import Exit, InputError
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.study.fits import FitName
from bids_vlint.study.recordings import check_recordings, each_recording


def runs(*names: str, root: Path = Path("data")) -> list[Run]:
    files = [root / "sub-01" / "ieeg" / f"sub-01_{name}" for name in names]
    return [Run(file, root, tuple(sorted(entities_of(file).items()))) for file in files]


def names_of(found: Sequence[Run]) -> list[list[str]]:
    return [[file.name.removeprefix("sub-01_") for file in run.files] for run in found]


def test_split_files_are_one_recording_in_order() -> None:
    found = each_recording(runs("task-a_split-2_ieeg.edf", "task-b_ieeg.edf", "task-a_split-10_ieeg.edf",
                                "task-a_split-1_ieeg.edf", "task-a_run-2_split-1_ieeg.edf"))  # fmt: skip
    assert names_of(found) == [
        ["task-a_split-1_ieeg.edf", "task-a_split-2_ieeg.edf", "task-a_split-10_ieeg.edf"],
        ["task-b_ieeg.edf"],
        ["task-a_run-2_split-1_ieeg.edf"],
    ]
    with pytest.raises(InputError, match="split-3 is not there") as caught:
        check_recordings(found)
    assert caught.value.code == Exit.NO_INPUT


def test_parts_with_events_of_their_own(tmp_path: Path) -> None:
    (run,) = each_recording(runs("task-a_split-01_ieeg.edf", "task-a_split-02_ieeg.edf", root=tmp_path))
    run.file.parent.mkdir(parents=True)
    for table in ("task-a", "task-a_split-01"):  # of the whole
        (run.file.parent / f"sub-01_{table}_events.tsv").write_text("onset\tduration\n")
    check_recordings([run])
    (run.file.parent / "sub-01_task-a_split-02_events.tsv").write_text("onset\tduration\n")
    with pytest.raises(InputError, match="onsets from the start of the first file"):
        check_recordings([run])


@pytest.mark.parametrize("copy", ["proc-filtered", "desc-clean", "desc-clean_split-01"])
def test_processed_copies_are_left_alone(copy: str, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("bids_vlint").propagate = True
    with caplog.at_level(logging.INFO, "bids_vlint"):
        found = each_recording(runs("task-a_run-01_ieeg.vhdr", f"task-a_run-1_{copy}_ieeg.edf"))
    assert names_of(found) == [["task-a_run-01_ieeg.vhdr"]]
    assert f"{copy}_ieeg.edf is a processed copy" in caplog.text
    alone = each_recording(runs(f"task-a_run-1_{copy}_ieeg.edf", "task-a_run-2_ieeg.vhdr"))
    assert len(alone) == 2  # nothing raw lies beside it


@pytest.mark.parametrize(
    "twins",
    [
        ("task-a_run-01_ieeg.vhdr", "task-a_run-01_ieeg.edf"),
        ("task-a_run-01_ieeg.vhdr", "task-a_run-1_ieeg.set"),
        ("task-a_ieeg.vhdr", "task-a_split-1_ieeg.vhdr"),
    ],
)
def test_twins_are_refused_by_name(twins: tuple[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        check_recordings(each_recording(runs(*twins)))
    assert all(name in str(caught.value) for name in twins)
    formats = {Path(name).suffix for name in twins}  # a filter tells them apart where these differ
    assert ("--bids-filter-file" in str(caught.value)) == (len(formats) == 2)
    assert caught.value.code == Exit.DATA
    check_recordings(each_recording(runs("task-a_run-1_ieeg.vhdr", "task-a_run-2_ieeg.edf", "task-b_run-1_ieeg.edf")))


@pytest.mark.parametrize(
    "name",
    [
        FitName("01", "film"),
        FitName("CC-110"),
        FitName("01", session="a", run="2"),
        FitName("01", "film", others=(("proc", "filtered"), ("recording", "x"))),
        FitName("01", None, None, "clin", "1", (("rec", "b"),)),
    ],
)
def test_names_of_fits_are_read_as_they_were_written(name: FitName, tmp_path: Path) -> None:
    file = layout.sites_tsv(tmp_path, name)
    file.parent.mkdir(parents=True)
    file.write_text("name\n")
    assert layout.find_fits(tmp_path) == [name]
    assert "n/a" not in file.name
