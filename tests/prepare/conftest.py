"""What the tests of `prepare` share."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

VARIABLE = "BIDS_VLINT_NEUROPROBE"


@pytest.fixture(scope="session")
def neuroprobe() -> Path:
    """The real package neuroprobe, installed or named by an environment variable (its wheel or folder)."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    found = find_spec("neuroprobe")
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"neuroprobe is not installed, and {VARIABLE} names no wheel of it (pip download --no-deps)")
    return Path(next(iter(found.submodule_search_locations)))
