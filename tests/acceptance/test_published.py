"""Data sets of the kinds that are published: ds003688 with signals of our own, a podcast, a BIDS Brain Treebank."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import edfio
import numpy as np
import pandas as pd
import pybv
import pytest

from tests.acceptance import bids, datasets, films, models, running, signals
from tests.acceptance.datasets import Study
from tests.acceptance.films import Film, generator, make_film
from tests.acceptance.signals import Showing

QUICK: dict[str, object] = {"n_bootstraps": 50, "n_shifts": 10}
TRUE = datasets.TRUE | {"trained_beats_random": ("interaction", "linear", "vision", "language")}
SIDECARS = Path(__file__).parents[1] / "data" / "ds003688"  # as published (CC0); see ABOUT.md there


def film_of(words: pd.DataFrame, name: str, duration: float) -> Film:
    """A film with these words."""
    made = make_film(name, duration)
    table = pd.DataFrame({"onset": words["onset"], "offset": words["offset"], "word": words["item"], "sentence": "s"})
    return Film(**(made.__dict__ | {"words": table}))


def write_signals(root: Path, channels: Path, film: Film, start: float, subject: str, sfreq: float) -> dict[str, str]:
    """A BrainVision recording for a channels.tsv, with sites planted in its iEEG channels; returns their kinds."""
    table = pd.read_csv(channels, sep="\t", dtype=str)
    ieeg = [n for n, t in zip(table["name"], table["type"], strict=True) if t.upper() in ("ECOG", "SEEG")]
    order = ("interaction", "null", "linear", "null", "vision", "null", "language", "null")
    kinds = {name: order[k % len(order)] for k, name in enumerate(ieeg)}
    n_samples = round(410 * sfreq)
    slow = 256.0  # the planted part is made at a low rate and interpolated: the point is the channels, not the rate
    data = np.zeros((len(table), n_samples), np.float32)
    index = np.arange(n_samples) / sfreq * slow
    for row, name in enumerate(table["name"]):
        if name in kinds:
            one = {name: kinds[name]}
            strong = {"snr": 1.0, "seed": subject, "line_hz": 50.0}
            made = signals.record(one, [Showing(film, at=start)], seconds=411, sfreq=slow, **strong)[0]
            data[row] = np.interp(index, np.arange(len(made)), made)
        else:
            data[row] = generator("other", name).standard_normal(n_samples)
    pybv.write_brainvision(
        data=data * 1e-6,
        sfreq=sfreq,
        ch_names=list(table["name"]),
        folder_out=channels.parent,
        fname_base=channels.name.replace("_channels.tsv", "_ieeg"),
        unit="µV",
        resolution=0.1,
        fmt="binary_int16",
    )
    return kinds


@pytest.fixture(scope="module")
def ds003688(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The sidecars of three participants, as published, with film, features, a stimuli file and the signals of two."""
    root = tmp_path_factory.mktemp("ds003688") / "bids"
    shutil.copytree(SIDECARS, root)
    for sidecar in (*root.rglob("*_ieeg.json"), *root.rglob("*_channels.tsv")):  # one fast recording is enough
        sidecar.write_text(
            re.sub(r"(?<=[ \t])2048(?=,|\n)", "256", sidecar.read_text(encoding="utf-8")), encoding="utf-8"
        )
    grid = next(root.rglob("*_acq-HDgrid_*_channels.tsv"))  # and half of its electrodes
    bids.edit_table(grid, lambda t: t.assign(status=["bad" if k // 8 % 2 else "good" for k in range(len(t))]))
    annotations = root / "stimuli" / "annotations" / "sound"
    film = film_of(pd.read_csv(annotations / "sound_annotation_words.tsv", sep="\t"), "pippi", 390.0)
    films.write_video(root / "stimuli" / "pippi.mp4", film)
    kinds = {}
    for channels in sorted(file for subject in ("02", "36") for file in root.glob(f"sub-{subject}/**/*_channels.tsv")):
        subject = channels.name[4:6]
        events = pd.read_csv(next(channels.parent.glob("*_events.tsv")), sep="\t")
        start = float(events.loc[events["trial_type"] == "music", "onset"].iloc[0])
        sidecar = json.loads(channels.with_name(channels.name.replace("_channels.tsv", "_ieeg.json")).read_text())
        sfreq = float(sidecar["SamplingFrequency"])
        kinds[channels.name] = write_signals(root, channels, film, start, subject, sfreq)
    text = """[[stimulus]]
video = "stimuli/pippi.mp4"
tasks = ["film"]
start = { trial_type = "music" }
[stimulus.words]
file = "stimuli/annotations/sound/sound_annotation_words.tsv"
text = "item"
onset = "onset"
offset = "offset"
[stimulus.sentences]
file = "stimuli/annotations/sound/sound_annotation_sentences.tsv"
text = "item"
onset = "onset"
offset = "offset"
"""
    stimuli = root.parent / "stimuli.toml"
    stimuli.write_text(text)
    return Study(root, datasets.write_models(root, [film], models.SMALL), (film,), kinds, stimuli)


def test_ds003688(ds003688: Study) -> None:
    out = ds003688.root.parent / "out"
    before = datasets.checksums(ds003688.root)
    how: dict[str, object] = {"reference": "none", "alignment": "language", "n_bootstraps": 50, "n_shifts": 0}
    result = running.succeed(running.run_inside(ds003688.argv(out, participant_label="36", **how), reports=True))
    assert "PARTICIPANT" in result.stderr.upper(), "the validator's errors are shown as warnings"
    running.succeed(running.run_inside(ds003688.argv(out, participant_label="02", **how)))
    assert datasets.checksums(ds003688.root) == before
    names = [f.name for f in running.sites_files(out)]
    stem = "ses-iemu_task-film_acq-"
    assert names == [
        f"sub-02_{stem}clinical_run-1_desc-sites_channels.tsv",
        f"sub-36_{stem}HDgrid_run-1_desc-sites_channels.tsv",
        f"sub-36_{stem}clinical_run-1_desc-sites_channels.tsv",
    ]
    counts: dict[str, list[int]] = {}
    for file in running.sites_files(out):
        table = running.read_table(file)
        original = pd.read_csv(
            next(ds003688.root.rglob(file.name.replace("_desc-sites", ""))), sep="\t", dtype=str, keep_default_na=False
        )
        analysed = original[original["type"].str.upper().isin(["ECOG", "SEEG"]) & (original["status"] != "bad")]
        assert list(table["name"]) == list(analysed["name"])
        assert set(table["region"]) == {"n/a"}
        kinds = ds003688.kinds[file.name.replace("_desc-sites", "")]
        for name in ("trained_beats_random", "multimodal_beats_unimodal"):
            true = {n for n in table["name"] if kinds[n] in TRUE[name]}
            sites = datasets.found_sites(table, f"language_{name}")
            tally = counts.setdefault(name, [0, 0, 0])
            for k, number in enumerate((len(sites), len(sites & true), len(true))):
                tally[k] += number
    for found, right, _ in counts.values():
        assert found - right <= max(1, 0.1 * found), counts
    # 6.5 minutes with words in half of them are short: enough to find what answers, not all that integrates
    _, right, true_sites = counts["trained_beats_random"]
    assert right >= 0.6 * true_sites, counts
    assert counts["multimodal_beats_unimodal"][1] > 0, counts
    assert "ACPC" in (out / "sub-36.html").read_text(encoding="utf-8")
    running.succeed(running.run_inside(ds003688.argv(out, "group"), reports=True))
    assert running.validator_errors(out) == []
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (out / "group.html").read_text(encoding="utf-8")))
    assert re.search(r"\d+ of \d+ electrodes", text)


def test_podcast(tmp_path: Path) -> None:
    """Audio only, EDF with mixed rates, no events.tsv, electrodes in MNI space, two participants."""
    root = bids.start_dataset(tmp_path / "bids", ["01", "02"])
    film = make_film("podcast", 600.0)
    films.write_audio(root / "stimuli" / "podcast.wav", 600.0)
    bids.film_tables(root / "stimuli", film, separator=",", bom=True, index=True)
    kinds = signals.kinds_of({"language": 3, "null": 3}, prefix="LT")
    for subject, rate in (("01", 512.0), ("02", 256.0)):
        path = datasets.write_run(
            root, subject, kinds, [Showing(film, at=0.0)], ["x.wav"], sfreq=rate, seconds=606.0, events=False,
            task="podcast", file_format="EDF", channel_type="ecog",
        )  # fmt: skip
        data = signals.record(kinds, [Showing(film, at=0.0)], seconds=606.0, sfreq=rate, seed=f"bids/{subject}")
        seen = [edfio.EdfSignal(d, rate, label=n, physical_dimension="uV") for n, d in zip(kinds, data, strict=True)]
        ecg = np.random.default_rng(0).standard_normal(606 * 64)
        seen.append(edfio.EdfSignal(ecg, 64.0, label="EKG1", physical_dimension="uV"))
        edfio.Edf(seen).write(path.fpath)
        extra = pd.DataFrame({"name": ["EKG1"], "type": ["ECG"], "units": ["µV"], "status": ["good"]})
        bids.edit_table(bids.table_path(path, "channels"), lambda t, e=extra: pd.concat([t, e]).fillna("n/a"))
        bids.write_electrodes(root, subject, list(kinds), space="MNI152NLin2009aSym")
    stimuli = tmp_path / "stimuli.toml"
    stimuli.write_text(
        '[[stimulus]]\naudio = "stimuli/podcast.wav"\ntasks = ["podcast"]\nstart_time = 0.0\n[stimulus.words]\n'
        'file = "stimuli/podcast_words.csv"\ntext = "text"\nonset = "start"\noffset = "end"\n'
    )
    study = Study(root, datasets.write_models(root, [film], models.ONE), (film,), {}, stimuli)
    out = tmp_path / "out"
    running.succeed(running.run_inside(study.argv(out, **QUICK)))
    running.succeed(running.run_inside(study.argv(out, "group")))
    for subject in ("01", "02"):
        table = running.sites(out, subject)
        found = datasets.found_sites(table, "language_trained_beats_random")
        assert {n for n, k in kinds.items() if k == "language"} <= found
        assert set(table["vision_trained_beats_random"]) == {"n/a"}
        assert "n/a" not in set(table["region"])
        used = running.read_table(next(out.rglob(f"sub-{subject}*_desc-language_events.tsv")))
        assert float(used["onset"].iloc[0]) >= 2.09
    assert running.validator_errors(out) == []


def test_brain_treebank(tmp_path: Path) -> None:
    """No events.tsv, another film per participant and run, lower-case types, voxels without unit, mains n/a."""
    root = bids.start_dataset(tmp_path / "bids", ["1", "2"])
    cars, sadako = (make_film(name, 150.0, cut_every_s=4.0) for name in ("cars-2", "sadako"))
    kinds = signals.kinds_of({"interaction": 2, "language": 1, "null": 2}, prefix="F3aOFa")
    blocks = []
    for subject, index, film, start in (("1", "1", cars, 3.5), ("1", "2", sadako, 8.0), ("2", "1", sadako, 1.25)):
        path = datasets.write_run(
            root, subject, kinds, [Showing(film, at=start)], ["x.mp4"], run=index, events=False, seconds=170.0
        )
        bids.edit_table(
            bids.table_path(path, "channels"),
            lambda t: t.assign(type="seeg", status="n/a", low_cutoff="n/a", high_cutoff="n/a"),
        )
        sidecar = bids.table_path(path, "ieeg", ".json")
        bids.write_json(sidecar, json.loads(sidecar.read_text()) | {"PowerLineFrequency": "n/a"})
        blocks.append(
            f'[[stimulus]]\nvideo = "stimuli/{film.name}.mp4"\nparticipants = ["{subject}"]\nruns = ["{index}"]\n'
            f'start_time = {start}\n[stimulus.words]\nfile = "stimuli/{film.name}_words.csv"\ntext = "text"\n'
            'onset = "start"\noffset = "end"\nsentence = "sentence"\n'
            f'[stimulus.scene_cuts]\nfile = "stimuli/{film.name}_cuts.csv"\nonset = "time"\n'
        )
    for film in (cars, sadako):
        bids.film_tables(root / "stimuli", film, separator=",", index=True)
    voxels = np.array([[120.0, 95, 80]]) + np.arange(len(kinds))[:, None]
    bids.write_electrodes(root, "1", list(kinds), space=None, system="Other", positions=voxels)
    coordsystem = next(root.rglob("*_coordsystem.json"))
    bids.write_json(coordsystem, {"iEEGCoordinateSystem": "Other", "iEEGCoordinateUnits": "n/a"})
    bids.write_electrodes(root, "2", list(kinds), space=None, system="Other")
    bids.edit_table(root / "sub-2/ieeg/sub-2_electrodes.tsv", lambda t: t.assign(x="n/a", y="n/a", z="n/a"))
    stimuli = tmp_path / "stimuli.toml"
    stimuli.write_text("\n".join(blocks))
    study = Study(root, datasets.write_models(root, [cars, sadako], models.SMALL), (cars, sadako), {}, stimuli)
    out = tmp_path / "out"
    running.succeed(running.run_inside(study.argv(out, reference="laplacian", **QUICK), reports=True))
    running.succeed(running.run_inside(study.argv(out, "group"), reports=True))
    names = [f.name for f in running.sites_files(out)]
    assert names == ["sub-1_task-movie_desc-sites_channels.tsv", "sub-2_task-movie_run-1_desc-sites_channels.tsv"]
    for subject in ("1", "2"):
        table = running.sites(out, subject)
        assert list(table["name"]) == list(kinds)[1:-1]
        assert set(table["type"]) == {"SEEG"}
        assert set(table["region"]) == {"n/a"}
    assert running.validator_errors(out) == []
