"""What a reader sees of a report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from pathlib import Path

from bids_vlint.reports.page import Section


def words_of(path: Path) -> str:
    """The text of a report, without scripts and pictures."""
    return words_of_html(path.read_text(encoding="utf-8"))


def words_of_html(page: str) -> str:
    """The text of a page, or of a part of one."""
    text = re.sub(r"(?s)<(script|style).*?</\1>|data:image[^\"']*", " ", page)
    text = re.sub(r"</?(a|strong)\b[^>]*>", "", text)  # within a line of words
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def lines_of(sections: Iterable[Section]) -> list[str]:
    """The items of the lists of some sections."""
    items = [item for one in sections for item in re.findall(r"(?s)<li>(.*?)</li>", one.content)]
    return [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", item))).strip() for item in items]
