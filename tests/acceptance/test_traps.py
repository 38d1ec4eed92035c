"""What real data sets do: samples that are no numbers, macOS files, remarks in tables, sidecars above the data set."""

from __future__ import annotations

import json
from pathlib import Path

import edfio
import h5py
import numpy as np
import pandas as pd
import pytest

from bids_vlint.signals.recording import open_recording
from bids_vlint.study.channels import read_channels
from bids_vlint.study.dataset import find_runs
from bids_vlint.study.sidecars import metadata
from tests.acceptance import bids, datasets, running
from tests.acceptance.datasets import Study

QUICK = {"skip_bids_validation": True, "n_bootstraps": 5, "n_shifts": 0}


@pytest.fixture
def study(small_study: Study, tmp_path: Path) -> Study:
    """A copy to spoil."""
    return datasets.copy_of(small_study, tmp_path)


def run(study: Study, *, reports: bool = False, **options: object) -> Path:
    out = study.root.parent / "out"
    running.succeed(running.run_inside(study.argv(out, **(QUICK | options)), reports=reports))
    return out


def test_remarks_in_tables_and_files_of_macos(study: Study) -> None:
    """A cutoff and a column of electrodes.tsv that are no numbers; ._ files; a layer called text."""
    folder = next(study.root.rglob("ieeg"))
    bids.edit_table(next(folder.glob("*_channels.tsv")), lambda t: t.assign(low_cutoff="DC"))
    bids.edit_table(next(folder.glob("*_electrodes.tsv")), lambda t: t.assign(x_note="deep"))
    for name in ("events.tsv", "ieeg.json", "ieeg.vhdr"):
        (folder / f"._sub-01_task-movie_{name}").write_bytes(b"\x00\x05\xff\xfe")
    for file in study.models.parent.rglob("*.h5"):
        with h5py.File(file, "a") as features:
            layer = next(k for k in features if k != "onset")
            features.move(layer, "text")
    out = run(study, reports=True, alignment="language")
    table = running.sites(out, "01")
    assert set(table["low_cutoff"]) == {"n/a"}
    assert set(table["x_note"]) == {"deep"}
    running.succeed(running.run_inside(study.argv(out, "group"), reports=True))
    with h5py.File(next(out.rglob("*_desc-language_encoding.h5"))) as dense:
        assert "text" in set(dense["layer"].asstr()[()].ravel())


@pytest.mark.parametrize("reference", ["none", "average"])
def test_one_sample_that_is_no_number_costs_one_channel(study: Study, reference: str) -> None:
    folder = next(study.root.rglob("ieeg"))
    names = list(study.kinds["01"])
    header = next(folder.glob("*.vhdr")).read_text()
    assert "IEEE_FLOAT_32" in header
    data = np.fromfile(next(folder.glob("*.eeg")), np.float32).reshape(-1, len(names))
    data[1000, 1] = np.nan
    data.tofile(next(folder.glob("*.eeg")))
    table = running.sites(run(study, reference=reference, alignment="language", inference="published"), "01")
    assert list(table["name"]) == [n for k, n in enumerate(names) if k != 1]


def test_sidecars_above_a_data_set_do_not_apply(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    (study.root.parent / "task-movie_ieeg.json").write_text(json.dumps({"PowerLineFrequency": 77}))
    monkeypatch.chdir(study.root.parent)
    for root in (Path("bids"), study.root):
        (found,) = find_runs(root)
        assert metadata(found).get("PowerLineFrequency") != 77


def test_an_edf_of_mixed_rates_with_annotations(tmp_path: Path) -> None:
    """The annotations of EDF+ are a signal of their own, which must not confuse the rates."""
    folder = tmp_path / "sub-01" / "ieeg"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    rates = {"A1": 256.0, "A2": 128.0}
    truth = {name: rng.standard_normal(int(20 * rate)).cumsum() for name, rate in rates.items()}
    signals = [edfio.EdfSignal(x, rates[n], label=n, physical_dimension="uV") for n, x in truth.items()]
    edfio.Edf(signals, annotations=[edfio.EdfAnnotation(1, 2, "a note")]).write(folder / "sub-01_task-x_ieeg.edf")
    pd.DataFrame({"name": list(rates), "type": "SEEG", "units": "uV"}).to_csv(
        folder / "sub-01_task-x_channels.tsv", sep="\t", index=False
    )
    (found,) = find_runs(bids.start_dataset(tmp_path, ["01"]))
    with open_recording(found, read_channels(found), tmp_path / "work") as recording:
        assert [(d.names, d.sfreq) for d in recording.devices] == [(("A1",), 256.0), (("A2",), 128.0)]
        for device in recording.devices:
            read = device.read(device.names)[0]
            assert np.corrcoef(read, truth[device.names[0]])[0, 1] > 0.9999


def stimuli_file(study: Study, start: float) -> Path:
    """A stimuli file with the film's start."""
    file, name = study.root.parent / "stimuli.toml", study.films[0].name
    bids.film_tables(study.root / "stimuli", study.films[0])
    file.write_text(
        f'[[stimulus]]\nvideo = "stimuli/{name}.mp4"\nstart_time = {start}\n'
        f'[stimulus.words]\nfile = "stimuli/{name}_words.tsv"\ntext = "text"\nonset = "start"\n'
    )
    return file


def test_another_start_is_not_taken_for_the_same_input(study: Study) -> None:
    quick = QUICK | {"inference": "published"}
    out = run(study, stimuli=stimuli_file(study, 7.5), **quick)
    before = running.sites_files(out)[0].read_bytes()
    again = running.run_inside(study.argv(out, stimuli=stimuli_file(study, 9.25), **quick))
    assert again.code == 73
    assert running.sites_files(out)[0].read_bytes() == before
    out = run(study, stimuli=stimuli_file(study, 9.25), overwrite=True, alignment="language", **quick)
    assert running.sites_files(out)[0].read_bytes() != before
    assert not list(out.rglob("*_desc-vision_*")), "what other settings made is taken away"
