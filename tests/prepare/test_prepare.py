"""`bids_vlint prepare brain-treebank`, from recordings to a data set that both levels run on."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bids_vlint
from bids_vlint.networks.model_set import declared_set
from bids_vlint.prepare.treebank.recording import find_recordings
from tests.acceptance import running
from tests.acceptance.datasets import checksums
from tests.acceptance.running import Result, read_table, run_inside, succeed
from tests.prepare.test_films import pictures, png, write_film
from tests.prepare.world import Recorded, made_contacts, made_words, write_package, write_root

RATE = 256.0
LABELS = ["T1a1", "T1a2", "T1a3"]
NAMES = ["T1a1", "T1a2#", "T1a3x", "DC4"]
FILMS = {(6, 0): "megamind", (6, 1): "toy-story", (6, 4): "coraline", (9, 0): "ant-man"}
SECONDS = 260


def recorded(run: int, title: str | None = None, subject: int = 6, **more: object) -> Recorded:
    chosen = {"rate": RATE, "channels": NAMES, "n_samples": int(SECONDS * RATE), "bad": ["DC4"], **more}
    return Recorded(subject, run, title, **chosen)  # type: ignore[arg-type]


def package(folder: Path, words: dict[tuple[int, int], pd.DataFrame] | None = None, *, wheel: bool = False) -> Path:
    tables = words or {trial: made_words(700, rate=RATE, seed=trial[1]) for trial in FILMS if trial[0] == 6}
    contacts = {subject: made_contacts(LABELS, subject) for subject in (6, 9)}
    return write_package(folder, FILMS, tables, contacts, wheel=wheel)


def prepare(root: Path, words: Path, *more: object) -> Result:
    return run_inside(["prepare", "brain-treebank", str(root), str(root.parent / "out"), "--words", str(words),
                       *map(str, more)])  # fmt: skip


def verdicts(root: Path, session: str = "") -> dict[str, str]:
    table = read_table(root.parent / "out" / "report.tsv")
    table = table[table["session"].str.contains(session)]
    return dict(zip(table["check"], table["verdict"]))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared session of three contacts, whose signals are noise."""
    folder = tmp_path_factory.mktemp("prepared")
    rng = np.random.default_rng(0)
    signals = np.cumsum(rng.standard_normal((4, int(SECONDS * RATE))), axis=1)
    words = {(6, 4): made_words(700, rate=RATE, pauses={400: 5.0}, steps=[100, 200])}
    root = write_root(folder / "nm", [recorded(5, "Coraline", signals=signals, small=True)])
    before = checksums(root)
    succeed(prepare(root, package(folder / "np", words, wheel=True)))
    assert checksums(root) == before
    return folder / "out"


def test_both_levels_run_and_regions_are_the_native_labels(prepared: Path, tmp_path: Path) -> None:
    listener = Path(bids_vlint.__file__).parent / "demo" / "weights" / "listener"
    (tmp_path / "set.toml").write_text(f'random_seeds = 1\n[[model]]\nname = "listener"\nmodality = "language"\n'
                                       f'source = "transformers"\narchitecture = "{listener}"\n')  # fmt: skip
    words = [str(prepared), str(tmp_path / "out"), "participant", "--stimuli", str(prepared / "stimuli.toml"),
             "--models", str(tmp_path / "set.toml"), "-w", str(tmp_path / "work"), "--n-bootstraps", "20", "--n-shifts",
             "0", "--skip-bids-validation"]  # fmt: skip
    before = checksums(prepared)
    said = succeed(run_inside(words)).stderr
    assert "further columns by its table (pitch, volume, speech_pitch, speech_volume)" in said
    succeed(run_inside([str(prepared), str(tmp_path / "out"), "group"]))
    assert checksums(prepared) == before
    events = read_table(next((tmp_path / "out").rglob("*_desc-language_events.tsv")))
    table = read_table(next(prepared.rglob("*_words.tsv")))
    assert len(events) >= 0.97 * len(table)  # windows are lost around the pause
    so_far = dict(zip(table["onset"].astype(float), table["so_far"]))
    assert events["text"].tolist() == [so_far[float(t)] for t in events["movie_time"]]
    sites = read_table(tmp_path / "out" / "group_sites.tsv")
    assert sites["name"].tolist() == NAMES[:3]
    assert sites["region"].tolist() == ["ctx-lh-insula"] * 3
    assert sites["mni_x"].astype(float).tolist() == [-30.0, -33.0, -36.0]
    assert sites["shaft"].tolist() == ["T1a"] * 3


