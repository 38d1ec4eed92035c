""".bidsignore: what it names is no part of the data set."""

from __future__ import annotations

from pathlib import Path

import pytest

from bids_vlint.study.dataset import Run, find_runs
from bids_vlint.study.ignored import is_ignored
from bids_vlint.study.sidecars import sidecars


def recordings(root: Path) -> list[str]:
    return [run.file.name for run in find_runs(root)]


def test_bidsignore(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')
    for subject in ("01", "02"):
        folder = tmp_path / f"sub-{subject}" / "ieeg"
        folder.mkdir(parents=True)
        for name in ("task-a_ieeg.edf", "task-b_ieeg.edf", "task-a_events.tsv"):
            (folder / f"sub-{subject}_{name}").touch()
    everyone = [f"sub-{s}_task-{t}_ieeg.edf" for s in ("01", "02") for t in ("a", "b")]
    assert recordings(tmp_path) == everyone
    (tmp_path / ".bidsignore").touch()
    assert recordings(tmp_path) == everyone
    (tmp_path / ".bidsignore").write_text(
        "# not these\nsub-02/\n*_task-b_*\n!sub-01_task-b_ieeg.edf\n**/*_events.tsv\n"
    )
    assert recordings(tmp_path) == everyone[:2]
    file = tmp_path / "sub-01" / "ieeg" / "sub-01_task-a_ieeg.edf"
    assert not sidecars(Run(file, tmp_path, (("subject", "01"), ("task", "a"))), "events", ".tsv")
    assert not is_ignored(file, tmp_path)
    assert not is_ignored(Path("/elsewhere/sub-02/x"), tmp_path)
