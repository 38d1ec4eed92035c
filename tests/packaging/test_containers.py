"""Dockerfile, Singularity.def, boutiques.json and Makefile say the same, and what they say is true."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from spython.main.parse.parsers import get_parser

ROOT = Path(__file__).parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(line: str) -> list[str]:
    """The commands of a joined shell line, spaces made single."""
    return [" ".join(c.split()) for c in line.split("&&")]


def docker_recipe() -> tuple[str, list[str], dict[str, str]]:
    """Base, install commands and environment of the Dockerfile."""
    text = re.sub(r"\\\n\s*", "", read("Dockerfile"))
    base = re.search(r"^ARG BASE_IMAGE=(\S+)", text, re.M)
    run = re.search(r"^RUN (.*)", text, re.M)
    environment = re.search(r"^ENV (.*)", text, re.M)
    assert base
    assert run
    assert environment
    return base[1], commands(run[1]), dict(p.split("=", 1) for p in environment[1].split())


def test_the_two_recipes_agree() -> None:
    base, install, environment = docker_recipe()
    recipe = next(iter(get_parser("singularity")(str(ROOT / "Singularity.def")).parse().values()))
    assert recipe.fromHeader == base
    shared = [c for c in install if not c.startswith(("mkdir", "chmod"))]  # a home for any user: Apptainer has its own
    assert recipe.install[: len(shared)] == shared
    exported = dict(p.split("=", 1) for p in recipe.environ)
    assert exported == {k: v for k, v in environment.items() if k not in ("HOME", "USER")}
    copied = {p.split()[0] for p in recipe.files}
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "bids_vlint"}
    for name in copied:
        assert f"!{name}" in read(".dockerignore").split()
    assert 'exec bids_vlint "$@"' in read("Singularity.def")
    assert 'ENTRYPOINT ["bids_vlint"]' in read("Dockerfile")


def test_the_descriptor_is_the_generated_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bids_vlint", "descriptor"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == read("boutiques.json"), "run: bids_vlint descriptor > boutiques.json"


def test_bosh_accepts_the_descriptor() -> None:
    bosh = Path(sys.executable).parent / "bosh"
    done = subprocess.run(
        [str(bosh), "validate", "boutiques.json"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_bosh_makes_a_command_line_that_the_parser_takes(tmp_path: Path) -> None:
    from bids_vlint.cli.parser import parse

    call = {"bids_dir": str(tmp_path), "output_dir": "/out", "level": "participant", "models": "demo"}
    call |= {"participant_label": ["01", "02"], "nprocs": 2, "reference": "bipolar", "dry_run": True}
    (tmp_path / "call.json").write_text(json.dumps(call))
    bosh = Path(sys.executable).parent / "bosh"
    done = subprocess.run(
        [str(bosh), "exec", "simulate", "-i", str(tmp_path / "call.json"), "boutiques.json"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    line = next(row for row in done.stdout.splitlines() if row.startswith("bids_vlint "))
    options = parse(line.split()[1:]).options
    assert options["participant_label"] == ("01", "02")
    assert options["dry_run"] is True
    assert options["reference"] == "bipolar"


def test_one_version() -> None:
    from bids_vlint import __version__

    assert json.loads(read("boutiques.json"))["tool-version"] == __version__
    assert re.search(r"^version: (\S+)", read("CITATION.cff"), re.M)[1] == __version__  # type: ignore[index]
    assert "version" in tomllib.loads(read("pyproject.toml"))["project"]["dynamic"]


def test_ci_calls_make_test() -> None:
    assert re.search(r"^exec make test$", read(".ci/run"), re.M)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_make_says_what_is_missing(tmp_path: Path) -> None:
    """An old Python, and none at all: one sentence, no installation."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    old = tmp_path / "oldpython"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    for python, words in ((str(old), "3.11 or newer is needed"), ("no-such-python", "is not there")):
        done = subprocess.run(
            ["make", "demo", f"PYTHON={python}"], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode != 0
        assert words in done.stderr
        assert not (tmp_path / ".venv").exists()