def test_what_is_written_is_bids_and_says_what_was_checked(prepared: Path) -> None:
    assert running.validator_errors(prepared) == []
    assert "Coraline" in (prepared / "report.html").read_text()
    assert declared_set(str(prepared / "models.toml")).models
    names = {spec.name for spec in declared_set(str(prepared / "models.toml")).models if spec.trained}
    assert names == {"sbert", "simcse", "slip-combo-language", "slip-clip-language"}
    events = read_table(next(prepared.rglob("*_events.tsv")))
    off = events["onset"].astype(float) - events["sample"].astype(float) / RATE
    assert np.abs(off).max() <= 1 / RATE
    said = json.loads(next(prepared.rglob("*run-05_ieeg.json")).read_text())
    assert said["PowerLineFrequency"] == 60


def test_refused_sessions_are_named_with_the_cause_and_the_others_prepared(tmp_path: Path) -> None:
    tables = {trial: made_words(700, rate=RATE) for trial in FILMS if trial[0] == 6}
    tables[(9, 0)] = made_words(700, rate=RATE / 2)
    root = write_root(tmp_path / "nm", [recorded(1, "Megamind"), recorded(2, "Coraline"), recorded(9, "Coraline"),
                                        recorded(1, "Antman", 9, channels=[*NAMES, "EXTRA1"])])  # fmt: skip
    result = prepare(root, package(tmp_path / "np", tables))
    assert result.code == 1, result.stderr
    assert "Coraline" in result.stderr or "coraline (trial 4)" in result.stderr
    assert "128 samples in a second" in result.stderr
    out = tmp_path / "out"
    assert {p.name for p in out.rglob("*.vhdr")} == {f"sub-06_task-movie_run-{k}_ieeg.vhdr" for k in ("01", "09")}
    assert verdicts(root, "sub-09")["clock"] == "refused"
    assert verdicts(root, "run-01")["film"] == "good"
    prepare(root, package(tmp_path / "np1", tables), "--check-only")
    assert len(list(out.rglob("*.vhdr"))) == 2  # what was prepared stays
    again = prepare(root, package(tmp_path / "np2", tables), "--participant-label", "06")
    assert again.code == 1
    assert not (out / "sub-09").exists()
    assert "sub-09" not in (out / "report.tsv").read_text()


def test_extra_channels_a_cut_recording_and_another_rate(tmp_path: Path) -> None:
    root = write_root(
        tmp_path / "nm",
        [
            recorded(1, "Megamind", channels=[*NAMES, "Zz1"]),
            recorded(2, "Toy Story", n_samples=int(100 * RATE)),
            recorded(5, "Coraline", rate=2 * RATE, n_samples=int(SECONDS * 2 * RATE)),
        ],
    )
    result = prepare(root, package(tmp_path / "np"))
    assert result.code == 1
    assert verdicts(root, "run-01")["names"] == "noted"
    assert "Zz1" in (tmp_path / "out" / "report.tsv").read_text()
    assert verdicts(root, "run-02")["length"] == "refused"
    assert verdicts(root, "run-05")["clock"] == "refused"


