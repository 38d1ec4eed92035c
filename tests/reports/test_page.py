"""Pages: names are escaped, a value that a template lacks is an error, and a page needs no other file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from bids_vlint.figures.style import new_figure
from bids_vlint.reports.page import Section, section, write_page

BAD = "<script>alert('A1 & B2')</script>"


def test_names_from_data_are_escaped(tmp_path: Path) -> None:
    table = section("Data", BAD, "table.html", titles=[BAD], rows=[[BAD, 1.23456, True, None]])
    text = write_page(tmp_path / "page.html", BAD, [table]).read_text()
    assert BAD not in text
    assert not re.search(r"<script[^>]*>\s*alert", text)
    assert text.count("&lt;script&gt;alert(&#39;A1 &amp; B2&#39;)") == 5
    assert "<td>1.23</td><td>yes</td><td>n/a</td>" in text


def test_a_value_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="rows"):
        section("Data", "Table", "table.html", titles=["a"])


def test_sections_of_a_part_stand_together_and_the_page_alone(tmp_path: Path) -> None:
    figure = section("Networks", "Dots", "networks.html", figure=new_figure(2, 1), several=False)
    others = [Section(part, title, Markup("<p>x</p>")) for part, title in (("Data", "one"), ("Data", "two"))]
    text = write_page(tmp_path / "page.html", "Page", [others[0], figure, others[1]]).read_text()
    assert re.findall(r"<h[23]>(.*?)</h[23]>", text) == ["Data", "one", "two", "Networks", "Dots"]
    assert {link[:22] for link in re.findall(r"src=\"([^\"]*)", text)} == {"data:image/png;base64,"}
    assert not re.search(r"<script[^>]*src|<link|@import|url\(|href=\"http", text)
