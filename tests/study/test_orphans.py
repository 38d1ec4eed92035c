"""Recordings of which sidecars alone are there, or signals in a format that is not read, are said."""

from __future__ import annotations

from pathlib import Path

from bids_vlint.study.orphans import orphans


def test_who_has_files_and_no_recording(tmp_path: Path) -> None:
    folder = tmp_path / "sub-01" / "ieeg"
    folder.mkdir(parents=True)
    for name in ("task-a_run-01_ieeg.vhdr", "task-a_run-01_ieeg.eeg", "task-a_run-1_events.tsv", "task-a_channels.tsv",
                 "task-a_ieeg.json", "space-x_electrodes.tsv", "acq-x_photo.jpg"):  # fmt: skip
        (folder / f"sub-01_{name}").touch()
    assert orphans(tmp_path) == []
    for name in ("task-a_run-02_ieeg.fif", "task-a_run-02_events.tsv", "task-A_run-01_events.tsv"):
        (folder / f"sub-01_{name}").touch()
    other, gone = orphans(tmp_path)
    assert "sub-01/ieeg: of sub-01_task-A_run-01 there is no recording" in other
    assert "of sub-01_task-a_run-02" in gone
    assert "but events.tsv, ieeg.fif." in gone
    assert orphans(tmp_path, ["02"]) == []
    (folder / "sub-01_task-b_ieeg.edf").mkdir()
    assert any("of sub-01_task-b there is" in said for said in orphans(tmp_path))
    (folder / "sub-01_task-b_ieeg.edf").rmdir()
    (tmp_path / ".bidsignore").write_text("*run-02*\n*task-A*\n")
    assert orphans(tmp_path) == []
