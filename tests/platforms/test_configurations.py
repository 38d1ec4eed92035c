"""What the files of platforms/ repeat of the program is as the program has it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bids_vlint import __version__
from bids_vlint.cli.descriptor import descriptor
from bids_vlint.cli.parser import parse
from bids_vlint.derivatives.layout import participant_html, sites_tsv
from bids_vlint.networks.model_set import built_in_sets, declared_set
from bids_vlint.settings import BY_NAME
from bids_vlint.study.fits import FitName
from tests.platforms.stand_ins import PAGE, PLATFORMS, ROOT, app, recipes


def nipoppy(name: str) -> Any:
    return json.loads((PLATFORMS / "nipoppy" / name).read_text())


def babs() -> dict[str, Any]:
    return yaml.safe_load((PLATFORMS / "babs" / "bids_vlint.yaml").read_text())


def test_versions() -> None:
    dashed = __version__.replace(".", "-")
    assert nipoppy("config.json")["VERSION"] == __version__
    assert babs()["zip_foldernames"] == {"bids_vlint": dashed}
    image = descriptor()["container-image"]["image"]
    assert f"docker://{image}}}" in (PLATFORMS / "brainlife" / "main").read_text()
    said = PAGE.read_text(encoding="utf-8")
    named = re.findall(r"bids[-_]vlint[-_:](\d+[.-]\d+[.-]\d+)", said) + re.findall(r"`bids_vlint`, `([\d.]+)`", said)
    assert set(named) == {__version__, dashed}


def test_resources_are_those_that_the_descriptor_suggests() -> None:
    wanted = descriptor()["suggested-resources"]
    cores, gigabytes, hours = wanted["cpu-cores"], wanted["ram"], wanted["walltime-estimate"] / 3600
    job = nipoppy("hpc.json")
    assert (job["CORES"], job["MEMORY"], job["TIME"]) == (f"{cores}", f"{gigabytes}G", f"{hours:g}:00:00")
    job = babs()["cluster_resources"]
    assert (job["number_of_cpus"], job["hard_memory_limit"], job["hard_runtime_limit"]) == (
        f"{cores}", f"{gigabytes}G", f"{hours:g}:00:00")  # fmt: skip
    assert (
        f"#PBS -l nodes=1:ppn={cores},mem={gigabytes}gb,walltime={hours:g}:00:00"
        in (PLATFORMS / "brainlife" / "main").read_text()
    )
    assert f"{cores} processor, {gigabytes} GB and\n{hours:g} hours" in PAGE.read_text(encoding="utf-8")
    told = [nipoppy(f"invocation_{level}.json") for level in ("participant", "group")]
    told.append(json.loads((PLATFORMS / "brainlife" / "config.json.sample").read_text()))
    own = {key.lstrip("-").replace("-", "_"): value for key, value in babs()["bids_app_args"].items()}
    for asked in (*told, {"nprocs": int(own["nprocs"]), "mem_gb": float(own["mem_gb"])}):
        assert asked["nprocs"] == cores
        assert gigabytes / 2 < asked["mem_gb"] < gigabytes  # Python and what it loads come on top


def test_options_of_babs() -> None:
    words = []
    for name, value in babs()["bids_app_args"].items():
        words += ["--participant-label", "sub-01"] if name == "$SUBJECT_SELECTION_FLAG" else [name, *value.split()]
    options = parse(["bids", "out", "participant", *words]).options
    assert options["participant_label"] == ("01",)
    assert options["offline"] is True


def test_the_descriptor_of_nipoppy_is_the_generated_one() -> None:
    assert nipoppy("descriptor.json") == descriptor(), "run: bids_vlint descriptor > platforms/nipoppy/descriptor.json"


@pytest.mark.parametrize("level", ["participant", "group"])
def test_bosh_takes_the_invocations_of_nipoppy(level: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from boutiques import bosh

    text = (PLATFORMS / "nipoppy" / f"invocation_{level}.json").read_text()
    (tmp_path / "call.json").write_text(re.sub(r"\[\[[^]]*\]\]", str(tmp_path), text))
    descriptor_file = PLATFORMS / "nipoppy" / "descriptor.json"
    bosh(["exec", "simulate", "-i", str(tmp_path / "call.json"), str(descriptor_file)])
    line = next(row for row in capsys.readouterr().out.splitlines() if row.startswith("bids_vlint "))
    call = parse(line.split()[1:])
    assert call.level == level
    assert call.options["models"] == f"{tmp_path}/models.toml"
    assert call.options["nprocs"] == 1


def test_the_group_of_nipoppy_is_run_as_its_participants() -> None:
    one, all_ = nipoppy("invocation_participant.json"), nipoppy("invocation_group.json")
    assert {k: v for k, v in one.items() if k != "participant_label"} == all_ | {"level": "participant"}


@pytest.mark.parametrize("session", [None, "iemu"])
def test_what_nipoppy_tracks_is_what_the_participant_level_leaves(session: str | None, tmp_path: Path) -> None:
    for file in (sites_tsv(tmp_path, FitName("01", "film", session=session)), participant_html(tmp_path, "01")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for path in nipoppy("tracker.json")["PATHS"]:
        assert len([*tmp_path.glob(path.replace("[[NIPOPPY_BIDS_PARTICIPANT_ID]]", "sub-01"))]) == 1
        assert not [*tmp_path.glob(path.replace("[[NIPOPPY_BIDS_PARTICIPANT_ID]]", "sub-02"))]


def test_config_of_brainlife_becomes_a_command_line() -> None:
    config = json.loads((PLATFORMS / "brainlife" / "config.json.sample").read_text())
    assert set(config) - {"bids"} <= set(BY_NAME)
    made = app()
    config |= {"participant_label": "01 sub-02", "offline": True, "overwrite": False, "_inputs": []}
    call = parse(made.command_line(config, "participant"))
    assert call.level == "participant"
    assert call.options["participant_label"] == ("01", "02")
    assert call.options["alignment"] == ("language", "vision")
    assert call.options["q"] == 0.05
    assert call.options["offline"] is True
    assert "stimuli" not in call.options
    for wrong, words in (
        ({"bids": ""}, "names no data set"),
        ({"bids": "b", "shifts": 3}, "shifts, which is no option"),
    ):
        with pytest.raises(SystemExit, match=words):
            made.command_line(wrong, "group")


def test_product_of_brainlife() -> None:
    sites = [{"participant_id": f"sub-{k // 200}", "integration_either": "true" if k % 4 == 0 else "false"}
             for k in range(1000)]  # fmt: skip
    tests = [{"test": test, "alignment": alignment, "significant": ("true", "false", "n/a")[k % 3]}
             for test in ("trained_beats_random", "beats_low_level") for alignment in ("language", "vision")
             for k in range(300)]  # fmt: skip
    product = app().product(sites, tests)
    assert len(json.dumps(product, indent=1)) < 4096
    assert (product["participants"], product["electrodes"], product["integration"]) == (5, 1000, 250)
    assert product["tests"]["beats_low_level"]["vision"] == {"tested": 200, "passed": 100}
    said, figure = product["brainlife"]
    assert "250 of 1000 electrodes of 5 participants" in said["msg"]
    assert figure["type"] == "plotly"
    assert [bar["y"] for bar in figure["data"]] == [[100, 100], [100, 100]]
    untested = app().product([{"participant_id": "sub-1", "integration_either": "n/a"}], [])
    assert "tested at none of 1 electrodes" in untested["brainlife"][0]["msg"]


def test_networks_of_recipes_are_those_of_the_built_in_sets() -> None:
    known = {row["name"]: row for name in ("paper", "modern")
             for row in tomllib.loads(built_in_sets()[name].read_text(encoding="utf-8"))["model"]}  # fmt: skip
    for name in ("any_language", "heard"):
        file = PLATFORMS / "openneuro" / f"{name}.toml"
        assert declared_set(str(file)).models
        for row in tomllib.loads(file.read_text(encoding="utf-8"))["model"]:
            assert row == known[row["name"]]


def test_recipes_are_ten_lines_at_most_of_commands_that_there_are() -> None:
    made = recipes()
    assert set(made) == {"ds003688", "ds005574", "nm000253"}
    for lines in made.values():
        assert len(lines) <= 10
        for line in lines:
            program, *words = line.split()
            assert program in ("datalad", "bids_vlint", "pip", "nemar-py")
            assert all((ROOT / word).is_file() for word in words if word.startswith("platforms/"))
            if program == "bids_vlint" and words[0] not in ("models", "prepare"):
                assert parse(words).level == words[2]
        assert parse(lines[-1].split()[1:]).level == "group"
