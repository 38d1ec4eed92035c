"""Recordings as labs leave them: formats, units, rates, channel tables, references, bands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import edfio
import mne
import numpy as np
import pandas as pd
import pytest

from bids_vlint.derivatives.quality_file import USED
from bids_vlint.signals.usability import MARKED_BAD
from tests.acceptance import bids, datasets, models, running, signals
from tests.acceptance.datasets import Study
from tests.acceptance.films import make_film
from tests.acceptance.signals import Showing

QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 30, "n_shifts": 0, "save_responses": True,
                            "alignment": "language"}  # fmt: skip
FILM = make_film("the_film", 150.0, cut_every_s=4.0)
KINDS = signals.kinds_of({"interaction": 2, "vision": 1, "language": 1, "null": 2})
SHOWING = Showing(FILM, at=7.5)
SECONDS = 164.0  # of a recording


def make(root: Path, **options: object) -> Study:
    """A data set of one recording of FILM; options go to `datasets.write_run`."""
    bids.start_dataset(root, ["01"])
    datasets.write_run(root, "01", KINDS, [SHOWING], ["the_film.mp4"], seed="same", **({"seconds": SECONDS} | options))  # type: ignore[arg-type]
    bids.write_electrodes(root, "01", list(KINDS))
    return Study(root, datasets.write_models(root, [FILM], models.ONE), (FILM,), {"01": KINDS})


def run(study: Study, *, reports: bool = False, **options: object) -> Path:
    out = study.root.parent / f"out-{study.root.name}-{options.get('reference', '')}"
    before = datasets.checksums(study.root)
    running.succeed(running.run_inside(study.argv(out, **(QUICK | options)), reports=reports))
    assert datasets.checksums(study.root) == before
    return out


def responses(out: Path, alignment: str = "language") -> tuple[np.ndarray, list[str]]:
    """Responses (event × electrode × bin) and the channels' names."""
    file = next(out.rglob(f"*_desc-{alignment}_encoding.h5"))
    data, labels = running.dense(file)
    return data["responses"], labels["electrode"]


