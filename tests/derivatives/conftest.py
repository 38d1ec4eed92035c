"""Results of two made-up participants, which no test changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports import fabricate


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derivatives") / "out"
    fabricate.participant(folder, "01", 1, published=True, repeated=True)
    fabricate.participant(
        folder, "02", 2, alignments=("language",), comparisons=(), planted=False, placed=False, session="a"
    )
    return folder
