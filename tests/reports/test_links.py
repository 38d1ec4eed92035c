"""Every link of the reports leads to a file that is there, and to a place on it."""

from __future__ import annotations

import json
import re
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from bids_vlint.reports.sections.evidence import MOST_PAGES


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def ids_of(page: Path) -> list[str]:
    return [unescape(own) for own in re.findall(r'\bid="([^"]*)"', text_of(page))]


def links_of(page: Path) -> set[str]:
    """The addresses of a page, those that the brain that turns makes among them."""
    text = text_of(page)
    words = re.sub(r"(?s)<script>.*?</script>", "", text)
    found = {unescape(link) for link in re.findall(r'<a\b[^>]*\bhref="([^"]*)"', words)}
    for data in re.findall(r'(?s)id="viewer-data">(.*?)</script>', text):
        told = json.loads(data)["electrodes"]
        found |= {e["evidence"] for e in told if e["evidence"]} | {e["report"] for e in told}
    return found


def test_every_link_leads_somewhere(reported: Path) -> None:
    pages = [*sorted(reported.glob("*.html")), reported / "figures" / "brain.html"]
    assert [page.name for page in pages] == ["group.html", "sub-01.html", "sub-a-long-label.html", "brain.html"]
    for page in pages:
        links = [link for link in links_of(page) if not link.startswith("https://")]
        assert len(links) > 5
        for link in links:
            name, _, anchor = link.partition("#")
            target = page.parent / unquote(name) if name else page
            assert target.is_file(), f"{page.name}: {link}"
            if anchor:
                assert ids_of(target).count(unquote(anchor)) == 1, f"{page.name}: {link}"


def test_names_lead_from_the_group_to_evidence(reported: Path) -> None:
    """From the first screen, the table of sites and the brain that turns."""
    sites = pd.read_csv(reported / "group_sites.tsv", sep="\t", na_values="n/a")
    found = sites[sites["integration_either"].astype(bool)]
    assert 0 < len(found) <= MOST_PAGES
    group = text_of(reported / "group.html")
    for who, name in zip(found["participant_id"], found["name"]):
        link = f'<a href="{who}.html#{who}_task-film_{name}">{name}</a>'
        first_screen, rest = group.split("How many electrodes pass each test", 1)
        assert link in first_screen
        assert link in rest
        assert f'"evidence":"{who}.html#{who}_task-film_{name}"' in group
    for who in ("sub-01", "sub-a-long-label"):
        own = text_of(reported / f"{who}.html")
        for name in found.loc[found["participant_id"] == who, "name"]:
            assert f'<a href="#{who}_task-film_{name}">{name}</a>' in own