def test_without_signals_the_check_alone_goes_on(tmp_path: Path) -> None:
    root = write_root(tmp_path / "nm", [recorded(1, "Megamind", small=True), recorded(2, "Toy Story")])
    words = package(tmp_path / "np")
    home = root / "sub-06" / "ieeg"
    for file in [*home.glob("*.vhdr"), *home.glob("*.eeg"), *home.glob("*.vmrk")]:
        file.unlink()
    size = len(NAMES) * 4 * int(SECONDS * RATE)
    (home / "sub-06_task-movie_run-02_ieeg.eeg").symlink_to(f"../../.git/annex/objects/SHA256E-s{size}--aa.eeg/x")
    succeed(prepare(root, words, "--check-only"))
    assert verdicts(root, "run-01") | {"length": "good"} == verdicts(root, "run-01")
    assert verdicts(root, "run-02")["length"] == "good"
    assert not list((tmp_path / "out").glob("sub-*"))
    result = prepare(root, words)
    assert result.code == 65
    assert "signals have not been fetched" in result.stderr.splitlines()[-1]


def test_authors_files_win(tmp_path: Path) -> None:
    words = made_words(700, rate=RATE)
    root = write_root(tmp_path / "nm", [recorded(1, "Megamind", channels=[f"iEEG{k:03d}" for k in range(5)])])
    own = tmp_path / "own"
    (own / "subject_timings").mkdir(parents=True)
    (own / "electrode_labels" / "sub_6").mkdir(parents=True)
    movie = np.arange(1.0, 220.0, 0.085)
    times = pd.DataFrame({"type": "trigger", "movie_time": movie, "index": np.round((movie + 20.0) * RATE)})
    times.to_csv(own / "subject_timings" / "sub_6_trial000_timings.csv", index=False)
    labels = ["T1a1*", "T1a2", "T1a3", "DC4"]
    (own / "electrode_labels" / "sub_6" / "electrode_labels.json").write_text(json.dumps(labels))
    (own / "corrupted_elec.json").write_text(json.dumps({"sub_6": ["T1a1*"]}))
    succeed(prepare(root, package(tmp_path / "np", {(6, 0): words}), "--authors", own))
    out = tmp_path / "out"
    channels = read_table(next(out.rglob("*_channels.tsv")))
    assert channels["status"].tolist()[:3] == ["bad", "good", "good"]
    assert channels["type"].tolist() == ["SEEG", "SEEG", "SEEG", "TRIG", "SEEG"]
    assert read_table(next(out.rglob("*space-*_electrodes.tsv")))["contact"].tolist() == LABELS
    assert len(read_table(next(out.rglob("*_sync.tsv")))) == len(movie)
    assert verdicts(root)["timings"] == "good"
    alone = prepare(root, package(tmp_path / "np2", {(6, 0): words}))
    assert alone.code == 0
    assert "--labels" in (out / "report.tsv").read_text()
    assert not list(out.rglob("*space-*_electrodes.tsv"))
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    succeed(prepare(root, package(tmp_path / "np3", {(6, 0): words}), "--labels", tmp_path / "labels.json"))
    assert read_table(next(out.rglob("*space-*_electrodes.tsv")))["contact"].tolist() == LABELS


def test_what_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    root = write_root(tmp_path / "nm", [recorded(1, "Megamind")])
    words = package(tmp_path / "np")
    cases: list[tuple[list[object], int, str]] = [
        ([root, root / "out", "--words", words], 73, "lies in"),
        ([root, tmp_path / "np", "--words", words], 73, "holds something else"),
        ([tmp_path / "none", tmp_path / "o", "--words", words], 16, "no BIDS data set"),
        ([root, tmp_path / "o", "--words", tmp_path / "none.whl"], 66, "is not there"),
        ([root, tmp_path / "o", "--words", root], 65, "is not the package neuroprobe"),
        ([root, tmp_path / "o", "--words", words, "--films", tmp_path / "none"], 66, "is no folder"),
        ([root, tmp_path / "o", "--words", words, "--labels", tmp_path / "none"], 66, "electrode_labels.json"),
        ([root, tmp_path / "o", "--words", words, "--participant-label", "07"], 18, "no such subject"),
        ([root], 64, "required"),
    ]
    for arguments, code, said in cases:
        result = run_inside(["prepare", "brain-treebank", *map(str, arguments)])
        lines = [line for line in result.stderr.splitlines() if line.startswith("bids_vlint")]
        assert (result.code, len(lines)) == (code, 1), result.stderr
        assert said in lines[0]


