"""Recordings whose clock is no matter of course: with gaps, cut in files, with rates that differ, of wrong shape."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pybv
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.log import remarks
from bids_vlint.signals.recording import Recording, open_recording
from bids_vlint.signals.windows import window_means
from bids_vlint.study.channels import read_channels
from bids_vlint.study.dataset import Run, entities_of
from tests.signals.edf_file import write_edf

NAMES, SFREQ, SECONDS = ["A1", "A2", "B1"], 128.0, 40
DATA = 100 * np.random.default_rng(0).standard_normal((3, int(SECONDS * SFREQ)))
STEM = "sub-01_task-film"


def place(root: Path, **declared: object) -> Path:
    """A data set's folder with sidecars and no signals."""
    folder = root / "sub-01" / "ieeg"
    folder.mkdir(parents=True)
    (folder / f"{STEM}_ieeg.json").write_text(json.dumps({"SamplingFrequency": SFREQ} | declared))
    table = pd.DataFrame({"name": NAMES, "type": "SEEG", "units": "uV"})
    table.to_csv(folder / f"{STEM}_channels.tsv", sep="\t", index=False)
    return folder


def run_of(folder: Path, *files: Path) -> Run:
    return Run(files[0], folder.parents[1], tuple(sorted(entities_of(files[0]).items())), tuple(files[1:]))


def opened(run: Run, use: Callable[[Recording], object], last_event: float | None = None) -> Recording:
    with open_recording(run, read_channels(run), run.root / "work", last_event) as recording:
        use(recording)
        return recording


def means(recording: Recording, onset: np.ndarray) -> np.ndarray:
    """Means around events of the recording's time, (n_channels, n_events, n_lags)."""
    (device,) = recording.devices
    at = recording.clock.to_file(onset)
    return np.stack([window_means(x, device.sfreq, at) for x in device.read(device.names)])


def expected(onset: np.ndarray) -> np.ndarray:
    return np.stack([window_means(x * 1e-6, SFREQ, onset) for x in DATA])


def same(found: np.ndarray, right: np.ndarray) -> bool:
    return bool(np.corrcoef(found.ravel(), right.ravel())[0, 1] > 0.9999)


def test_events_after_a_gap_of_edf_plus(tmp_path: Path) -> None:
    """The recorder stood still from 12 to 20 s: events after that get the samples of their own time."""
    n = int(SFREQ)
    kept, seconds = np.r_[0 : 12 * n, 20 * n : 40 * n], [*range(12), *range(20, 40)]
    folder = place(tmp_path, RecordingType="discontinuous", RecordingDuration=40)
    file = write_edf(folder / f"{STEM}_ieeg.edf", NAMES, DATA[:, kept], SFREQ, onsets=seconds, kind="EDF+D",
                     notes=[(33.0, 2.0, "BAD_seizure")])  # fmt: skip
    onset = np.array([3.0, 9.5, 22.5, 30.25, 37.0])

    def check(recording: Recording) -> None:
        assert same(means(recording, onset), expected(onset))
        assert recording.clock.end == 40
        np.testing.assert_allclose(recording.interruptions.breaks, [[12, 20]])
        np.testing.assert_allclose(recording.interruptions.bad, [[33, 35]])  # beyond the seconds of signal
        assert {f.what: f.verdict for f in recording.findings} == dict.fromkeys(
            ("records", "sampling rate", "duration", "continuity"), "agrees"
        )

    opened(run_of(folder, file), check)


@pytest.mark.parametrize("kind", ["EDF+C", "EDF+D"])
def test_time_stamps_that_go_back_or_are_not_there(tmp_path: Path, kind: str) -> None:
    folder = place(tmp_path)
    file = folder / f"{STEM}_ieeg.edf"
    write_edf(file, NAMES, DATA, SFREQ, onsets=[*range(20), *range(10, 30)], kind=kind)
    with pytest.raises(InputError, match="goes back in time: record 20 begins at 19 s, the next at 10 s"):
        opened(run_of(folder, file), lambda _: None)
    write_edf(file, NAMES, DATA, SFREQ, onsets=[*range(20), *np.arange(19.5, 39)], kind=kind)
    with pytest.raises(InputError, match=r"overlap: record 20 lasts from 19 to 20 s, the next begins at 19.5 s"):
        opened(run_of(folder, file), lambda _: None)
    write_edf(file, NAMES, DATA, SFREQ, onsets=list(range(40)), kind=kind)
    file.write_bytes(file.read_bytes().replace(b"+33\x14\x14", b"?33\x14\x14"))
    with pytest.raises(InputError, match="record 34 of 40 says no time"):
        opened(run_of(folder, file), lambda _: None)


