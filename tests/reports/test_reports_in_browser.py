"""The reports in a browser, where there is one: wide, narrow and on paper nothing is cut; words are explained."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

from bids_vlint.reports.glossary import glossary
from tests.reports.browser import PAPER, Browser

PAGES = ("group.html", "sub-01.html")
# What sticks out of the page to the right, though it lies in nothing that scrolls.
OUTSIDE = """[...document.querySelectorAll('main *')].filter(e => e.getClientRects().length
    && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest('{scrolling}')
    ).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"""
TIP = "document.querySelector('#meaning')"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_and_nothing_fails(reported: Path, page: Browser, name: str, width: int) -> None:
    is_whole(page, reported / name, width)


def is_whole(page: Browser, path: Path, width: int) -> None:
    """A page opens without an error or a request, and nothing of it is cut."""
    page.open(path, width)
    page.until("document.querySelector('.viewer').dataset.drawn === 'yes'", 20)
    assert page.value("document.documentElement.scrollWidth") == width
    assert page.value(OUTSIDE.format(scrolling=".wide, figure")) == []
    assert page.value("[...document.images].every(image => image.complete && image.naturalWidth)")
    assert (page.errors, page.requests) == ([], [])


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_on_paper(reported: Path, page: Browser, tmp_path: Path, name: str) -> None:
    page.open(reported / name)
    fits_on_paper(page)
    page.printed(tmp_path / "page.pdf")
    if which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine")
    done = subprocess.run(["pdftotext", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True)
    assert glossary()["prevalence"].plain in " ".join(done.stdout.split())
    pieces = set(re.split(r"[\s-]+", done.stdout))
    tables = "[...document.querySelectorAll('#summary th, #summary td, #sites th, #sites td')]"
    for cell in page.value(f"{tables}.map(cell => cell.innerText)"):
        assert set(re.split(r"[\s-]+", cell)) <= pieces, "no word of a table is lost, or broken but at a hyphen"


def fits_on_paper(page: Browser) -> None:
    """Nothing of an open page is cut when it is printed on A4."""
    page.on_paper()
    assert page.value("document.documentElement.scrollWidth") == PAPER
    assert page.value(OUTSIDE.format(scrolling=".nothing")) == []


def test_a_word_is_explained_on_hover_focus_and_tap(reported: Path, page: Browser) -> None:
    page.open(reported / "group.html", 1280)
    assert page.value(f"{TIP}.hidden")
    word = "document.querySelector('#summary .lead a.term')"
    said = glossary()[page.value(f"{word}.textContent.toLowerCase()")].plain
    x, y = page.value(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({word}.getBoundingClientRect())")
    page.mouse("Moved", x, y)
    page.until(f"!{TIP}.hidden", 5)
    assert said in page.value(f"{TIP}.textContent")
    box = page.value(f"(r => [r.left, r.top, r.right, r.bottom])({TIP}.getBoundingClientRect())")
    assert 0 <= box[0] < box[2] <= 1280
    assert 0 <= box[1] < box[3] <= 900
    page.mouse("Moved", 5, 5)
    page.until(f"{TIP}.hidden", 5)
    page.value("document.querySelector('nav li:last-child a').focus()")
    page.press("Tab")
    assert page.value(f"document.activeElement === {word}"), "the first word on the page is next"
    assert not page.value(f"{TIP}.hidden")
    assert page.value(f"{word}.getAttribute('aria-describedby')") == "meaning"
    page.press("Escape")
    assert page.value(f"{TIP}.hidden")
    page.open(reported / "group.html", 390, 800)
    page.value(f"{word}.scrollIntoView({{block: 'center'}})")
    page.call("Emulation.setTouchEmulationEnabled", enabled=True)
    x, y = page.value(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({word}.getClientRects()[0])")
    for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
        page.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    page.until(f"!{TIP}.hidden", 5)
    page.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert said in page.value(f"{TIP}.textContent")
    assert page.value(f"{TIP}.getBoundingClientRect().right") <= 390
    assert page.value("window.location.hash") == "", "the page stays where it is"
    assert page.errors == []


def test_a_title_that_is_explained_still_sorts_once(reported: Path, page: Browser) -> None:
    page.open(reported / "group.html", 1280)
    page.value("document.querySelector('#sites th a.term').focus()")
    page.press("Enter")
    sort = "document.querySelector('#sites th a.term').closest('th').getAttribute('aria-sort')"
    assert page.value(sort) == "ascending"
