"""A good data set, and a copy of it to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance import datasets
from tests.acceptance.datasets import Study


@pytest.fixture(scope="session")
def good_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A good data set of one participant."""
    return datasets.small_study(tmp_path_factory.mktemp("errors") / "bids", counts={"interaction": 2, "null": 1})


@pytest.fixture
def study(good_study: Study, tmp_path: Path) -> Study:
    """A copy to spoil."""
    root = Path(shutil.copytree(good_study.root, tmp_path / "bids"))
    folder = Path(shutil.copytree(good_study.models.parent, tmp_path / "bids_models"))
    return Study(root, folder / "set.toml", good_study.films, good_study.kinds)
