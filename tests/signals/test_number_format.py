"""Bytes that are hardly of the format that a BrainVision header gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bids_vlint.signals.number_format import judge_numbers, some_of

RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal(20_000)
FORMATS = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4"}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("scale", [40.0, 3000.0])
def test_what_is_declared(tmp_path: Path, kind: str, scale: float) -> None:
    file = tmp_path / "a.eeg"
    (scale * NOISE).astype(FORMATS[kind]).tofile(file)
    found = {other: judge_numbers(other, False, some_of(file)).verdict for other in FORMATS}
    assert found[kind] == "agrees"
    if kind == "IEEE_FLOAT_32":
        assert found == {"INT_16": "refused", "INT_32": "refused", kind: "agrees"}
    else:
        assert found["IEEE_FLOAT_32"] == "refused"


@pytest.mark.parametrize("values", [1e-5 * NOISE, np.where(NOISE > 0.5, NOISE, 0), np.where(NOISE > 0, NOISE, np.nan),
                                    np.zeros(9)])  # fmt: skip
def test_floats_of_any_kind_are_floats(values: np.ndarray) -> None:
    assert judge_numbers("IEEE_FLOAT_32", False, values.astype("<f4").tobytes()[:32_000]).verdict == "agrees"


def test_high_bytes_first() -> None:
    """The reader knows them not: integers are refused by what is declared, floats by what they would be."""
    assert judge_numbers("INT_16", True, NOISE.astype(">i2").tobytes()).verdict == "refused"
    assert judge_numbers("IEEE_FLOAT_32", True, NOISE.astype(">f4").tobytes()).verdict == "refused"
    assert judge_numbers("IEEE_FLOAT_32", True, NOISE.astype("<f4").tobytes()).verdict == "agrees"
