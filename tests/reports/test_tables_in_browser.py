"""Tables of a page in a browser: they sort, scroll inside themselves with the name column fixed, and print whole."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

import pytest

from bids_vlint.reports.page import section, write_page
from tests.reports.browser import Browser

ROWS = [["A10", 0.5, *["+0.123 (q 0.004)"] * 8], ["A2", -3.0, *["last"] * 8], ["B1", None, *["−0.2"] * 8]]
TITLES = ["name", "value", *(f"a test of some length {k}" for k in range(8))]
FIRST = "[...document.querySelectorAll('tbody tr')].map(row => row.cells[0].textContent)"


def test_tables_sort_scroll_and_print(page: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_page(file, "Tables", [section("Sites", "Sites", "table.html", titles=TITLES, rows=ROWS)])
    page.open(file, 390, 700)
    assert page.value("document.documentElement.scrollWidth") == 390
    assert page.value("(w => w.scrollWidth > w.clientWidth)(document.querySelector('.wide'))")
    page.value("document.querySelector('.wide').scrollLeft = 200")
    name, box = (page.value(f"document.querySelector('{which}').getBoundingClientRect().x")
                 for which in ("tbody td", ".wide"))  # fmt: skip
    assert name == pytest.approx(box)
    for column, order in ((0, ["A2", "A10", "B1"]), (0, ["B1", "A10", "A2"]), (1, ["A2", "A10", "B1"]),
                          (1, ["A10", "A2", "B1"])):  # fmt: skip
        page.value(f"document.querySelectorAll('th')[{column}].click()")
        assert page.value(FIRST) == order
    page.printed(tmp_path / "page.pdf")
    assert (page.errors, page.requests) == ([], [])
    if which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine")
    text = subprocess.run(["pdftotext", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert text.replace("\n", " ").count("last") == 8
