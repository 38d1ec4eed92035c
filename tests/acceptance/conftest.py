"""A good data set, and a copy of it to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance import datasets
from tests.acceptance.datasets import Study
from tests.sharing import Shared


@pytest.fixture(scope="session")
def small_study(shared: Shared) -> Study:
    """One participant, five channels, three networks."""
    return shared.made("small study", lambda folder: datasets.small_study(folder / "bids"))


@pytest.fixture(scope="session")
def good_study(shared: Shared) -> Study:
    """A good data set of one participant."""
    counts = {"interaction": 2, "null": 1}
    return shared.made("good study", lambda folder: datasets.small_study(folder / "bids", counts=counts))


@pytest.fixture
def study(good_study: Study, tmp_path: Path) -> Study:
    """A copy to spoil."""
    return datasets.copy_of(good_study, tmp_path)
