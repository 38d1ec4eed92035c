"""Sites, scores and events: complete, valid, the same bytes twice, and read again as they were."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.derivatives import read_encoding, read_sites, start, write_events, write_sites
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import read_tsv
from bids_vlint.study.fits import FitName
from bids_vlint.workflows.group import run_group
from tests.reports import fabricate

ENDINGS = ("", "_diff", "_low", "_high", "_p", "_q", "_q_by", "_n_model", "_n_baseline")
PER_ALIGNMENT = ("integration", "both_modalities", "best_multimodal", "best_unimodal", "ceiling")
WITH_INTERVAL = ("first_lag", "peak_lag", "unique_vision", "unique_language", "shared", "multimodal_only")
NAMES = [
    FitName("01", "film"),
    FitName("01", "film", run="2"),
    FitName("02", "film", "a", "clinical", "1"),
    FitName("02", "film", "a", "HDgrid", "1"),
]


def validate(out: Path) -> list[dict[str, object]]:
    """The official validator's issues."""
    program = Path(sysconfig.get_path("scripts")) / "bids-validator-deno"
    result = subprocess.run([program, "--format", "json", out], capture_output=True, text=True)
    return list(json.loads(result.stdout)["issues"]["issues"])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derivatives") / "out"
    fabricate.participant(folder, "01", 1, published=True, repeated=True)
    fabricate.participant(
        folder, "02", 2, alignments=("language",), comparisons=(), planted=False, placed=False, session="a"
    )
    return folder


def test_validator_finds_no_error(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    run_group(copy)
    (copy / "logs" / "run").mkdir(parents=True)
    (copy / "logs" / "run" / "settings.toml").write_text("seed = 0\n")
    (copy / "sub-01" / "ieeg" / ".sub-01_killed.tmp.tsv").write_text("half")
    issues = validate(copy)
    assert [i for i in issues if i["severity"] == "error"] == []
    assert {str(i["code"]) for i in issues} <= {"TOO_FEW_AUTHORS"}


def test_file_names(tmp_path: Path) -> None:
    for name in NAMES:
        write_sites(tmp_path, name, pd.DataFrame({"name": ["A1"]}), fabricate.record(1, ("language",)))
    assert set(layout.find_fits(tmp_path)) == set(NAMES)
    expected = "sub-02/ses-a/ieeg/sub-02_ses-a_task-film_acq-clinical_run-1_desc-sites_channels.tsv"
    assert (tmp_path / expected).is_file()
    assert layout.find_fits(tmp_path / "nowhere") == []


def test_every_column_is_there_and_defined(out: Path) -> None:
    for name in layout.find_fits(out):
        sites, record = read_sites(out, name)
        sidecar = json.loads(layout.sites_json(out, name).read_text())
        assert list(sites.columns[:5]) == ["name", "type", "units", "low_cutoff", "high_cutoff"]
        assert sites.columns.is_unique
        assert [c for c in sites if not sidecar[c]["Description"]] == []
        tests = ["trained_beats_random", "beats_low_level", "multimodal_beats_unimodal", "multimodal_beats_linear",
                 *record["comparisons"]]  # fmt: skip
        for test in tests:
            for alignment in ("language", "vision"):
                assert {f"{alignment}_{test}{e}" for e in ENDINGS} <= set(sites)
                for side in ("model", "baseline"):
                    defined = sidecar[f"{alignment}_{test}_n_{side}"]
                    assert (defined["Format"], "Counted: every layer" in defined["Description"]) == ("integer", True)
                meaning = sidecar[f"{alignment}_{test}_p"]["Description"]
                assert all(said in meaning for said in ("One-sided", "5 s block", "circular shifts", "other half"))
            assert {f"{test}_either", f"{test}_both", f"{test}_both_p"} <= set(sites)
        own = [*PER_ALIGNMENT, *(f"{c}{end}" for c in WITH_INTERVAL for end in ("", "_low", "_high"))]
        assert {f"{a}_{c}" for a in ("language", "vision") for c in own} <= set(sites)
        words = {f"{w}_{way}" for w in ("integration", "both_modalities") for way in ("either", "both")}
        assert words <= set(sites)
        assert record["settings"]["reference"] == "laplacian"
        assert record["events"]["language"]["dropped"]["touches BAD"] == 30


def test_missing_is_not_false(out: Path) -> None:
    sites, _ = read_sites(out, FitName("02", "film", "a"))
    assert sites["vision_multimodal_beats_unimodal"].isna().all()
    assert sites["language_multimodal_beats_unimodal"].notna().all()
    assert sites["region"].isna().all()
    assert sites["vision_multimodal_beats_unimodal_n_model"].isna().all()
    assert (sites["language_trained_beats_random_n_baseline"] == 4).all()
    cells = read_tsv(layout.sites_tsv(out, FitName("02", "film", "a")))["language_trained_beats_random_n_model"]
    assert set(cells) == {"4"}, "a whole number"
    text = layout.sites_tsv(out, FitName("02", "film", "a")).read_text()
    assert "\t\t" not in text
    assert "nan" not in text.lower()


def test_unknown_columns_and_types_are_carried(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "extra": [1.5, 2.5],
            "name": ["A1", "A2"],
            "planted": ["null", None],
            "language_trained_beats_random": [1, None],
        }
    )
    name = FitName("01", "film")
    write_sites(tmp_path, name, table, fabricate.record(1, ("language",)), ("a_beats_b",))
    sites, _ = read_sites(tmp_path, name)
    assert sites["extra"].tolist() == ["1.5", "2.5"]
    assert sites["planted"].tolist() == ["null", None]
    assert sites["language_trained_beats_random"].tolist() == [True, pd.NA]
    assert sites["vision_a_beats_b_q"].isna().all()


