"""How numbers are said in a report."""

from __future__ import annotations

import pytest

from bids_vlint.reports.filters import cell_text, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [(1213.5, "1214"), (-1000.0, "-1000"), (999.4, "999"), (0.01234, "0.0123"), (1e-7, "1e-07"), (2.5e6, "2.5e+06"),
     (float("nan"), "n/a"), (None, "n/a"), (True, "yes"), (3, "3"), ("ctx", "ctx")],
)  # fmt: skip
def test_cells(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_differences_have_their_sign() -> None:
    assert [signed(v) for v in (0.1234, -0.1, float("nan"))] == ["+0.123", "-0.100", "n/a"]
