"""What the pages show is true: blocks of code, commands, options; and every page has its place on the site."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

import bids_vlint
from bids_vlint.cli.main import main
from bids_vlint.cli.parser import COMMANDS, parse
from bids_vlint.clusters.scheduler import SCHEDULERS
from bids_vlint.networks.model_set import declared_set
from bids_vlint.settings import OPTIONS
from bids_vlint.study.stimuli_file import read_stimuli_file
from docs.site_build.outside import FOLDER
from docs.site_build.outside import PAGES as COPIED
from tests.packaging.pages import DOCS, NAMES, PAGES, ROOT, bare, blocks

each_page = pytest.mark.parametrize("page", PAGES, ids=NAMES)
# Languages of blocks, and what checks them; a block of another language must find its check here first.
CHECKED = {"python", "toml", "sh", "console", "r", "mermaid", "{toctree}"}
SHOWN = {"text", "ini", "matlab"}  # files of a user's, and what cannot be run here
OTHERS = {  # options of other programs that pages speak of
    "--user", "--rm", "--bind", "--cleanenv", "--subject", "--no-data", "--no-deps", "--word_timestamps", "--citeproc",
    "--nthreads",
    "--url", "--container-ds", "--container-name", "--container-config", "--processing-level", "--queue",
    "--nv", "--study", "--bids-source", "--pipeline", "--pipeline-step", "--hpc", "--simulate",
    "--target", "--build-arg", "--read-only", "--tmpfs", "--network", "--index-url", "--torch-backend",
    "--bids-exec-spec",
}  # fmt: skip


def commands(text: str) -> list[list[str]]:
    """The words of each bids_vlint command in a block, without what stands in brackets and remarks."""
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    lines = [re.sub(r"\s\[[^\]]*\]", "", line) for line in lines]
    asked = [shlex.split(line, comments=True) for line in lines]
    return [words[at + 1 :] for words in asked for at, word in enumerate(words) if word == "bids_vlint"]


@cache
def help_of(*command: str) -> str:
    """What a command says of itself."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([*command, "--help"])
    return said.getvalue()


@cache
def subcommands() -> tuple[str, ...]:
    return (*COMMANDS, *SCHEDULERS.names)


def check(words: list[str]) -> None:
    """A command is one that the program takes."""
    if words[:1] in (["--version"], ["--help"]):
        return
    if words[0] not in subcommands():
        parse(words)
        return
    if words[0] == "features":
        parse(words[1:], features=True)
        return
    deeper = words[:2] if words[0] in ("models", "prepare") and words[1:] else words[:1]
    said = help_of(*deeper)
    assert said.startswith(f"usage: bids_vlint {' '.join(deeper)}"), words
    for flag in (word for word in words if word.startswith("--")):
        assert flag in re.findall(r"--[a-z-]+", said), (words, flag)


@each_page
def test_every_kind_of_block_is_known(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= CHECKED | SHOWN


@each_page
def test_commands_are_those_of_the_program(page: Path) -> None:
    for block in blocks(page, "sh", "console"):
        subprocess.run(["sh", "-n", "-c", re.sub(r"\s\[[^\]]*\]", "", block.text)], check=True)
        for words in commands(block.text):
            check(words)


@each_page
def test_options_are_those_of_the_program(page: Path) -> None:
    known = {o.flag for o in OPTIONS} | {"--version", "--help"} | OTHERS
    known |= {flag for name in subcommands() for flag in re.findall(r"--[a-z][a-z-]+", help_of(name))}
    known |= set(re.findall(r"--[a-z][a-z-]+", help_of("prepare", "brain-treebank") + help_of("models", "fetch")))
    for program in (ROOT / "benchmarks").rglob("*.py"):
        known |= set(re.findall(r"--[a-z][a-z-]+", program.read_text(encoding="utf-8")))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z_-]+", page.read_text(encoding="utf-8"))) <= known


@each_page
def test_toml_is_what_the_program_reads(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(page, "toml")):
        content = tomllib.loads(block.text)
        file = tmp_path / f"{number}.toml"
        file.write_text(block.text, encoding="utf-8")
        if "stimulus" in content:
            assert read_stimuli_file(file, tmp_path)
        elif "model" in content:
            assert declared_set(str(file)).models