@pytest.mark.parametrize("duration", [40.0, None])
def test_records_that_begin_long_after_the_header(tmp_path: Path, duration: float | None) -> None:
    folder = place(tmp_path, RecordingDuration=duration)
    file = write_edf(folder / f"{STEM}_ieeg.edf", NAMES, DATA, SFREQ, onsets=list(range(90, 130)), kind="EDF+D")
    notes = opened(run_of(folder, file), lambda _: None).notes
    assert any("counts its records from 90 s" in note and "from its first sample" in note for note in notes)
    (folder / f"{STEM}_ieeg.json").write_text(json.dumps({"SamplingFrequency": SFREQ, "RecordingDuration": 130}))
    with pytest.raises(InputError, match=r"counts its records from 90 s.* RecordingDuration is 130 s"):
        opened(run_of(folder, file), lambda _: None)


def test_files_of_one_recording(tmp_path: Path) -> None:
    """split-01 and split-02 are read as one, in order; times go on over both."""
    folder, n = place(tmp_path, RecordingDuration=40.0), int(SFREQ)
    files = [write_edf(folder / f"{STEM}_split-{k}_ieeg.edf", NAMES, part, SFREQ)
             for k, part in enumerate((DATA[:, : 15 * n], DATA[:, 15 * n :]), 1)]  # fmt: skip
    onset = np.array([5.0, 14.9, 15.0, 16.0, 36.0])
    seen = opened(run_of(folder, *files), lambda recording: _is_whole(recording, onset))
    assert any("split-1" in note and "split-2" in note and "in this order" in note for note in seen.notes)
    write_edf(files[1], NAMES[:2], DATA[:2, 15 * n :], SFREQ)
    with pytest.raises(InputError, match="other channels"):
        opened(run_of(folder, *files), lambda _: None)


def _is_whole(recording: Recording, onset: np.ndarray) -> None:
    assert same(means(recording, onset), expected(onset))
    assert recording.clock.end == 40
    assert not len(recording.interruptions.breaks)
    (device,) = recording.devices
    np.testing.assert_array_equal(device.read(["A2"], 1900, 1950), device.read(device.names)[1:2, 1900:1950])


@pytest.mark.parametrize("stem", ["sub-CC-110_task-film", "sub-01_ses-a_b_desc-x_run-01", "sub-01"])
def test_names_that_mne_bids_does_not_take(tmp_path: Path, stem: str) -> None:
    folder = tmp_path / "sub-x" / "ieeg"
    folder.mkdir(parents=True)
    pd.DataFrame({"name": NAMES, "type": "SEEG"}).to_csv(folder / "channels.tsv", sep="\t", index=False)
    run = run_of(folder, write_edf(folder / f"{stem}_ieeg.edf", NAMES, DATA, SFREQ))
    onset = np.array([5.0, 20.0])
    opened(run, lambda recording: _is_whole(recording, onset))


