"""Whether the recordings follow their films, in words and pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bids_vlint.derivatives.collection import FitResult, read_fits
from bids_vlint.reports.sections.synchrony import films_followed

SAID = {
    True: "the recording follows the sound of film best at +0.2 s (LA1, high gamma, r = 0.40), as it should",
    False: "the recording follows the sound of film best 97.6 s later than the film is said to be on",
    None: "nothing follows the sound of film: the alignment could not be checked",
}


def entry(follows: bool | None, *, compared: bool = True) -> dict[str, Any]:
    known = {"file": "sub-01_ieeg.edf", "stimulus": "film", "film": "film from 1 s to 9 s of a 20 s recording",
             "what": "sound", "seed": 1, "surrogates": 99, "said": SAID[follows]}  # fmt: skip
    found = {"follows": follows, "lag": 97.6, "z": 9.0, "threshold": 6.0, "p": 0.01, "thirds": [-0.1, 0.0, 0.3],
             "curve_lag": [-0.1, 0.0, 0.1], "curves": [{"electrode": "LA1", "kind": "high gamma", "r": [0, 0.4, 0.1]}],
             "profile_lag": [-50.0, 97.6], "profile": [2.0, 9.0]}  # fmt: skip
    return known | found if compared else known


def fits(inferred: Path, *entries: dict[str, Any]) -> list[FitResult]:
    return [replace(fit, record=fit.record | {"synchrony": list(entries)}) for fit in read_fits(inferred, "02")]


@pytest.mark.parametrize("follows", [True, False, None])
def test_each_outcome_is_said_and_drawn(inferred: Path, follows: bool | None) -> None:
    (one,) = films_followed(fits(inferred, entry(follows)))
    said = " ".join(re.sub("<[^>]*>", "", str(one.content)).split())
    assert f"As is said, film from 1 s to 9 s of a 20 s recording; {SAID[follows]}." in said
    assert ("Warning:" in said) == (follows is False)
    assert one.content.count("<img") == 1
    assert "1.15 times the largest z that 99 levels" in said
    assert "first third of the film is followed best -0.1 s from there, the last +0.3 s" in said


def test_what_could_not_be_compared_has_no_picture(inferred: Path) -> None:
    (one,) = films_followed(fits(inferred, entry(None, compared=False), entry(True)))
    assert one.content.count("<img") == 1
    assert films_followed(fits(inferred)) == []
