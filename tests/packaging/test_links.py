"""Links from page to page lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.packaging.pages import NAMES, PAGES


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    bare = (re.sub(r"[^\w\- ]", "", h.strip().lower()) for h in re.findall(r"^#+ (.*)$", text, re.MULTILINE))
    return {h.replace(" ", "-") for h in bare}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    lost = []
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in headings(target)):
            lost.append(link)
    assert not lost