def brainvision(folder: Path, **header: str) -> Path:
    """A BrainVision recording whose header says something else in places."""
    pybv.write_brainvision(data=DATA * 1e-6, sfreq=SFREQ, ch_names=NAMES, folder_out=folder,
                           fname_base=f"{STEM}_ieeg", unit="µV")  # fmt: skip
    file = folder / f"{STEM}_ieeg.vhdr"
    text = file.read_text(encoding="utf-8")
    for key, value in header.items():
        text = re.sub(rf"^{key}=.*$", f"{key}={value}", text, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_rounded_interval_gets_the_better_known_rate(tmp_path: Path) -> None:
    """7812 µs are 128.008 Hz, 128 by ieeg.json: after 40 s, a third of a sample; the right rate is used for all."""
    folder = place(tmp_path, RecordingDuration=39.992)
    file = brainvision(folder, SamplingInterval="7812")
    onset = np.array([5.0, 20.0, 37.5])

    def check(recording: Recording) -> None:
        assert recording.devices[0].sfreq == 128.0
        assert recording.clock.end == 40.0
        assert same(means(recording, onset), expected(onset))

    assert any("rounded interval" in note for note in opened(run_of(folder, file), check).notes)


@pytest.mark.parametrize(
    ("header", "declared", "said"),
    [
        ({"SamplingInterval": "7750"}, {}, ["129.032 Hz", "128 Hz"]),
        ({}, {"SamplingFrequency": 256.0, "RecordingDuration": 20.0}, ["128 Hz", "256 Hz"]),
        ({"NumberOfChannels": "2"}, {"RecordingDuration": 40.0}, ["60 s", "40 s", "3 channels, not the 2"]),
        ({}, {"RecordingDuration": 60.0}, ["40 s", "60 s", "cut"]),
        ({}, {"RecordingType": "epoched", "EpochLength": 2.0}, ["epochs", "EpochLength: 2 s"]),
        ({}, {"RecordingType": "discontinuous"}, ["where it was interrupted"]),
        ({"NumberOfChannels": "2"}, {}, ["2 channels by its header, but 3 in channels.tsv"]),
        ({"BinaryFormat": "INT_16"}, {}, ["IEEE_FLOAT_32", "INT_16"]),
        ({"BinaryFormat": "INT_32"}, {}, ["IEEE_FLOAT_32", "INT_32"]),
    ],
)
def test_what_cannot_be_reconciled_is_refused(
    tmp_path: Path, header: dict[str, str], declared: dict[str, object], said: list[str]
) -> None:
    folder = place(tmp_path, **declared)
    run = run_of(folder, brainvision(folder, **header))
    with pytest.raises(InputError) as caught:
        opened(run, lambda _: None, last_event=45.0)
    assert caught.value.code == Exit.DATA
    assert str(run.file) in str(caught.value)
    assert all(word in str(caught.value) for word in said), str(caught.value)


def test_samples_that_were_cut(tmp_path: Path) -> None:
    folder = place(tmp_path)
    run = run_of(folder, brainvision(folder))
    data = run.file.with_suffix(".eeg")
    data.write_bytes(data.read_bytes()[:-5])
    with pytest.raises(InputError, match=r"61435 bytes, which 3 channels of 4 bytes a sample do not divide"):
        opened(run, lambda _: None)
    file = write_edf(folder / f"{STEM}_ieeg.edf", NAMES, DATA, SFREQ, n_records=50)
    with pytest.raises(InputError, match="50 records of 1 s by its header, but 40 by its size"):
        opened(run_of(folder, file), lambda _: None)


@pytest.mark.parametrize("interval", ["nan", "inf", "0", "-7812", "abc"])
def test_a_header_without_a_rate(tmp_path: Path, interval: str) -> None:
    folder = place(tmp_path)
    run = run_of(folder, brainvision(folder, SamplingInterval=interval))
    with pytest.raises(InputError) as caught:
        opened(run, lambda _: None)
    assert caught.value.code == Exit.DATA
    assert caught.value.where == str(run.file)


@pytest.mark.parametrize(
    ("duration", "ends", "said"),
    [(40.0, 40.0, ""), (32.0, 32.0, "does not count them"), (None, 32.0, "no RecordingDuration"), (36.0, 0.0, "")],
)
def test_segments_of_brainvision_with_times_of_day(
    tmp_path: Path, duration: float | None, ends: float, said: str
) -> None:
    """The recorder stood still from 12 to 20 s; RecordingDuration says whether times count that."""
    n = int(SFREQ)
    kept = DATA[:, np.r_[0 : 12 * n, 20 * n : 40 * n]]
    folder = place(tmp_path, **({} if duration is None else {"RecordingDuration": duration}))
    pybv.write_brainvision(data=kept * 1e-6, sfreq=SFREQ, ch_names=NAMES, folder_out=folder,
                           fname_base=f"{STEM}_ieeg", unit="µV")  # fmt: skip
    file = folder / f"{STEM}_ieeg.vhdr"
    file.with_suffix(".vmrk").write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\n"
        f"DataFile={STEM}_ieeg.eeg\n\n[Marker Infos]\nMk1=New Segment,,1,1,0,20200101120000000000\n"
        f"Mk2=New Segment,,{12 * n + 1},1,0,20200101120020000000\n"
        f"Mk3=Comment,BAD_move,{15 * n + 1},{n},0\n"
    )
    run, real = run_of(folder, file), duration == 40.0
    onset = np.array([3.0, 9.5, *([22.5, 37.0] if real else [14.5, 29.0])])

    def check(recording: Recording) -> None:
        assert same(means(recording, onset), expected(np.array([3.0, 9.5, 22.5, 37.0])))
        assert recording.clock.end == ends
        np.testing.assert_allclose(recording.interruptions.breaks, [[12, 20 if real else 12]])
        np.testing.assert_allclose(recording.interruptions.bad, [[23, 24]] if real else [[15, 16]])

    if duration == 36.0:
        with pytest.raises(InputError, match="32 s of 40 s, and RecordingDuration is 36 s"):
            opened(run, check)
        return
    notes = opened(run, check).notes
    assert any(said in note and "stood still for 8 s" in note for note in notes) == bool(said)


def test_values_of_a_sidecar_that_are_no_numbers(tmp_path: Path) -> None:
    folder = place(tmp_path, SamplingFrequency="128 Hz", RecordingDuration="n/a")
    with remarks() as notes:
        opened(run_of(folder, brainvision(folder)), lambda _: None)
    (note,) = notes
    assert "SamplingFrequency of sub-01_task-film_ieeg.json is '128 Hz', no number" in note
