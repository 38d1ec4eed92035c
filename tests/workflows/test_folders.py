"""What killed runs left in an output folder goes, wherever files are written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bids_vlint.derivatives import layout
from bids_vlint.files.atomic import atomic
from bids_vlint.recovery.files import recovery_file
from bids_vlint.study.fits import FitName
from bids_vlint.workflows.folders import output_in_use

NAMES = (FitName("01", "film"), FitName("01", "film", session="a"))


def written(out: Path) -> Iterator[Path]:
    """A file of every kind that is written to an output folder."""
    for name in NAMES:
        yield from (layout.sites_tsv(out, name), layout.quality_h5(out, name))
        yield layout.figure_file(out, "spectra", "pdf", name.subject)
    yield layout.participant_html(out, "01")
    yield layout.methods_md(layout.participant_html(out, "01"))
    yield layout.figure_file(out, "ranking", "svg")
    yield layout.program_file(out, "sites.csv")
    yield layout.group_file(out, "group.html")
    yield layout.atlas_json(out, "AAL")
    yield layout.dataset_description(out)
    yield recovery_file(out, "sub-01", "recovery", "pdf")
    yield out / "logs" / "20260101-000000-participant-abcdefgh" / "log.txt"


def test_what_was_being_written_to_any_place_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = list(written(tmp_path))
    monkeypatch.setattr(Path, "unlink", lambda *_args, **_kwargs: None)  # as a killed run, which takes nothing away
    for file in files:
        with suppress(KeyboardInterrupt), atomic(file):
            raise KeyboardInterrupt
    monkeypatch.undo()
    assert len(list(tmp_path.rglob("*.tmp.*"))) >= len(set(files))
    with output_in_use(tmp_path):
        assert not [f for f in tmp_path.rglob("*") if ".tmp" in f.name]
