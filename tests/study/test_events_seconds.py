"""Onsets of events.tsv are seconds: what looks like samples or milliseconds is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.errors import InputError
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.study.events_file import check_seconds, odd_samples, read_events

FILE = Path("events.tsv")
SECONDS = np.linspace(3.0, 131.0, 60)


def events(onset: np.ndarray, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"onset": onset, **columns})


@pytest.mark.parametrize("rate", [128.0, 512.0, 2048.0])
@pytest.mark.parametrize("rounded", [True, False])
def test_samples_are_refused(rate: float, rounded: bool) -> None:
    onset = SECONDS * rate
    table = events(onset.round() if rounded else onset)
    with pytest.raises(InputError, match=f"60 of 60 onsets .* at 136 s: they look like samples at {rate:g} Hz; give"):
        check_seconds(table, FILE, [rate], 136.0)


def test_milliseconds_are_refused() -> None:
    with pytest.raises(InputError, match="look like milliseconds"):
        check_seconds(events(SECONDS * 1000), FILE, [128.0], 136.0)


def test_onsets_that_are_the_samples_are_refused() -> None:
    """Whatever the recording's length: an onset of 5 s is not sample 5."""
    onset = (SECONDS * 10).round()
    with pytest.raises(InputError, match="equal its column sample"):
        check_seconds(events(onset, sample=onset.astype(int).astype(str)), FILE, [], None)


@pytest.mark.parametrize("duration", [None, 136.0, 70.0, 40.0])
def test_seconds_pass_also_in_a_recording_that_was_cut_short(duration: float | None) -> None:
    sample = (SECONDS * 128).round().astype(int).astype(str)
    for table in (events(SECONDS), events(SECONDS, sample=sample), events(np.full(4, np.nan)), events(np.empty(0))):
        check_seconds(table, FILE, [128.0, 2048.0], duration)


def test_a_column_of_samples_at_another_rate_is_said() -> None:
    table = events(SECONDS, sample=((SECONDS + 20) * 512).round().astype(int).astype(str))
    assert odd_samples(table, [512.0]) is None  # a file that does not begin with sample 0
    assert "counts at about 512 Hz, the recording at 128 Hz" in str(odd_samples(table, [128.0]))
    assert odd_samples(events(SECONDS, sample="n/a"), [128.0]) is None
    assert odd_samples(events(SECONDS), [128.0]) is None


def test_the_sidecars_are_enough(tmp_path: Path) -> None:
    """Before a recording is opened, its JSON tells."""
    recording = tmp_path / "sub-01" / "ieeg" / "sub-01_task-movie_ieeg.vhdr"
    recording.parent.mkdir(parents=True)
    table = events((SECONDS * 512).round())
    table.to_csv(recording.with_name("sub-01_task-movie_events.tsv"), sep="\t", index=False)
    run = Run(recording, tmp_path, tuple(entities_of(recording).items()))
    assert read_events(run) is not None
    about = {"SamplingFrequency": 512, "RecordingDuration": 136.0}
    recording.with_suffix(".json").write_text(json.dumps(about))
    with pytest.raises(InputError, match="samples at 512 Hz"):
        read_events(run)
