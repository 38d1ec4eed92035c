"""BrainVision headers that name files which are elsewhere, and channels that are alike."""

from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pandas as pd
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.log import remarks
from bids_vlint.signals.recording import open_recording
from bids_vlint.study.channels import read_channels
from bids_vlint.study.dataset import Run, entities_of
from tests.acceptance import bids

NAMES = ["A1", "A2"]
RAMP = np.arange(200.0)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A recording of 2 s: A1 counts samples up, A2 down."""
    root = bids.start_dataset(tmp_path / "bids", ["01"])
    path = bids.write_recording(root, np.stack([RAMP, -RAMP]), 100.0, NAMES, subject="01")
    file = Path(path.fpath)
    return Run(file, root, tuple(entities_of(file).items()))


def first_channel(run: Run, tmp_path: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    with open_recording(run, read_channels(run), tmp_path / "work") as recording:
        return recording.devices[0].read(["A1"])[0] * 1e6, recording.notes


@pytest.mark.parametrize("folder", ["", "C:\\Vision\\Raw Files\\", "/home/lab/raw/", "../raw/"])
@pytest.mark.parametrize("stem", ["s2_run1", "MD5E-s408--0a1b2c"])
def test_a_header_that_points_elsewhere(run: Run, tmp_path: Path, folder: str, stem: str) -> None:
    text = run.file.read_text(encoding="utf-8")
    before = text
    for suffix in (".eeg", ".vmrk"):
        text = text.replace(f"={run.file.stem}{suffix}", f"={folder}{stem}{suffix}")
    assert text.count(stem) == 2
    run.file.write_text(text, encoding="utf-8")
    found, notes = first_channel(run, tmp_path)
    np.testing.assert_allclose(found, np.arange(200), atol=0.01)
    assert [f"{run.file.stem}{suffix} was read" in note for suffix, note in zip((".eeg", ".vmrk"), notes)] == [True] * 2
    assert text != before
    assert run.file.read_text(encoding="utf-8") == text


def test_a_header_that_names_files_which_are_there(run: Run, tmp_path: Path) -> None:
    for suffix in (".eeg", ".vmrk"):
        run.file.with_suffix(suffix).rename(run.file.with_name(f"raw{suffix}"))
    text = run.file.read_text(encoding="utf-8").replace(f"={run.file.stem}.", "=raw.")
    run.file.write_text(text, encoding="utf-8")
    found, notes = first_channel(run, tmp_path)
    np.testing.assert_allclose(found, np.arange(200), atol=0.01)
    assert notes == ()


@pytest.mark.parametrize("suffix", [".eeg", ".vmrk"])
def test_files_that_are_nowhere(run: Run, tmp_path: Path, suffix: str) -> None:
    run.file.with_suffix(suffix).unlink()
    with pytest.raises(InputError, match=rf"{run.file.stem}{suffix}: is not there") as caught:
        first_channel(run, tmp_path)
    assert caught.value.code == Exit.NO_INPUT


def test_loose_names_match_where_they_are_alone(run: Run, tmp_path: Path) -> None:
    """A1 and a1 are macro and micro contact; a 2 is A2."""
    bids.edit_table(run.file.with_name("sub-01_task-movie_channels.tsv"),
                    lambda t: pd.concat([t.assign(name=["A1", "a 2"]), t[:1].assign(name="a1")]))  # fmt: skip
    with open_recording(run, read_channels(run), tmp_path / "work") as recording:
        (device,) = recording.devices
        assert device.names == ("A1", "a 2")
        np.testing.assert_allclose(device.read(["A1", "a 2"]), [RAMP * 1e-6, -RAMP * 1e-6], atol=1e-8)
        assert recording.notes == (
            "sub-01_task-movie_ieeg.vhdr: 1 channels of channels.tsv are not in the recording (a1)",
        )
    bids.edit_table(run.file.with_name("sub-01_task-movie_channels.tsv"),
                    lambda t: t.assign(type=["SEEG", "SEEG", "MISC"], name=["a 1", "A2", "a1"]))  # fmt: skip
    with open_recording(run, read_channels(run), tmp_path / "work") as recording:
        assert recording.devices[0].names == ("A2",)


def edf_run(run: Run, labels: list[str], annotation: str) -> Run:
    """The same recording as EDF+."""
    for file in run.file.parent.glob("*_ieeg.*"):
        file.unlink()
    file = run.file.with_suffix(".edf")
    signals = [edfio.EdfSignal(np.arange(200.0), 100.0, label=n, physical_dimension="uV") for n in labels]
    edfio.Edf(signals, annotations=[edfio.EdfAnnotation(0.5, None, annotation)]).write(file)
    return Run(file, run.root, run.entities)


def test_annotations_in_latin_1(run: Run, tmp_path: Path) -> None:
    run = edf_run(run, NAMES, "BAD crise xx")
    run.file.write_bytes(run.file.read_bytes().replace(b"crise xx", "crise ü ".encode("latin-1")))
    with remarks() as notes, open_recording(run, read_channels(run), tmp_path / "work") as recording:
        assert recording.interruptions.bad[:, 0].tolist() == [0.5]
    assert list(notes) == ["sub-01_task-movie_ieeg.edf: its annotations are no UTF-8 and were read as Latin-1."]


def test_signals_of_one_name(run: Run, tmp_path: Path) -> None:
    run = edf_run(run, ["A1", "A2", "A2"], "none")
    with open_recording(run, read_channels(run), tmp_path / "work") as recording:
        assert recording.devices[0].names == ("A1",)
        (note,) = recording.notes
    assert "has several signals of the name A2" in note


def test_the_data_of_an_eeglab_recording_are_missing(run: Run, tmp_path: Path) -> None:
    import scipy.io

    for file in run.file.parent.glob("*_ieeg.*"):
        file.unlink()
    file = run.file.with_suffix(".set")
    chanlocs = np.array([(n,) for n in NAMES], dtype=[("labels", object)])
    content = {"setname": "x", "nbchan": 2.0, "pnts": 200.0, "trials": 1.0, "srate": 100.0, "xmin": 0.0, "xmax": 2.0,
               "data": f"{file.stem}.fdt", "chanlocs": chanlocs, "event": np.empty(0), "epoch": np.empty(0),
               "ref": "common", "icawinv": np.empty(0), "icaweights": np.empty(0), "icasphere": 0.0}  # fmt: skip
    scipy.io.savemat(file, {"EEG": content}, appendmat=False)
    with pytest.raises(InputError, match=r"sub-01_task-movie_ieeg\.fdt: is not there") as caught:
        first_channel(Run(file, run.root, run.entities), tmp_path)
    assert caught.value.code == Exit.NO_INPUT
