"""A study of two participants that takes seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance import datasets, models
from tests.sharing import Shared

# by name with underscores, as configurations write options
QUICK: dict[str, object] = {"n_shifts": 0, "n_bootstraps": 30, "alignment": "language", "skip_bids_validation": True}


def _write(folder: Path) -> Path:
    study = datasets.small_study(folder / "bids", subjects=("01", "02"), minutes=2.0, networks=models.ONE,
                                 counts={"language": 1, "null": 1})  # fmt: skip
    shutil.copytree(study.models.parent, folder / "features")
    (folder / "features" / study.models.name).rename(folder / "features" / "models.toml")
    return folder


@pytest.fixture(scope="session")
def tiny(shared: Shared) -> Path:
    """A folder with a data set, bids, and stored features as `bids_vlint features` leaves them, features."""
    return shared.made("tiny study of two", _write)