def test_name_may_be_the_index(tmp_path: Path) -> None:
    table = pd.DataFrame({"type": ["SEEG"]}, index=pd.Index(["A1"], name="name"))
    write_sites(tmp_path, FitName("01", "film"), table, fabricate.record(1, ("language",)))
    assert read_sites(tmp_path, FitName("01", "film"))[0]["name"].tolist() == ["A1"]


def test_scores_come_back(out: Path) -> None:
    name = FitName("01", "film")
    scores, again = fabricate.scores(1, 18), read_encoding(out, name, "language")
    assert (again.models, again.channels) == (scores.models, scores.channels)
    for array in ("r", "r_low", "r_high", "penalty", "layer", "lags"):
        np.testing.assert_array_equal(getattr(again, array), getattr(scores, array))
    with h5py.File(layout.encoding_h5(out, name, "vision")) as file:
        assert file["layer"].shape == file["r"].shape == (len(scores.models), 18, 161)
        assert file["layer"].asstr()[1, 2, 3] == "blocks.1.é2"
        assert file["responses"].shape == (40, 18, 161)
        np.testing.assert_allclose(file["event_onset"], fabricate.events("vision")["onset"])
        assert list(file.attrs["models"]) == list(scores.models)
    with h5py.File(layout.encoding_h5(out, name, "language")) as file:
        assert "responses" not in file


def test_same_values_same_bytes(out: Path, tmp_path: Path) -> None:
    fabricate.participant(tmp_path / "out", "01", 1, published=True, repeated=True)
    for file in sorted((tmp_path / "out" / "sub-01").rglob("*.*")):
        assert file.read_bytes() == (out / file.relative_to(tmp_path / "out")).read_bytes(), file.name


def test_events(out: Path) -> None:
    tsv = layout.events_tsv(out, FitName("01", "film"), "vision")
    text, sidecar = tsv.read_text(), json.loads(layout.sidecar(tsv).read_text())
    table = pd.read_csv(tsv, sep="\t", na_values="n/a")
    assert list(table.columns) == ["onset", "duration", "trial_type", "run", "stimulus", "movie_time", "text"]
    assert set(table.columns) <= set(sidecar)
    np.testing.assert_allclose(table["onset"], fabricate.events("vision")["onset"], atol=1e-4)
    assert table["text"].iloc[0] == "a sentence with 0 words"
    assert "stim_file" not in text


def test_no_stim_file_column(tmp_path: Path) -> None:
    events = pd.DataFrame({"onset": [1.0], "stim_file": ["film.mp4"]})
    write_events(tmp_path, FitName("01", "film"), "language", events)
    header, row = layout.events_tsv(tmp_path, FitName("01", "film"), "language").read_text().split("\n")[:2]
    assert header == "onset\tduration\ttrial_type"
    assert row == "1\tn/a\tword"


def test_description_names_source_and_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bids = tmp_path / "bids"
    bids.mkdir()
    (bids / "dataset_description.json").write_text(json.dumps({"DatasetDOI": "doi:10.1/x"}))
    monkeypatch.setenv("BIDS_VLINT_CONTAINER", "docker://example/bids_vlint@sha256:0123")
    start(tmp_path / "out", bids, version="9.9")
    content = json.loads((tmp_path / "out" / "dataset_description.json").read_text())
    assert content["GeneratedBy"][0]["Version"] == "9.9"
    assert content["GeneratedBy"][0]["Container"] == {
        "Type": "docker",
        "URI": "docker://example/bids_vlint@sha256:0123",
    }
    assert content["SourceDatasets"] == [{"URL": bids.as_uri(), "DOI": "doi:10.1/x"}]
    assert all(not line.endswith("/") for line in (tmp_path / "out" / ".bidsignore").read_text().split())


def test_unreadable_results(out: Path, tmp_path: Path) -> None:
    copy, name = shutil.copytree(out, tmp_path / "out"), FitName("01", "film")
    layout.encoding_h5(copy, name, "vision").write_bytes(b"no HDF5")
    with pytest.raises(InputError, match="vision_encoding") as caught:
        read_encoding(copy, name, "vision")
    assert caught.value.code == Exit.DATA
    layout.sites_json(copy, name).write_text("{")
    with pytest.raises(InputError, match="JSON"):
        read_sites(copy, name)
    with pytest.raises(InputError) as caught:
        read_encoding(copy, FitName("99", "film"), "vision")
    assert caught.value.code == Exit.NO_INPUT
