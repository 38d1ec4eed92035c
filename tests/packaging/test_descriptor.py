"""boutiques.json: bosh takes it, and what bosh makes of it is a command line that the program takes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shlex
import sys
from pathlib import Path
from typing import Any

import boutiques
import jsonschema
import pytest
from boutiques.invocationSchemaHandler import generateInvocationSchema
from boutiques.localExec import LocalExecutor

from bids_vlint.cli.descriptor import descriptor
from bids_vlint.cli.main import main
from bids_vlint.cli.parser import build_parser, given_of, parse
from bids_vlint.settings import OPTIONS

ROOT = Path(__file__).parents[2]
FILE = str(ROOT / "boutiques.json")


def test_the_descriptor_is_the_generated_one() -> None:
    """By both names: `descriptor`, and the flag of BIDS-Apps 2.0."""
    for word in ("descriptor", "--bids-exec-spec"):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            assert main([word]) == 0
        assert printed.getvalue() == Path(FILE).read_text(), "run: bids_vlint descriptor > boutiques.json"


def test_bosh_accepts_the_descriptor() -> None:
    boutiques.validate(FILE)


def simulated(call: dict[str, Any], folder: Path) -> list[str]:
    """The words after the program's name that `bosh exec simulate` makes of an invocation."""
    file = folder / "call.json"
    file.write_text(json.dumps(call))
    with contextlib.redirect_stdout(io.StringIO()) as said:
        boutiques.execute("simulate", "-i", str(file), FILE)
    line = next(row for row in said.getvalue().splitlines() if row.startswith("bids_vlint "))
    return shlex.split(line)[1:]


def test_an_invocation_becomes_what_it_says(tmp_path: Path) -> None:
    old = {"bids_dir": "/bids", "output_dir": "/out", "level": "participant", "models": "demo"}
    old |= {"participant_label": ["01", "02"], "run": ["1"], "context_words": 20, "bins": [-0.2, 0.6], "dry_run": True}
    new = {"InputDataset": ["/bids"], "OutputLocation": "/out", "AnalysisLevel": "subject", "models": "demo"}
    new |= {"SubjectLabel": ["01", "02"], "RunIndex": ["1"], "context_words": 20, "bins": [-0.2, 0.6], "dry_run": True}
    for call in (old, new):
        assert boutiques.evaluate(FILE, json.dumps(call), "output-files/") == {"results": "/out"}
    given = parse(simulated(old, tmp_path))
    assert parse(simulated(new, tmp_path)) == given
    assert (given.bids_dir, given.output_dir, given.level) == (Path("/bids"), Path("/out"), "participant")
    options = given.options
    assert options["participant_label"] == ("01", "02")
    assert (options["run"], options["context"], options["bins"]) == (("1",), "20", "-0.2:0.6")
    assert options["dry_run"] is True
    assert "work_dir" not in options


@pytest.mark.parametrize("complete", [False, True])
def test_the_program_takes_every_command_that_bosh_makes_up(complete: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Needed inputs alone, and all of them, each within what the descriptor allows."""
    monkeypatch.setattr(boutiques, "invocation", lambda *_: None)  # seconds each; what it checks is tested above
    bosh = LocalExecutor(FILE, None, dict.fromkeys(("forcePathType", "skipDataCollect"), True) | {"sandbox": False})
    bosh.requireComplete = complete
    parser, seen = build_parser(), set()
    for seed in range(25):
        random.seed(seed)
        bosh.in_dict, bosh.out_dict = {}, {}
        bosh.generateRandomParams(generateCmdLineFromInDict=True)
        words = shlex.split(bosh.cmd_line[0])[1:]
        seen |= set(bosh.in_dict)
        given = given_of(parser.parse_args([word for word in words if word not in ("--help", "--version")]))
        assert given.options.get("models") or given.options.get("config")
    assert {"bids_dir", "InputDataset", "level", "AnalysisLevel", "models", "config"} <= seen
    assert complete == ({o.name for o in OPTIONS} <= seen | {"config"})


def test_what_cannot_go_together_is_no_invocation() -> None:
    schema = generateInvocationSchema(descriptor())
    call: dict[str, Any] = {"bids_dir": "/b", "output_dir": "/o", "level": "group", "models": "demo"}
    for right in (call, *(test["invocation"] for test in descriptor()["tests"])):
        jsonschema.validate(right, schema)
    for wrong in (
        {k: v for k, v in call.items() if k != "bids_dir"},
        {k: v for k, v in call.items() if k != "models"},
        call | {"InputDataset": ["/b"]},
        call | {"participant_label": ["01"], "SubjectLabel": ["02"]},
        call | {"task": ["film"], "task_file": "tasks.txt"},
        call | {"context": "sentence", "context_words": 3},
        call | {"bins": [0, 1, 2]},
        call | {"bins": [0, 3]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_bosh_runs_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests that the descriptor carries, but the one that needs the demo's data."""
    program = tmp_path / "bids_vlint"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m bids_vlint "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    codes = {}
    for test in descriptor()["tests"][:2]:
        call = json.dumps(test["invocation"])
        with contextlib.redirect_stdout(io.StringIO()):
            done = boutiques.execute("launch", FILE, call, "--no-container", "--skip-data-collection")
        codes[test["name"]] = (done.exit_code, test["assertions"]["exit-code"])
    assert codes == {"says its version": (0, 0), "refuses what is no data set": (16, 16)}
