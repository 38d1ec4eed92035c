"""The examples in docstrings run and print what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import bids_vlint
from tests.acceptance.datasets import Study

ROOT = Path(bids_vlint.__file__).parent
# Modules whose examples read a data set `bids` with `networks.toml`, or its results `out`.
WITH_DATA = ("bids_vlint.derivatives.collection", "bids_vlint.derivatives.encoding_file",
             "bids_vlint.reports.figures.brain", "bids_vlint.workflows.arrays")  # fmt: skip
# Of a group's results: tests/reports/test_printed.py.
ELSEWHERE = ("bids_vlint.reports.contents.printed",)


def modules_with_examples() -> list[str]:
    """Names of the modules that hold an example: the others are not imported."""
    files = [f for f in sorted(ROOT.rglob("*.py")) if ">>> " in f.read_text(encoding="utf-8")]
    return [".".join(f.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__") for f in files]


@pytest.mark.parametrize("name", sorted({*modules_with_examples()} - {*WITH_DATA, *ELSEWHERE}))
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("name", WITH_DATA)
def test_examples_on_data(
    name: str, analysed: tuple[Study, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, output = analysed
    there = {"bids": study.root, "networks.toml": study.models, "features": study.models.parent / "features"}
    for link, target in (there | {"out": output}).items():
        (tmp_path / link).symlink_to(target)
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


def test_every_name_of_the_library_has_an_example() -> None:
    without = [name for name in bids_vlint.__all__ if ">>> " not in (getattr(bids_vlint, name).__doc__ or "")]
    assert without == ["__version__"]