def test_a_table_that_cannot_be_read_refuses_its_session_and_the_others_go_on(tmp_path: Path) -> None:
    runs = [recorded(1, "Megamind"), recorded(2, "Toy Story"), recorded(5, "Coraline"), recorded(1, "Antman", 9)]
    root = write_root(tmp_path / "nm", runs)
    tables = {trial: made_words(700, rate=RATE, seed=trial[1]) for trial in FILMS}
    words = package(tmp_path / "np", tables)
    (words / "braintreebank_features_time_alignment" / "subject6_trial0_words_df.csv").write_text("start,end\n1,2\n")
    next(root.rglob("*run-02_ieeg.json")).write_text("{")
    (words / "mni_coords" / "btbank9_mni_coords.csv").write_bytes(b"\xff\xfe\x00\x01")
    result = prepare(root, words)
    assert result.code == 1, result.stderr
    assert {p.name for p in (tmp_path / "out").rglob("*.vhdr")} == {"sub-06_task-movie_run-05_ieeg.vhdr"}
    table = read_table(tmp_path / "out" / "report.tsv")
    said = table[table["verdict"] == "refused"].set_index("session")["says"]
    assert "subject6_trial0_words_df.csv: has no column" in said["sub-06_task-movie_run-01"]
    assert "run-02_ieeg.json" in said["sub-06_task-movie_run-02"]
    assert "btbank9_mni_coords.csv" in said["sub-09_task-movie_run-01"]
    assert list(dict.fromkeys(table["session"])) == [
        r.file.name.removesuffix("_ieeg.vhdr") for r in find_recordings(root)
    ]
    alone = prepare(root, words, "--participant-label", "09")
    assert alone.code == 65
    assert "btbank9_mni_coords.csv" in alone.stderr.splitlines()[-1]
    own = tmp_path / "own"
    own.mkdir()
    (own / "corrupted_elec.json").write_text("[")  # of all participants
    nobody = prepare(root, words, "--authors", own)
    assert nobody.code == 65
    assert nobody.stderr.count("corrupted_elec.json: is no valid JSON") >= len(runs) - 1  # one has no ieeg.json


def test_words_are_moved_to_a_film_that_is_late_and_every_network_is_listed(tmp_path: Path) -> None:
    words = made_words(60, rate=RATE)
    root = write_root(tmp_path / "nm", [recorded(1, "Megamind")])
    films, own = tmp_path / "films", tmp_path / "own"
    films.mkdir()
    own.mkdir()
    write_film(films / "Megamind.mp4", pictures(lead=1.75))
    with zipfile.ZipFile(own / "movie_frames.zip", "w") as archive:
        for n in (41, 60, 81, 100, 121, 141):
            archive.writestr(f"movie_frames/megamind/frame_{n:04d}.png", png(pictures()[n]))
    chosen = ("--films", films, "--authors", own)
    result = prepare(root, package(tmp_path / "np", {(6, 0): words}), *chosen)
    assert result.code == 65
    assert "--correct-films" in result.stderr.splitlines()[-1]
    succeed(prepare(root, tmp_path / "np" / "neuroprobe", *chosen, "--correct-films"))
    out = tmp_path / "out"
    moved = read_table(next(out.rglob("*_words.tsv")))["onset"].astype(float) - words["start"]
    assert np.allclose(moved, 1.75, atol=0.13)
    events = read_table(next(out.rglob("*_events.tsv")))
    assert np.allclose(events["onset"].astype(float), words["est_idx"] / RATE, atol=1e-3)
    assert "low_level" not in (out / "stimuli.toml").read_text()  # the film has the sound itself
    assert len(declared_set(str(out / "models.toml")).models) == len(declared_set("paper").models)
    assert str(films / "Megamind.mp4") in (out / "stimuli.toml").read_text()
