"""A good data set, and a copy of it to spoil."""

from __future__ import annotations

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
    return datasets.copy_of(good_study, tmp_path)
