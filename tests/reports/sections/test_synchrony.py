"""Whether the recordings follow their films, in words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bids_vlint.derivatives.collection import FitResult, read_fits
from bids_vlint.reports.sections.synchrony import films_followed
from tests.reports.recorded import followed


def fits(inferred: Path, *entries: dict[str, Any]) -> list[FitResult]:
    return [replace(fit, record=fit.record | {"synchrony": list(entries)}) for fit in read_fits(inferred, "02")]


def said(inferred: Path, entry: dict[str, Any]) -> str:
    (one,) = films_followed(fits(inferred, entry))
    return " ".join(re.sub("<[^>]*>", "", str(one.content)).split())


@pytest.mark.parametrize("follows", [True, False, None])
def test_each_outcome_is_said(inferred: Path, follows: bool | None) -> None:
    entry = followed("sub-01_ieeg.edf", follows)
    words = said(inferred, entry)
    assert f"As is said, film from 1 s to 9 s of a 20 s recording; {entry['said']}." in words
    assert ("Warning:" in words) == (follows is False)
    assert "z = 9.0, and has to reach 6.0, 1.15 times the largest that 99 levels" in words
    assert "first third of the film is followed best -0.1 s from there, the last +0.3 s" in words


def test_what_could_not_be_compared_has_no_numbers(inferred: Path) -> None:
    assert "z =" not in said(inferred, followed("sub-01_ieeg.edf", None, compared=False))
    assert films_followed(fits(inferred)) == []
