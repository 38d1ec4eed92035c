"""The examples in docstrings run and print what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import bids_vlint

ROOT = Path(bids_vlint.__file__).parent


def modules_with_examples() -> list[str]:
    """Names of the modules that hold an example: the others are not imported."""
    files = [f for f in sorted(ROOT.rglob("*.py")) if ">>> " in f.read_text(encoding="utf-8")]
    return [".".join(f.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__") for f in files]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