def test_the_stimuli_file_of_ds003688_is_the_one_that_is_shipped() -> None:
    (block,) = blocks(DOCS / "ds003688.md", "toml")
    shipped = ROOT / "platforms" / "openneuro" / "ds003688.toml"
    assert tomllib.loads(block.text) == tomllib.loads(shipped.read_text(encoding="utf-8"))


@each_page
def test_python_is_python(page: Path) -> None:
    for block in blocks(page, "python"):
        ast.parse(block.text)


@pytest.mark.parametrize(
    ("name", "said"), [("library", "I1"), ("words", "Hello there."), ("ds003688", "with a region")]
)
def test_python_of_a_page_runs(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of pages whose code needs no results; that of the others: tests/packaging/test_reading.py."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ds003688").symlink_to(ROOT / "tests" / "data" / "ds003688")
    page = DOCS / f"{name}.md"
    (block,) = blocks(page, "python")
    exec(compile(block.text, page.name, "exec"), {})
    printed = capsys.readouterr().out
    assert said in printed
    if name == "ds003688":
        assert printed in {shown.text for shown in blocks(page, "text")}


def test_readme_is_a_screen_and_a_half() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 70


def listed(page: Path) -> list[str]:
    """What a page's toctrees name."""
    text = page.read_text(encoding="utf-8")
    trees = [block.text for block in blocks(page, "{toctree}")]
    if page.suffix == ".rst":
        trees = re.findall(r"toctree::\n(.*?)(?=\n\S|\Z)", text, flags=re.S)
    rows = [row.strip() for tree in trees for row in tree.splitlines()]
    return [re.sub(r"^.*<(.*)>$", r"\1", row) for row in rows if row and not row.startswith(":")]


def test_every_page_has_its_place_on_the_site() -> None:
    """In one toctree, and nothing is named that is not there."""
    named = Counter(name for page in DOCS.glob("*.md") for name in listed(page))
    written = {page.stem for page in [*DOCS.glob("*.md"), *DOCS.glob("*.rst")]} - {"index", "sg_execution_times"}
    there = written | {"gallery/index"} | {f"{FOLDER}/{name}" for name in COPIED.values()}
    assert set(named) == there, "name the page in a toctree, that of docs/guide.md for example"
    assert set(named.values()) == {1}
    for path in COPIED:
        assert (ROOT / path).is_file()


def test_the_reference_has_every_name_of_the_library() -> None:
    named = re.findall(r"^   ([A-Za-z_]+)$", (DOCS / "api.rst").read_text(encoding="utf-8"), flags=re.M)
    assert Counter(named) == Counter({*bids_vlint.__all__} - {"__version__"})


def test_every_page_of_the_repository_that_pages_lead_to_is_copied() -> None:
    for page in DOCS.glob("*.md"):
        for path in re.findall(r"\]\(\.\./([^)#]+\.md)", bare(page)):
            assert path in COPIED, page.name


@pytest.mark.parametrize("file", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda f: f.stem)
def test_issue_forms(file: Path) -> None:
    form = yaml.safe_load(file.read_text(encoding="utf-8"))
    if file.stem == "config":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= set(form)
    kinds = [part["type"] for part in form["body"]]
    assert set(kinds) <= {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    assert any(kind != "markdown" for kind in kinds)
    ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(set(ids)) == len(ids)
    assert all(part["attributes"].get("label") for part in form["body"] if part["type"] != "markdown")


@pytest.mark.full
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """As `make docs`, the gallery's figures among it."""
    pytest.importorskip("sphinx_gallery", reason="the site's tools are not installed: pip install '.[docs]'")
    built = tmp_path / "html"
    words = ["-m", "sphinx", "-W", "--keep-going", "-q", "-d", tmp_path / "trees", DOCS, built]
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list((built / "gallery").glob("from_*.html"))) == 3
    assert "Try it: one command" in (built / "quick_start.html").read_text(encoding="utf-8")