def likeness(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlation of two sets of responses, per electrode."""
    return np.array([np.corrcoef(first[:, k].ravel(), second[:, k].ravel())[0, 1] for k in range(first.shape[1])])


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return make(tmp_path_factory.mktemp("recordings") / "plain")


@pytest.fixture(scope="module")
def plain_out(plain: Study) -> Path:
    return run(plain)


def channels_file(root: Path) -> Path:
    return next(root.rglob("*_channels.tsv"))


@pytest.mark.parametrize("file_format", ["EDF", "EEGLAB"])
def test_formats(plain_out: Path, tmp_path: Path, file_format: str) -> None:
    out = run(make(tmp_path / "bids", file_format=file_format))
    assert likeness(responses(plain_out)[0], responses(out)[0]).min() > 0.99


@pytest.mark.parametrize("reference", ["none", "average"])
def test_units(plain: Study, tmp_path: Path, reference: str) -> None:
    units = ["V", "mV", "µV", "µV", "mV", "V"]
    study = make(tmp_path / "bids")
    data = signals.record(KINDS, [SHOWING], seconds=SECONDS, sfreq=128.0, seed="same")
    path = bids.bids_path(study.root, "01").update(extension=".vhdr")
    bids.rewrite_brainvision(path, data, 128.0, list(KINDS), units)
    expected = responses(run(plain, reference=reference))[0]
    assert likeness(expected, responses(run(study, reference=reference))[0]).min() > 0.99
    assert set(running.sites(study.root.parent / f"out-bids-{reference}", "01")["units"]) <= {"V", "mV", "µV", "uV"}


def test_mixed_rates(plain_out: Path, tmp_path: Path) -> None:
    """An EDF whose channels have rates of their own, with an ECG and a trigger beside the SEEG."""
    study = make(tmp_path / "bids", file_format="EDF")
    path = next(study.root.rglob("*.edf"))
    rates = dict(zip(KINDS, (256.0, 256.0, 128.0, 256.0, 512.0, 128.0), strict=True))
    seen = []
    for name, rate in rates.items():
        one = {name: KINDS[name]}
        data = signals.record(one, [SHOWING], seconds=SECONDS, sfreq=rate, seed="same")[0]
        seen.append(edfio.EdfSignal(data, rate, label=name, physical_dimension="uV"))
    slow = np.random.default_rng(0).standard_normal(int(SECONDS) * 64)
    seen.append(edfio.EdfSignal(slow, 64.0, label="EKG", physical_dimension="mV"))
    edfio.Edf(seen).write(path)
    extra = pd.DataFrame({"name": ["EKG"], "type": ["ECG"], "units": ["mV"], "status": ["good"]})
    bids.edit_table(channels_file(study.root), lambda t: pd.concat([t, extra]).fillna("n/a"))
    found, names = responses(run(study))
    assert names == list(KINDS)
    assert likeness(responses(plain_out)[0], found)[[2, 5]].min() > 0.97


def test_lower_case_types_and_missing_status(tmp_path: Path) -> None:
    study = make(tmp_path / "bids", channel_type=["seeg", "seeg", "ecog", "ecog", "seeg", "seeg"])
    statuses = ["n/a", "good", "", "GOOD", "bad", "n/a"]
    bids.edit_table(channels_file(study.root), lambda t: t.assign(type=t["type"].str.lower(), status=statuses))
    table = running.sites(run(study, reports=True), "01")
    assert list(table["name"]) == [n for k, n in enumerate(KINDS) if k != 4]
    assert list(table["type"]) == ["SEEG", "SEEG", "ECOG", "ECOG", "SEEG"]
    text = (study.root.parent / "out-bids-" / "sub-01.html").read_text(encoding="utf-8")
    assert "status" in text.lower()
    assert "A5" in text
    assert running.validator_errors(study.root.parent / "out-bids-") == []


def test_no_status_column_and_other_channel_types(plain_out: Path, tmp_path: Path) -> None:
    study = make(tmp_path / "bids")
    bids.edit_table(
        channels_file(study.root),
        lambda t: t.drop(columns=["status", "status_description"], errors="ignore").assign(
            type=["SEEG", "MISC", "SEEG", "EOG", "SEEG", "TRIG"]
        ),
    )
    found, names = responses(run(study))
    assert names == ["A1", "A3", "A5"]
    assert likeness(responses(plain_out)[0][:, [0, 2, 4]], found).min() > 0.999


def test_electrodes_without_channels_and_channels_without_electrodes(tmp_path: Path) -> None:
    study = make(tmp_path / "bids")
    names = ["Z9", "A6", "A1", "A3", "Z10"]
    bids.write_electrodes(study.root, "01", names, positions=np.array([[-50.0 + k, -40, 5] for k in range(5)]))
    table = running.sites(run(study), "01").set_index("name")
    assert list(table.index) == list(KINDS)
    assert float(table.loc["A6", "x"]) == pytest.approx(-49)
    assert float(table.loc["A1", "x"]) == pytest.approx(-48)
    assert table.loc["A2", "x"] == "n/a"
    assert table.loc["A2", "region"] == "n/a"


def test_sidecars_without_power_line(plain_out: Path, tmp_path: Path) -> None:
    study = make(tmp_path / "bids", line_hz=50.0)
    sidecar = next(study.root.rglob("*_ieeg.json"))
    bids.write_json(sidecar, json.loads(sidecar.read_text()) | {"PowerLineFrequency": "n/a"})
    out = run(study, reports=True)
    assert likeness(responses(plain_out)[0], responses(out)[0]).min() > 0.98
    assert "50" in (out / "sub-01.html").read_text(encoding="utf-8")


def test_cutoff_columns_are_not_trusted(plain_out: Path, tmp_path: Path) -> None:
    """As published in some data sets: the two columns are swapped, some hold 0."""
    study = make(tmp_path / "bids")
    low, high = ["500.0"] * 5 + ["0"], ["0.3"] * 6
    bids.edit_table(channels_file(study.root), lambda t: t.assign(low_cutoff=low, high_cutoff=high))
    out = run(study)
    np.testing.assert_allclose(responses(plain_out)[0], responses(out)[0], atol=1e-6)
    table = running.sites(out, "01")
    assert [float(v) for v in table["low_cutoff"]] == [float(v) for v in low]
    assert running.validator_errors(out) == []


@pytest.mark.parametrize(
    "reference, names",
    [
        ("bipolar", ["A1-A2", "A2-A3", "A5-A6"]),
        ("laplacian", ["A2"]),
        ("average", ["A1", "A2", "A3", "A5", "A6"]),
        ("none", ["A1", "A2", "A3", "A5", "A6"]),
    ],
)
def test_references(tmp_path: Path, reference: str, names: list[str]) -> None:
    study = make(tmp_path / "bids")
    bids.edit_table(channels_file(study.root), lambda t: t.assign(status=["good"] * 3 + ["bad"] + ["good"] * 2))
    out = study.root.parent / "out"
    result = running.succeed(running.run_inside(study.argv(out, **(QUICK | {"reference": reference}))))
    table = running.sites(out, "01")
    assert list(table["name"]) == names
    if reference == "bipolar":
        assert float(table["x"][0]) == pytest.approx(-59.5)
        assert float(table["y"][0]) == pytest.approx(-44.3)
    assert ("all channels" in result.stderr) == (reference in ("none", "average"))
    assert running.validator_errors(out) == []


def test_high_gamma(tmp_path: Path) -> None:
    """The envelope of a carrier that follows speech is found, the same carrier's broadband is not."""
    root = bids.start_dataset(tmp_path / "bids", ["01"])
    sfreq, names = 512.0, ["A1", "A2"]
    rng = np.random.default_rng(0)
    n = int(165 * sfreq)
    power = signals.site_signal("interaction", "hg", [SHOWING], n, sfreq)
    carrier = mne.filter.filter_data(rng.standard_normal((2, n)), sfreq, 75, 145, verbose="error")
    data = 20 * signals.pink_noise(rng, n, sfreq) + 10 * carrier * np.exp(np.array([[0.8], [0.0]]) * power)
    path = bids.write_recording(root, data, sfreq, names, subject="01")
    bids.write_table(bids.table_path(path, "events"), bids.stimulus_events([SHOWING], files=["the_film.mp4"]))
    study = Study(root, datasets.write_models(root, [FILM]), (FILM,), {})
    out = run(study, band="high-gamma")
    data_, labels = running.dense(next(out.rglob("*_desc-language_encoding.h5")))
    after = data_["r"][labels["model"].index("fusion")][:, 84:100].mean(1)
    assert after[0] > 0.2
    assert after[1] < 0.1


def test_high_gamma_needs_the_rate(plain: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = running.run_inside(plain.argv(out, **(QUICK | {"band": "high-gamma"})))
    running.refused(result, 65, out, "70")


def test_bad_stretches(plain: Study, plain_out: Path, tmp_path: Path) -> None:
    """A BAD row of events.tsv and a BAD annotation of the recording drop what they touch, and nothing else."""
    onset = FILM.words["onset"].to_numpy(float) + SHOWING.at
    study = make(tmp_path / "bids")
    with next(study.root.rglob("*.vmrk")).open("a", encoding="utf-8") as markers:
        markers.write(f"Mk9=Comment,BAD_artefact,{40 * 128 + 1},{3 * 128},0\n")
    events = next(study.root.rglob("*_events.tsv"))
    row = pd.DataFrame({"onset": ["80.0"], "duration": ["5.0"], "trial_type": ["bad seizure"]})
    bids.edit_table(events, lambda t: pd.concat([t, row]).fillna("n/a"))
    out = run(study, reports=True)
    used = running.read_table(next(out.rglob("*_desc-language_events.tsv")))["onset"].astype(float).to_numpy()
    for start, stop in ((40.0, 43.0), (80.0, 85.0)):
        assert not ((used > start - 2.09) & (used < stop + 2.09)).any()
    near = [(onset > a - 2.11) & (onset < b + 2.11) for a, b in ((40.0, 43.0), (80.0, 85.0))]
    kept = onset[~(near[0] | near[1])]
    kept = kept[(kept > 2.11) & (kept < SECONDS - 2.11)]
    assert all(np.abs(used - t).min() < 1e-3 for t in kept)
    assert "BAD" in (out / "sub-01.html").read_text(encoding="utf-8").upper()
    drawn = running.read_table(out / "sub-01" / "figures" / "dropped_events.tsv").astype({"start": float, "n": int})
    drawn = drawn[drawn["alignment"] == "language"]
    dropped = onset[(near[0] | near[1]) & (onset > 2.11) & (onset < SECONDS - 2.11)]
    bad = drawn[drawn["outcome"] == MARKED_BAD]
    assert (drawn.loc[drawn["outcome"] == USED, "n"].sum(), bad["n"].sum()) == (len(used), len(dropped))
    width = (drawn["stop"].astype(float) - drawn["start"]).iloc[0]
    assert set(bad["start"]) == set(np.floor((dropped - SHOWING.at) / width) * width)


def test_windows_that_leave_the_recording(tmp_path: Path) -> None:
    bids.start_dataset(tmp_path / "bids", ["01"])
    showing = Showing(FILM, at=0.0)
    root = tmp_path / "bids"
    datasets.write_run(root, "01", KINDS, [showing], ["the_film.mp4"], seconds=140.0)
    out = run(Study(root, datasets.write_models(root, [FILM], models.ONE), (FILM,), {}))
    used = running.read_table(next(out.rglob("*_desc-language_events.tsv")))["onset"].astype(float)
    assert used.min() >= 2.09
    assert used.max() <= 140 - 2.09
    onset = FILM.words["onset"]
    assert len(used) == pytest.approx(((onset > 2.1) & (onset < 137.9)).sum(), abs=1)


def test_a_recording_that_is_not_fetched(tmp_path: Path) -> None:
    """DataLad with dropped content: a broken link names the remedy."""
    study = make(tmp_path / "bids")
    data = next(study.root.rglob("*.eeg"))
    data.unlink()
    data.symlink_to("../../.git/annex/objects/aa/bb/MD5E-s1--c.eeg/MD5E-s1--c.eeg")
    out = tmp_path / "out"
    line = running.refused(running.run_inside(study.argv(out, **QUICK)), 66, out, "datalad get")
    assert data.name in line


def test_a_data_set_of_links(plain_out: Path, tmp_path: Path) -> None:
    """DataLad with content: every file is a link into a store."""
    study = make(tmp_path / "bids")
    store = tmp_path / "store"
    store.mkdir()
    for k, file in enumerate([p for p in study.root.rglob("*") if p.is_file()]):
        moved = store / f"{k}{file.suffix}"
        shutil.move(file, moved)
        file.symlink_to(moved)
    np.testing.assert_allclose(responses(run(study))[0], responses(plain_out)[0], atol=1e-6)


@pytest.mark.parametrize("damage", ["truncated header", "no channels.tsv", "no ieeg.json"])
def test_damaged_recordings(tmp_path: Path, damage: str) -> None:
    study = make(tmp_path / "bids")
    if damage == "truncated header":
        header = next(study.root.rglob("*.vhdr"))
        header.write_text(header.read_text(encoding="utf-8")[:60], encoding="utf-8")
    elif damage == "no channels.tsv":
        channels_file(study.root).unlink()
    else:
        next(study.root.rglob("*_ieeg.json")).unlink()
    out = tmp_path / "out"
    result = running.run_inside(study.argv(out, **QUICK))
    assert "Traceback" not in result.stderr
    if damage == "no ieeg.json":
        running.succeed(result)
    else:
        code, said = (66, "has no channels.tsv") if "channels" in damage else (65, "_ieeg.vhdr")
        running.refused(result, code, out, "sub-01", said)


def test_nwb_is_refused_with_the_remedy(tmp_path: Path) -> None:
    study = make(tmp_path / "bids")
    write_nwb(drop_brainvision(study.root).with_suffix(".nwb"))
    out = tmp_path / "out"
    result = running.run_inside(study.argv(out, **QUICK))
    said = running.refused(result, 65, out, "NWB", "convert it to BrainVision or EDF")
    assert "sub-01_task-movie_ieeg.nwb" in said


def write_nwb(path: Path) -> None:
    """An NWB file with one ElectricalSeries in volts."""
    from datetime import UTC, datetime

    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.ecephys import ElectricalSeries

    file = NWBFile("film", "x", datetime(2020, 1, 1, tzinfo=UTC))
    device = file.create_device("amplifier")
    group = file.create_electrode_group("A", "shaft", "temporal", device)
    file.add_electrode_column("label", "name")
    for name in KINDS:
        file.add_electrode(group=group, location="temporal", label=name)
    region = file.create_electrode_table_region(list(range(len(KINDS))), "all")
    data = signals.record(KINDS, [SHOWING], seconds=SECONDS, sfreq=128.0, seed="same") * 1e-6
    file.add_acquisition(ElectricalSeries(name="ieeg", data=data.T, electrodes=region, rate=128.0))
    with NWBHDF5IO(str(path), "w") as writer:
        writer.write(file)


def drop_brainvision(root: Path) -> Path:
    """Remove the signal files; returns the recording's path without extension."""
    for file in root.rglob("*_ieeg.*"):
        if file.suffix in (".vhdr", ".eeg", ".vmrk"):
            file.unlink()
    return next(root.rglob("*_ieeg.json")).with_suffix("")


def test_mef3(plain_out: Path, tmp_path: Path) -> None:
    study = make(tmp_path / "bids")
    write_mef3(drop_brainvision(study.root).with_suffix(".mefd"))
    found, names = responses(run(study))
    assert names == list(KINDS)
    assert likeness(responses(plain_out)[0], found).min() > 0.99


def write_mef3(path: Path) -> None:
    """A MEF3 session without passwords, one segment per channel, units of 0.01 µV."""
    from pymef.mef_session import MefSession

    data = signals.record(KINDS, [SHOWING], seconds=SECONDS, sfreq=128.0, seed="same")
    session = MefSession(str(path), "", False, True)
    start, stop = 1_600_000_000_000_000, 1_600_000_000_000_000 + int(SECONDS * 1e6)
    for number, (name, row) in enumerate(zip(KINDS, data, strict=True)):
        second = {"sampling_frequency": 128.0, "units_conversion_factor": 0.01, "units_description": b"uV"}
        second |= {"recording_duration": int(SECONDS * 1e6), "number_of_samples": row.size, "start_sample": 0}
        second |= {"AC_line_frequency": 60.0, "acquisition_channel_number": number + 1}
        third = {"recording_time_offset": start, "GMT_offset": 0}
        session.write_mef_ts_segment_metadata(name, 0, "", "", start, stop, second, third)
        session.write_mef_ts_segment_data(name, 0, "", "", 128, np.round(row * 100).astype(np.int32))
    session.close()
