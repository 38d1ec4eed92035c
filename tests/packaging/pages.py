"""The pages of the documentation and their blocks of code."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Every page, README first; what the site's build writes is left out.
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("benchmarks/**/*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]


class Block(NamedTuple):
    """A fenced block: its language ("" where none is given) and its text."""

    language: str
    text: str


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks of a page, of these languages."""
    found = re.findall(r"^([ ]*)```(\S*)\n(.*?)^\1```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return [Block(language, dedent(text)) for _, language, text in found if language in languages or not languages]


def bare(page: Path) -> str:
    """A page without its blocks."""
    return re.sub(r"^[ ]*```.*?^[ ]*```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
