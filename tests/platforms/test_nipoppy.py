"""The bundle of Nipoppy with Nipoppy's own commands."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from bids_vlint import __version__
from bids_vlint.cli.parser import parse
from tests.platforms.conftest import QUICK
from tests.platforms.stand_ins import BIDS_VLINT, NOTHING, PLATFORMS, environment, programs, run, tools

BUNDLE = str(PLATFORMS / "nipoppy")


@pytest.mark.full
def test_nipoppy_validates_simulates_runs_and_tracks(tiny: Path, tmp_path: Path) -> None:
    scripts = programs(tmp_path / "bin", {"bids_vlint": BIDS_VLINT, "apptainer": NOTHING})
    env = environment(tmp_path / "home", scripts, tools("nipoppy"))
    assert "all valid" in run(["nipoppy", "pipeline", "validate", BUNDLE], env, tmp_path)
    study = tmp_path / "study"

    def nipoppy(*words: str) -> str:
        return run(["nipoppy", *words, "--study", str(study)], env, tmp_path)

    nipoppy("init", "--bids-source", str(tiny / "bids"))
    nipoppy("pipeline", "install", BUNDLE, "--assume-yes")
    nipoppy("track-curation")
    settings = study / "global_config.json"
    text = settings.read_text().replace('"FEATURES": null', f'"FEATURES": {json.dumps(str(tiny / "features"))}')
    settings.write_text(text)
    (study / "containers" / f"bids_vlint_{__version__}.sif").touch()

    said = nipoppy("process", "--pipeline", "bids_vlint", "--pipeline-step", "participant", "--simulate")
    calls = [parse(shlex.split(line)) for line in re.findall(r"bids_vlint (/.*)", said)]
    assert [call.options["participant_label"] for call in calls] == [("01",), ("02",)]
    assert f"--bind {tiny / 'features'}:{tiny / 'features'}:ro" in said

    settings.write_text(settings.read_text().replace('"COMMAND": "apptainer"', '"COMMAND": null'))
    for level in ("participant", "group"):
        file = study / "pipelines" / "processing" / f"bids_vlint-{__version__}" / f"invocation_{level}.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | QUICK | {"alignment": ["language"]}))
        nipoppy("process", "--pipeline", "bids_vlint", "--pipeline-step", level)
    out = study / "derivatives" / "bids_vlint" / __version__ / "output"
    assert (out / "group.html").is_file()
    (out / "sub-02.html").unlink()
    nipoppy("track-processing", "--pipeline", "bids_vlint", "--pipeline-step", "participant")
    status = (study / "derivatives" / "processing_status.tsv").read_text()
    assert re.findall(r"^(\d+)\t.*\t(\w+)$", status, re.M) == [("01", "SUCCESS"), ("02", "FAIL")]
