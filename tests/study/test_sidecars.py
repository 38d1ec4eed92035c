"""Sidecars by inheritance."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import line_frequency, metadata, sidecars


def test_inheritance(tmp_path: Path) -> None:
    folder = tmp_path / "sub-01" / "ieeg"
    folder.mkdir(parents=True)
    entities = {"subject": "01", "task": "film", "acquisition": "x", "run": "01"}
    run = Run(folder / "sub-01_task-film_acq-x_run-01_ieeg.vhdr", tmp_path, tuple(entities.items()))
    for name in ("task-film", "sub-01/ieeg/sub-01_task-film", "sub-01/ieeg/sub-01_task-rest",
                 "sub-01/ieeg/sub-01_task-film_run-1", "sub-01/ieeg/sub-01_task-film_acq-y"):  # fmt: skip
        (tmp_path / f"{name}_events.tsv").touch()
    found = [f.name for f in sidecars(run, "events", ".tsv")]
    assert found == ["sub-01_task-film_run-1_events.tsv", "sub-01_task-film_events.tsv", "task-film_events.tsv"]
    (tmp_path / "task-film_ieeg.json").write_text('{"PowerLineFrequency": 50, "Manufacturer": "x"}')
    (folder / "sub-01_task-film_ieeg.json").write_text('{"PowerLineFrequency": 60}')
    assert metadata(run) == {"PowerLineFrequency": 60, "Manufacturer": "x"}


@pytest.mark.parametrize("said, frequency", [("50", 50.0), ("16.7", 16.7), ("0", None), ('"n/a"', None), ("true", None),
                                             ("NaN", None), ("1e-9", "1e-09"), ("1e9", "1e+09")])  # fmt: skip
def test_mains(tmp_path: Path, said: str, frequency: float | str | None) -> None:
    run = Run(tmp_path / "sub-01_ieeg.vhdr", tmp_path, (("subject", "01"),))
    (tmp_path / "sub-01_ieeg.json").write_text(f'{{"PowerLineFrequency": {said}}}')
    if isinstance(frequency, str):
        with pytest.raises(InputError, match=f"sub-01_ieeg.json: gives a PowerLineFrequency of {re.escape(frequency)}"):
            line_frequency(run)
    else:
        assert line_frequency(run) == frequency
